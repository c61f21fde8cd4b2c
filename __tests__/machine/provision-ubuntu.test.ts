import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  calls,
  copyScripts,
  discardMachines,
  filesUnder,
  newMachine,
  readIfThere,
  run,
  stub,
  type Machine,
  type Outcome,
} from '../support/machine';

/** An Ubuntu that becomes an image for machines of Docker Machine. */

let machine: Machine;
let provisioning: string;

const put = (file: string, content: string): void => {
  const target = path.join(provisioning, file);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(target, content);
};
const onMachine = (file: string): string => path.join(machine.root, file);
const provision = (): Outcome => run(machine, ['bash', path.join(provisioning, 'scripts/provision.sh')]);

/** A package manager whose Docker has its engine there; it ends as the condition does. */
const stubApt = (engine: string, condition = 'true'): void =>
  stub(
    machine,
    'apt-get',
    `[[ $* != *' docker.io '* ]] || install -D -m 0755 /dev/null '${onMachine(engine)}'\n${condition}`,
  );

beforeEach(() => {
  machine = newMachine();
  provisioning = path.join(machine.dir, 'provisioning');
  copyScripts('ubuntu-24.04', path.join(provisioning, 'scripts'));
  put('settings.env', "PACKAGES='git-lfs tree'\n");
  put('files.tsv', '0640\t/etc/acme.conf\tuser-files/00-acme.conf\n');
  put('user-files/00-acme.conf', 'ours');
  put(
    'user-scripts/00-tools.sh',
    `#!/bin/bash\ncat '${onMachine('etc/acme.conf')}' >'${onMachine('ran')}'\n`,
  );
  for (const name of ['systemctl', 'systemd-run']) stub(machine, name);
  fs.mkdirSync(onMachine('usr/bin'), { recursive: true });
  stubApt('usr/bin/dockerd');
});

afterEach(discardMachines);

const installs = (): string[] => calls(machine, 'apt-get install');

test("takes the steps in order and says each, the user's own last", () => {
  const { status, stdout, stderr } = provision();
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout.trimEnd().split('\n')).toEqual(
    ['hold-upgrades', 'install-docker', 'packages', 'files', 'scripts', 'scripts: 00-tools.sh'].map(
      (step) => `provision: ${step}`,
    ),
  );
  expect(readIfThere(onMachine('ran'))).toBe('ours');
  expect(fs.statSync(onMachine('etc/acme.conf')).mode & 0o777).toBe(0o640);
});

test("installs Ubuntu's own Docker, then the user's packages, each after a look for new ones that must succeed", () => {
  provision();
  expect(calls(machine, 'apt-get ')).toEqual([
    'apt-get update -o APT::Update::Error-Mode=any',
    'apt-get install -y -o DPkg::Lock::Timeout=300 docker.io git ca-certificates curl',
    'apt-get update -o APT::Update::Error-Mode=any',
    'apt-get install -y -o DPkg::Lock::Timeout=300 git-lfs tree',
  ]);
  const environment = readIfThere(path.join(machine.dir, 'records.environment'));
  expect(environment).toContain('DEBIAN_FRONTEND=noninteractive\n');
  expect(environment).toContain('NEEDRESTART_SUSPEND=1\n');
});

test('takes from no other repository, and adds no key', () => {
  provision();
  const added = filesUnder(machine.root).filter((file) => /\/etc\/apt\/|keyring|sources/.test(file));
  expect(added).toEqual([]);
});

test('holds upgrades before it installs anything, and waits for one that runs', () => {
  provision();
  const [mask, wait, first] = calls(machine).filter((call) => !call.includes('enable'));
  expect(mask).toBe('systemctl mask --now apt-daily.timer apt-daily-upgrade.timer');
  expect(wait).toBe(
    'systemd-run --quiet --wait --property=After=apt-daily.service apt-daily-upgrade.service true',
  );
  expect(first).toMatch(/^apt-get update/);
});

test('leaves Docker on, and its settings to Docker Machine: two sources of one would keep it from starting', () => {
  provision();
  expect(calls(machine, 'systemctl ')).toContain('systemctl enable docker.service');
  expect(fs.existsSync(onMachine('etc/docker'))).toBe(false);
  expect(fs.existsSync(onMachine('etc/systemd/system/docker.service.d'))).toBe(false);
});

test('has no gitlab-runner, no plugin, no Docker Machine and no unit of ours', () => {
  for (const name of ['gitlab-runner', 'curl', 'dnf']) stub(machine, name);
  expect(provision().status).toBe(0);
  for (const name of ['gitlab-runner', 'curl', 'dnf']) expect(calls(machine, name)).toEqual([]);
  expect(filesUnder(machine.root).map((file) => path.relative(machine.root, file))).toEqual([
    'etc/acme.conf',
    'ran',
    'usr/bin/dockerd',
  ]);
});

test('has the engine where Docker Machine starts it, whichever way it is packaged', () => {
  stubApt('usr/sbin/dockerd');
  expect(provision().status).toBe(0);
  expect(provision().status).toBe(0);
  expect(fs.realpathSync(onMachine('usr/bin/dockerd'))).toBe(fs.realpathSync(onMachine('usr/sbin/dockerd')));
});

test('fails where the package has brought no engine', () => {
  stub(machine, 'apt-get');
  const { status, stderr } = provision();
  expect(status).toBe(1);
  expect(stderr).toContain('docker.io has brought no dockerd\n');
  expect(stderr).toContain('provision: install-docker failed (exit status 1)');
});

test.each([
  ['hold-upgrades', () => stub(machine, 'systemd-run', 'exit 1')],
  ['install-docker', () => stub(machine, 'apt-get', '[[ $1 != update ]]')],
  ['packages', () => stubApt('usr/bin/dockerd', "[[ $* != *' tree' ]]")],
])('stops when %s fails, and names it', (step, breakIt) => {
  breakIt();
  const { status, stderr } = provision();
  expect(status).not.toBe(0);
  expect(stderr).toContain(`provision: ${step} failed (exit status `);
  expect(fs.existsSync(onMachine('ran'))).toBe(false);
});

test('installs no package of the user when there is none', () => {
  put('settings.env', "PACKAGES=''\n");
  expect(provision().status).toBe(0);
  expect(installs()).toHaveLength(1);
});
