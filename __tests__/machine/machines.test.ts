import * as fs from 'node:fs';
import * as path from 'node:path';
import { namesIn } from '../../src/functions/machine-orphans/answer';
import { dockerMachineSettings } from '../../src/rendering/docker-machine-settings';
import { machinePaths } from '../../src/rendering/machine-paths';
import {
  Background,
  PACKER,
  calls,
  discardMachines,
  filesUnder,
  newMachine,
  readIfThere,
  run,
  stub,
  until,
  type Machine,
  type Outcome,
} from '../support/machine';

/** What a manager of Docker Machine does with its machines, with a docker-machine that is played. */

const SCRIPT = path.join(PACKER, 'files', machinePaths.machines);
const NAMES = ['runner-a1b2c3d4e-acme-1700000000-0a1b2c3d', 'runner-a1b2c3d4e-acme-1700000001-1a2b3c4d'];
const CREATE = 'docker-machine create --driver none --url localhost certificates';
const START = 'systemctl start gitlab-runner.service';

let machine: Machine;
let store: string;

/** Makes certificates as the real one does, and refuses to go on from half of them; forgets what it has removed. */
const DOCKER_MACHINE = `
  echo "$MACHINE_STORAGE_PATH" >>"$ROOT/stores"
  case $1 in
    create)
      if [[ -e $MACHINE_STORAGE_PATH/certs ]]; then echo 'the key already exists' >&2; exit 1; fi
      mkdir -p "$MACHINE_STORAGE_PATH/certs" "$MACHINE_STORAGE_PATH/machines/certificates"
      echo ca >"$MACHINE_STORAGE_PATH/certs/ca.pem"
      if [[ -e $ROOT/interrupted ]]; then kill -KILL $PPID; exit; fi
      if [[ -e $ROOT/broken ]]; then echo 'no space left'; echo 'on device' >&2; exit 3; fi
      echo key >"$MACHINE_STORAGE_PATH/certs/key.pem" ;;
    rm)
      if [[ -e $ROOT/$3.hang ]]; then exec sleep 60; fi
      if [[ -e $ROOT/$3.denied ]]; then echo 'Error removing host'; echo 'UnauthorizedOperation' >&2; exit 1; fi
      sleep "\${RM_TAKES:-0}"; rm -r "$MACHINE_STORAGE_PATH/machines/$3" ;;
  esac`;

beforeEach(() => {
  machine = newMachine();
  store = path.join(machine.dir, 'store');
  stub(machine, 'docker-machine', DOCKER_MACHINE);
  stub(machine, 'systemctl');
  // What EC2 has by a filter's beginning.
  stub(
    machine,
    'aws',
    `[[ ! -e $ROOT/silent ]] || { echo 'no answer' >&2; exit 255; }
    case "$*" in
      *describe-instances*) for kind in key-name tag; do
        if [[ $* == *"Name=$kind"* && -e $ROOT/$kind ]]; then cat "$ROOT/$kind"; fi; done ;;
    esac`,
  );
});

afterEach(discardMachines);

const settings = (): Record<string, string> => ({
  ENVIRONMENT_FILE: path.join(machine.dir, 'none'),
  MACHINE_STORAGE_PATH: store,
  // Nobody listens there.
  METADATA: 'http://127.0.0.1:1',
});
const script = (mode: string, extra: Record<string, string> = {}): Outcome =>
  run(machine, ['bash', SCRIPT, mode], { ...settings(), ...extra });
const given = (...names: string[]): void => {
  for (const name of names) fs.mkdirSync(path.join(store, 'machines', name), { recursive: true });
};
const left = (): string[] => fs.readdirSync(path.join(store, 'machines'));
const mark = (name: string): void => fs.writeFileSync(path.join(machine.root, name), '');
/** What it said, without times. */
const said = ({ stdout }: Outcome): string[] =>
  stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.slice(line.indexOf(' ') + 1)]));

describe('at boot', () => {
  test('the certificates are made before gitlab-runner starts, and no machine is left of it', () => {
    const outcome = script('--start');
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    expect(calls(machine)).toEqual([CREATE, START]);
    expect(filesUnder(store).map((file) => path.relative(store, file))).toEqual([
      'certs/ca.pem',
      'certs/key.pem',
    ]);
    expect(left()).toEqual([]);
    expect(fs.existsSync(`${store}.new`)).toBe(false);
    expect(said(outcome)).toEqual(['made certificates', 'starting gitlab-runner']);
  });

  test('certificates that are there stay: machines were made with them', () => {
    script('--start');
    fs.writeFileSync(path.join(store, 'certs/key.pem'), 'in use');
    const outcome = script('--start');
    expect(calls(machine)).toEqual([CREATE, START, START]);
    expect(readIfThere(path.join(store, 'certs/key.pem'))).toBe('in use');
    expect(said(outcome)).toEqual(['the certificates are there', 'starting gitlab-runner']);
  });

  test('no gitlab-runner starts without certificates, and it is said what failed', () => {
    mark('broken');
    const outcome = script('--start');
    expect(outcome.status).toBe(1);
    expect(said(outcome)).toEqual(['no certificates, docker-machine failed: no space left on device']);
    expect(calls(machine, 'systemctl')).toEqual([]);
    expect(fs.existsSync(path.join(store, 'certs'))).toBe(false);
  });

  test('a boot that was interrupted is made good by the next one', async () => {
    mark('interrupted');
    const boot = new Background(machine, ['bash', '-c', `bash '${SCRIPT}' --start; true`], settings());
    await until('it is interrupted', () => boot.ended !== undefined);
    expect(calls(machine, 'systemctl')).toEqual([]);
    fs.rmSync(path.join(machine.root, 'interrupted'));
    expect(script('--start').status).toBe(0);
    expect(readIfThere(path.join(store, 'certs/key.pem'))).toBe('key\n');
  });

  test('fails when gitlab-runner does not start, and so is tried again', () => {
    stub(machine, 'systemctl', 'exit 5');
    expect(script('--start').status).toBe(5);
  });

  test('crashes of docker-machine are reported to nobody', () => {
    script('--start');
    expect(readIfThere(path.join(machine.dir, 'records.environment'))).toContain(
      'MACHINE_BUGSNAG_API_TOKEN=no-report\n',
    );
  });
});

describe('the machines', () => {
  /** As the audit reads it. */
  const named = ({ stdout }: Outcome): string[] => [...namesIn(stdout)].sort();

  test('are named without asking AWS', () => {
    given(...NAMES, '.hidden');
    fs.writeFileSync(path.join(store, 'machines', 'a-file'), '');
    const outcome = script('--list');
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    expect(outcome.stdout).toMatch(/^[A-Za-z0-9+/]+=*$/);
    expect(named(outcome)).toEqual(NAMES);
    expect(calls(machine)).toEqual([]);
  });

  test('are not taken for fewer where the answer is cut off anywhere', () => {
    given(...NAMES);
    const { stdout } = script('--list');
    expect(stdout.length).toBeGreaterThan(50);
    // The padding at the end says nothing.
    for (let length = 0; length < stdout.replace(/=+$/, '').length; length += 1)
      expect(() => namesIn(stdout.slice(0, length))).toThrow();
  });

  test('that are none are named as such', () => {
    script('--start');
    expect(named(script('--list'))).toEqual([]);
  });

  test('are not named, and not as none, where there is no store', () => {
    const { status, stderr } = script('--list');
    expect(status).not.toBe(0);
    expect(stderr).toContain('No such file or directory');
  });

  test('fit into an answer of Systems Manager, which has 24,000 characters, when they are a thousand', () => {
    given(
      ...Array.from({ length: 1000 }, (_, index) => {
        const random = Math.imul(index + 1, 2654435761) >>> 0;
        return `runner-a1b2c3d4e-acme-prod-builds-${1700000000 + index * 37}-${random.toString(16).padStart(8, '0')}`;
      }),
    );
    const outcome = script('--list');
    expect(named(outcome)).toHaveLength(1000);
    expect(outcome.stdout.length).toBeLessThan(24_000);
  });
});

describe('what a drain has left', () => {
  test('is removed, in the store that gitlab-runner has', () => {
    given(...NAMES);
    const outcome = script('--remove');
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    expect(calls(machine, 'docker-machine').sort()).toEqual(
      NAMES.map((name) => `docker-machine rm -y ${name}`),
    );
    expect(left()).toEqual([]);
    expect(readIfThere(path.join(machine.root, 'stores'))).toBe(`${store}\n${store}\n`);
    expect(said(outcome).sort()).toEqual(['no machine is left', ...NAMES.map((name) => `removed ${name}`)]);
  });

  test('is named where it could not be removed, and not forgotten; the others go', () => {
    given(...NAMES, 'third');
    mark(`${NAMES[0] ?? ''}.denied`);
    const outcome = script('--remove');
    expect(outcome.status).toBe(0);
    expect(left()).toEqual([NAMES[0]]);
    expect(said(outcome)).toEqual(
      expect.arrayContaining([
        `${NAMES[0] ?? ''} was not removed: Error removing host UnauthorizedOperation`,
        `left to the audit of orphans: ${NAMES[0] ?? ''}`,
      ]),
    );
  });

  test('goes a few at a time', () => {
    given(...Array.from({ length: 40 }, (_, index) => `machine-${index}`));
    const begin = Date.now();
    script('--remove', { RM_TAKES: '0.3' });
    expect(Date.now() - begin).toBeGreaterThan(800);
    expect(left()).toEqual([]);
  });

  test('takes no longer than it may', () => {
    given(...NAMES, 'third');
    for (const name of [...NAMES, 'third']) mark(`${name}.hang`);
    const begin = Date.now();
    const outcome = script('--remove', { CALL_SECONDS: '1', REMOVE_SECONDS: '0' });
    expect(Date.now() - begin).toBeLessThan(10_000);
    expect(said(outcome)).toEqual([expect.stringMatching(/^left to the audit of orphans: (\S+ ){2}\S+$/)]);
    const slow = script('--remove', { CALL_SECONDS: '1' });
    expect(slow.status).toBe(0);
    expect(said(slow)).toContainEqual(`third was not removed: `);
    expect(left()).toHaveLength(3);
  });

  /** What EC2 was asked. */
  const asked = () => calls(machine, 'aws').filter((call) => call.includes('describe-instances'));
  const ENDS = 'aws --cli-connect-timeout 10 --cli-read-timeout 20 ec2 terminate-instances --instance-ids';

  test('is ended too where Docker Machine forgot that it had started it, by the name of its key', () => {
    given(...NAMES);
    fs.writeFileSync(path.join(machine.root, 'key-name'), 'i-1\ti-2\n');
    const outcome = script('--remove');
    expect(asked()[0]).toContain(
      `--filters Name=key-name,Values=${[...NAMES, ...NAMES.map((name) => `${name}-?????`)].join()} Name=instance-state-name,Values=pending,running,stopping,stopped`,
    );
    expect(calls(machine, ENDS)).toEqual([`${ENDS} i-1 i-2`]);
    expect(said(outcome)).toEqual(expect.arrayContaining(['ended: i-1 i-2', 'no machine is left']));
  });

  test('is looked for in steps: a filter takes no more than two hundred names', () => {
    given(...Array.from({ length: 130 }, (_, index) => `machine-${index}`));
    script('--remove');
    expect(asked()).toHaveLength(2);
    expect(left()).toEqual([]);
  });

  test('holds up nothing where EC2 does not answer, and is said', () => {
    given(...NAMES);
    mark('silent');
    const outcome = script('--remove');
    expect(outcome.status).toBe(0);
    expect(said(outcome)).toContain('no answer, left to the audit: no answer');
  });

  test('is nothing where there is no store', () => {
    expect(script('--remove').status).not.toBe(0);
    expect(calls(machine)).toEqual([]);
  });
});

test('refuses what it does not know', () => {
  expect(script('--purge')).toMatchObject({ status: 2 });
  expect(calls(machine)).toEqual([]);
});

test('has nothing to do on a machine that is no manager of Docker Machine', () => {
  expect(script('--remove', { MACHINE_STORAGE_PATH: '' }).status).not.toBe(0);
  expect(calls(machine)).toEqual([]);
});

test('has its store where the drain may write', () => {
  const unit = fs.readFileSync(
    path.join(PACKER, 'files/etc/systemd/system/gitlab-runner-drain.service'),
    'utf8',
  );
  const [, writable = ''] = /^ReadWritePaths=(.*)$/m.exec(unit) ?? [];
  const { MACHINE_STORAGE_PATH: inStore } = dockerMachineSettings;
  expect(writable.split(' ').some((folder) => inStore.startsWith(`${folder}/`))).toBe(true);
});
