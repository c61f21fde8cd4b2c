import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  PACKER,
  calls,
  discardMachines,
  filesUnder,
  newMachine,
  readIfThere,
  run,
  stub,
  type Machine,
  type Outcome,
} from '../support/machine';

const script = (name: string): string => path.join(PACKER, 'scripts', name);

/** What belongs to one machine: file, and the name by which the check reports it. */
const LEFTOVERS: ReadonlyArray<readonly [file: string, named: string]> = [
  ['etc/machine-id', '/etc/machine-id (must be there and empty)'],
  ['var/lib/dbus/machine-id', '/var/lib/dbus/machine-id'],
  ['etc/gitlab-runner/.runner_system_id', '/etc/gitlab-runner/.runner_system_id'],
  ['run/gitlab-runner/.runner_system_id', '/run/gitlab-runner/.runner_system_id'],
  ['var/lib/gitlab-runner/.runner_system_id', '/var/lib/gitlab-runner/.runner_system_id'],
  ['root/.gitlab-runner/.runner_system_id', '/root/.gitlab-runner/.runner_system_id'],
  ['home/gitlab-runner/.runner_system_id', '/home/gitlab-runner/.runner_system_id'],
  ['etc/gitlab-runner/config.toml', '/etc/gitlab-runner/config.toml'],
  ['run/gitlab-runner/config.toml', '/run/gitlab-runner/config.toml'],
  ['root/.gitlab-runner/config.toml', '/root/.gitlab-runner/config.toml'],
  ['etc/ssh/ssh_host_ed25519_key', '/etc/ssh/ssh_host_ed25519_key'],
  ['etc/ssh/ssh_host_ed25519_key.pub', '/etc/ssh/ssh_host_ed25519_key.pub'],
  ['root/.ssh/authorized_keys', '/root/.ssh/authorized_keys'],
  ['home/ec2-user/.ssh/authorized_keys', '/home/ec2-user/.ssh/authorized_keys'],
  ['home/ubuntu/.ssh/authorized_keys', '/home/ubuntu/.ssh/authorized_keys'],
  ['var/lib/elsewhere/.ssh/authorized_keys2', '/var/lib/elsewhere/.ssh/authorized_keys2'],
  ['root/.bash_history', '/root/.bash_history'],
  ['home/ec2-user/.python_history', '/home/ec2-user/.python_history'],
  ['var/log/cloud-init-output.log', '/var/log/cloud-init-output.log'],
  ['var/log/gitlab-runner/gitlab-runner.log', '/var/log/gitlab-runner/gitlab-runner.log'],
  ['var/log/journal/0123/system.journal', '/var/log/journal/0123/system.journal'],
  ['var/log/wtmp', '/var/log/wtmp'],
  ['var/lib/cloud/instances/i-0123/user-data.txt', '/var/lib/cloud/instances'],
  ['var/cache/dnf/metadata.solv', '/var/cache/dnf/metadata.solv'],
  ['var/lib/apt/lists/archive.ubuntu.com_InRelease', '/var/lib/apt/lists/archive.ubuntu.com_InRelease'],
  ['etc/netplan/50-cloud-init.yaml', '/etc/netplan/50-cloud-init.yaml'],
  ['var/lib/amazon/ssm/Vault/Store/EC2RegistrationKey', '/var/lib/amazon/ssm/Vault'],
  ['var/lib/amazon/ssm/registration', '/var/lib/amazon/ssm/registration'],
  ['opt/aws/amazon-cloudwatch-agent/logs/state/offsets', '/opt/aws/amazon-cloudwatch-agent/logs/state'],
  ['opt/aws/amazon-cloudwatch-agent/var/pid', '/opt/aws/amazon-cloudwatch-agent/var/pid'],
  [
    'opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.toml',
    '/opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.toml',
  ],
  [
    'opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.d/file_fleet.json',
    '/opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.d',
  ],
  [
    'opt/aws/amazon-cloudwatch-agent/etc/env-config.json',
    '/opt/aws/amazon-cloudwatch-agent/etc/env-config.json',
  ],
  ['var/lib/docker/engine-id', '/var/lib/docker/engine-id'],
  ['etc/docker/key.json', '/etc/docker/key.json'],
  ['var/lib/systemd/random-seed', '/var/lib/systemd/random-seed'],
  ['tmp/provisioning/settings.env', '/tmp/provisioning'],
  ['var/lib/gitlab-runner-aws/provisioning/settings.env', '/var/lib/gitlab-runner-aws/provisioning'],
  ['var/lib/gitlab-runner-aws/draining', '/var/lib/gitlab-runner-aws/draining'],
  ['var/lib/gitlab-runner-aws/drained', '/var/lib/gitlab-runner-aws/drained'],
  ['var/lib/gitlab-runner-aws/machine/certs/key.pem', '/var/lib/gitlab-runner-aws/machine'],
  ['var/log/gitlab-runner/drain.log', '/var/log/gitlab-runner/drain.log'],
  ['var/log/gitlab-runner/disk.log', '/var/log/gitlab-runner/disk.log'],
];

/** What an image keeps. */
const KEPT = [
  'etc/os-release',
  'etc/netplan/90-acme.yaml',
  'etc/passwd',
  'etc/ssh/sshd_config',
  'etc/docker/daemon.json',
  'etc/gitlab-runner/certs/ca.pem',
  'home/ec2-user/.bashrc',
  'home/ec2-user/project/config.toml',
  'opt/aws/amazon-cloudwatch-agent/etc/common-config.toml',
  'usr/local/lib/gitlab-runner-aws/boot.sh',
  'var/lib/docker/image/repositories.json',
];

const PASSWD = `root:x:0:0:root:/root:/bin/bash
nobody:x:65534:65534:Kernel Overflow User:/:/sbin/nologin
ec2-user:x:1000:1000:EC2 Default User:/home/ec2-user:/bin/bash
ubuntu:x:1002:1002:Ubuntu:/home/ubuntu:/bin/bash
gitlab-runner:x:990:990:GitLab Runner:/home/gitlab-runner:/bin/bash
other:x:1001:1001::/var/lib/elsewhere:/bin/bash
`;

const AMAZON_LINUX = 'NAME="Amazon Linux"\nVERSION="2023"\nID="amzn"\nID_LIKE="fedora"\n';
const UBUNTU = 'PRETTY_NAME="Ubuntu 24.04.3 LTS"\nNAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n';

let machine: Machine;

beforeEach(() => {
  machine = newMachine();
  for (const name of ['dnf', 'apt-get', 'systemctl', 'cloud-init', 'journalctl']) stub(machine, name);
  for (const file of KEPT) plant(file, 'kept');
  plant('etc/passwd', PASSWD);
  plant('etc/os-release', AMAZON_LINUX);
  plant('etc/machine-id', '');
  fs.mkdirSync(path.join(machine.root, 'var/log'), { recursive: true });
});

afterEach(discardMachines);

function plant(file: string, content = 'left'): void {
  const target = path.join(machine.root, file);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(target, content);
}

function start(name: string): Outcome {
  // Without a prefix these scripts would take apart the computer that runs the tests.
  expect(machine.root).toMatch(/\/machine-[^/]+\/root$/);
  return run(machine, ['bash', script(name)], { ROOT: machine.root });
}

const reported = ({ stderr }: Outcome): string[] =>
  stderr
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace('check-clean: left in the image: ', ''));

describe('the check of an image', () => {
  test('passes when nothing of one machine is left', () => {
    const outcome = start('check-clean.sh');
    expect(outcome.stderr).toBe('');
    expect(outcome.stdout).toContain('nothing is left');
    expect(outcome.status).toBe(0);
  });

  test.each(LEFTOVERS)('fails when /%s alone is left, and names it', (file, named) => {
    plant(file);
    const outcome = start('check-clean.sh');
    expect(outcome.status).toBe(1);
    expect(reported(outcome)).toEqual([named]);
  });

  test('fails when the machine id is missing, since systemd then resets which units are enabled', () => {
    fs.rmSync(path.join(machine.root, 'etc/machine-id'));
    expect(reported(start('check-clean.sh'))).toEqual(['/etc/machine-id (must be there and empty)']);
  });

  test("fails when apt's own cache is left, but not for its empty lock", () => {
    plant('var/cache/apt/archives/lock', '');
    expect(start('check-clean.sh').status).toBe(0);
    plant('var/cache/apt/archives/docker.io_28_amd64.deb');
    plant('var/cache/apt/pkgcache.bin');
    expect(reported(start('check-clean.sh')).sort()).toEqual([
      '/var/cache/apt/archives/docker.io_28_amd64.deb',
      '/var/cache/apt/pkgcache.bin',
    ]);
  });

  test('names everything that is left', () => {
    for (const [file] of LEFTOVERS) plant(file);
    const outcome = start('check-clean.sh');
    expect(outcome.status).toBe(1);
    expect(reported(outcome).sort()).toEqual(LEFTOVERS.map(([, named]) => named).sort());
  });

  test.each([
    ['a link to the empty machine id', () => link('var/lib/dbus/machine-id', '/etc/machine-id')],
    ['an empty log', () => plant('var/log/dnf.log', '')],
    ['what the running SSM agent writes', () => plant('var/log/amazon/ssm/amazon-ssm-agent.log')],
  ])('accepts %s', (_what, make) => {
    make();
    expect(start('check-clean.sh').status).toBe(0);
  });

  function link(file: string, to: string): void {
    fs.mkdirSync(path.dirname(path.join(machine.root, file)), { recursive: true });
    fs.symlinkSync(to, path.join(machine.root, file));
  }
});

describe('the clean-up of an image', () => {
  test('removes everything that the check looks for, and nothing else', () => {
    for (const [file] of LEFTOVERS) plant(file);
    const outcome = start('clean-up.sh');
    expect(outcome.stderr).toBe('');
    expect(outcome.status).toBe(0);
    const check = start('check-clean.sh');
    expect(reported(check)).toEqual([]);
    expect(check.status).toBe(0);
    expect(filesUnder(machine.root).map((file) => path.relative(machine.root, file))).toEqual(
      [...KEPT, 'etc/machine-id'].sort(),
    );
    for (const file of KEPT.filter((name) => !['etc/passwd', 'etc/os-release'].includes(name))) {
      expect(readIfThere(path.join(machine.root, file))).toBe('kept');
    }
  });

  test('works on an image that has nothing to clean, and twice', () => {
    expect(start('clean-up.sh').status).toBe(0);
    expect(start('clean-up.sh').status).toBe(0);
    expect(start('check-clean.sh').status).toBe(0);
  });

  test('stops what would write again, but not the agent through which Packer may be connected', () => {
    // Not every image has every unit.
    stub(machine, 'systemctl', 'exit 5');
    expect(start('clean-up.sh').status).toBe(0);
    const [stop, ...more] = calls(machine, 'systemctl ');
    expect(more).toEqual([]);
    for (const unit of [
      'gitlab-runner',
      'gitlab-runner-drain',
      'gitlab-runner-token',
      'gitlab-runner-disk',
      'docker',
      'amazon-cloudwatch-agent',
      'systemd-random-seed',
    ]) {
      expect(stop).toContain(` ${unit}.service`);
    }
    expect(stop).toContain(' gitlab-runner-disk.timer ');
    expect(stop).not.toContain('ssm');
    expect(calls(machine, 'journalctl')).toEqual(['journalctl --relinquish-var']);
    expect(calls(machine, 'cloud-init')).toEqual(['cloud-init clean --logs']);
    expect(calls(machine, 'dnf')).toEqual(['dnf clean all']);
  });

  test("empties apt's cache on Ubuntu, and asks no dnf", () => {
    plant('etc/os-release', UBUNTU);
    const cache = path.join(machine.root, 'var/cache/apt');
    plant('var/cache/apt/pkgcache.bin');
    stub(machine, 'apt-get', `[[ $* == clean ]] && rm -r '${cache}'`);
    for (const [file] of LEFTOVERS) plant(file);
    expect(start('clean-up.sh')).toMatchObject({ status: 0, stderr: '' });
    expect(reported(start('check-clean.sh'))).toEqual([]);
    expect(calls(machine, 'apt-get')).toEqual(['apt-get clean']);
    expect(calls(machine, 'dnf')).toEqual([]);
  });

  test('fails when a part of it fails', () => {
    stub(machine, 'cloud-init', 'exit 1');
    expect(start('clean-up.sh').status).not.toBe(0);
  });

  /** Only what stands before the first change is run, for a machine that has this release file. */
  function startGuard(release: string, cloud: string): Outcome {
    const guard = fs.readFileSync(script('clean-up.sh'), 'utf8').split("echo 'clean-up: services'")[0] ?? '';
    expect(guard).not.toMatch(/rm |systemctl|find /);
    plant('etc/os-release', release);
    stub(machine, 'cloud-id', cloud);
    const own = guard.replace('"$ROOT/etc/os-release"', `'${machine.root}/etc/os-release'`);
    expect(own).not.toBe(guard);
    return run(machine, ['bash', '-c', `${own}\necho on`], { ROOT: '' });
  }

  test.each([
    ['an Amazon Linux', AMAZON_LINUX, 'exit 1'],
    ['an Ubuntu in EC2', UBUNTU, 'echo aws'],
  ])('goes on on %s', (_what, release, cloud) => {
    expect(startGuard(release, cloud)).toMatchObject({ status: 0, stdout: 'on\n' });
  });

  test.each([
    ["an Ubuntu that is somebody's own", UBUNTU, 'echo none'],
    ['an Ubuntu that knows of no cloud', UBUNTU, 'exit 1'],
    ['another distribution in EC2', 'ID=debian\n', 'echo aws'],
  ])('touches nothing on %s', (_what, release, cloud) => {
    const { status, stdout, stderr } = startGuard(release, cloud);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(
      'clean-up: this is neither Amazon Linux nor Ubuntu in EC2, nothing is touched\n',
    );
  });
});
