import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  PACKER,
  calls,
  discardMachines,
  newMachine,
  readIfThere,
  run,
  stub,
  until,
  type Background,
  type Machine,
  type Outcome,
} from '../support/machine';
import { DrainingMachine } from './draining-machine';

const BOOT = path.join(PACKER, 'files/usr/local/lib/gitlab-runner-aws/boot.sh');
const UNITS = [
  'docker.service',
  'gitlab-runner-firewall.service',
  'gitlab-runner-token.service',
  'gitlab-runner-drain.service',
  'gitlab-runner.service',
  'gitlab-runner-disk.timer',
];

let machine: Machine;

beforeEach(() => {
  machine = newMachine();
  for (const name of ['systemd-tmpfiles', 'amazon-cloudwatch-agent-ctl', 'systemctl']) stub(machine, name);
});

afterEach(discardMachines);

const boot = (): Outcome =>
  run(machine, ['bash', BOOT], { ENVIRONMENT_FILE: path.join(machine.dir, 'environment') });

describe('at boot the machine', () => {
  test('makes its folders, starts logging, then what gitlab-runner needs, gitlab-runner and the rest for good', () => {
    const { status, stdout, stderr } = boot();
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(calls(machine)).toEqual([
      'systemd-tmpfiles --create gitlab-runner-aws.conf',
      'amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c file:/etc/gitlab-runner-aws/cloudwatch-agent.json',
      'systemctl daemon-reload',
      ...UNITS.map((unit) => `systemctl enable --now ${unit}`),
      ...UNITS.map((unit) => `systemctl is-active --quiet ${unit}`),
    ]);
    for (const unit of UNITS) expect(stdout).toContain(`boot: starting ${unit}`);
    expect(stdout).toContain('boot: gitlab-runner is up');
    expect(stdout).toContain('boot: in no Auto Scaling group');
  });

  test('has gitlab-runner started in its turn by another unit, where its settings say so', () => {
    fs.writeFileSync(
      path.join(machine.dir, 'environment'),
      'RUNNER_UNIT=gitlab-runner-predecessor.service\n',
    );
    const { status, stdout } = boot();
    expect(status).toBe(0);
    expect(calls(machine, 'systemctl enable --now gitlab-runner-predecessor.service')).toHaveLength(1);
    expect(calls(machine, 'systemctl').filter((call) => call.endsWith(' gitlab-runner.service'))).toEqual([]);
    expect(stdout).toContain(
      'boot: up; gitlab-runner-predecessor.service starts gitlab-runner in its turn\n',
    );
    expect(stdout).not.toContain('gitlab-runner is up');
  });

  test('links the credentials of registries, which lie in memory, to where gitlab-runner looks for them', () => {
    const home = path.join(machine.root, 'docker');
    const registries = path.join(machine.dir, 'registries');
    const extra = {
      ENVIRONMENT_FILE: path.join(machine.dir, 'environment'),
      REGISTRIES: registries,
      DOCKER_FOLDER: home,
    };
    expect(run(machine, ['bash', BOOT], extra).status).toBe(0);
    expect(fs.existsSync(home)).toBe(false);
    fs.writeFileSync(registries, 'a ecr-login\n');
    for (const boots of [1, 2])
      expect([boots, run(machine, ['bash', BOOT], extra).status]).toEqual([boots, 0]);
    expect(fs.readlinkSync(path.join(home, 'config.json'))).toBe('/run/gitlab-runner/docker.json');
    expect(fs.statSync(home).mode & 0o777).toBe(0o700);
  });

  describe('with a proxy', () => {
    const PROXY = 'https_proxy=http://proxy:3128\nno_proxy=localhost\n';
    const bootWithProxy = (): Outcome => {
      const file = path.join(machine.dir, 'proxy.env');
      fs.writeFileSync(file, PROXY);
      return run(machine, ['bash', BOOT], {
        ENVIRONMENT_FILE: path.join(machine.dir, 'environment'),
        PROXY_FILE: file,
      });
    };

    test('starts the SSM agent again, which was up before it could know of it', () => {
      const { status, stderr } = bootWithProxy();
      expect(stderr).toBe('');
      expect(status).toBe(0);
      const units = calls(machine, 'systemctl');
      expect(units.slice(0, 2)).toEqual([
        'systemctl daemon-reload',
        'systemctl restart amazon-ssm-agent.service',
      ]);
      expect(units.slice(2)).toEqual([
        ...UNITS.map((unit) => `systemctl enable --now ${unit}`),
        ...UNITS.map((unit) => `systemctl is-active --quiet ${unit}`),
      ]);
    });

    test('hands it on to everything that it runs', () => {
      bootWithProxy();
      const environment = readIfThere(path.join(machine.dir, 'records.environment'));
      expect(environment.split('\n').filter((line) => line === 'https_proxy=http://proxy:3128')).toHaveLength(
        calls(machine).length,
      );
    });

    test('goes on without the agent, and says so', () => {
      stub(machine, 'systemctl', '[[ "$*" != "restart amazon-ssm-agent.service" ]] || exit 5');
      const { status, stderr } = bootWithProxy();
      expect(stderr).toBe('amazon-ssm-agent could not be restarted (exit status 5); going on without it\n');
      expect(status).toBe(0);
    });
  });

  describe('with a mirror for workers', () => {
    const START_IT = 'systemctl enable --now --no-block gitlab-runner-registry.service';
    const bootWithMirror = (): Outcome => {
      const file = path.join(machine.dir, 'registry.json');
      fs.writeFileSync(file, '{}');
      return run(machine, ['bash', BOOT], {
        ENVIRONMENT_FILE: path.join(machine.dir, 'environment'),
        REGISTRY_CONFIG: file,
      });
    };

    test('starts it, and waits for it no more than for an answer', () => {
      expect(bootWithMirror().status).toBe(0);
      expect(calls(machine, START_IT)).toHaveLength(1);
      expect(calls(machine, 'systemctl is-active').join()).not.toContain('registry');
    });

    test('goes on without it, and says so', () => {
      stub(machine, 'systemctl', `[[ "systemctl $*" != "${START_IT}" ]] || exit 3`);
      const { status, stderr } = bootWithMirror();
      expect(stderr).toBe('boot: there is no mirror (exit status 3)\n');
      expect(status).toBe(0);
    });
  });

  test('goes on without CloudWatch, and says so', () => {
    stub(machine, 'amazon-cloudwatch-agent-ctl', 'exit 7');
    const { status, stderr } = boot();
    expect(status).toBe(0);
    expect(stderr).toContain(
      'the CloudWatch agent could not be started (exit status 7); going on without it',
    );
    expect(calls(machine, 'systemctl enable --now gitlab-runner.service')).toHaveLength(1);
  });

  test('fails when its folders cannot be made, since no token could be loaded', () => {
    stub(machine, 'systemd-tmpfiles', 'exit 73');
    expect(boot().status).not.toBe(0);
  });

  test.each(UNITS)('fails when %s is not active in the end', (unit) => {
    stub(machine, 'systemctl', `[[ "$*" != "is-active --quiet ${unit}" ]]`);
    const { status, stdout, stderr } = boot();
    expect(status).toBe(1);
    expect(stderr).toContain(`boot: not active: ${unit}; see journalctl -u ${unit}`);
    expect(stdout).not.toContain('is up');
  });

  test.each(UNITS)('tries the other units when %s cannot be started', (unit) => {
    stub(machine, 'systemctl', `[[ "$*" != "enable --now ${unit}" ]] || exit 4`);
    const { status, stderr } = boot();
    expect(stderr).toContain(`boot: ${unit} could not be started (exit status 4)`);
    expect(calls(machine, 'systemctl enable')).toHaveLength(UNITS.length);
    expect(status).toBe(0); // is-active says that it runs: it was running before
  });
});

describe('the launch', () => {
  let box: DrainingMachine;

  const COMPLETE =
    'aws autoscaling complete-lifecycle-action --lifecycle-hook-name launch --lifecycle-action-result CONTINUE';
  const failure = (code: string): string =>
    `\nAn error occurred (${code}) when calling the CompleteLifecycleAction operation: some words\n`;
  const answers = (text: string): void =>
    fs.writeFileSync(box.answer('complete-lifecycle-action.errors'), text);
  const completed = (): string[] => box.events().filter((event) => event === COMPLETE);

  beforeEach(async () => {
    box = new DrainingMachine();
    await box.start();
    for (const name of ['systemd-tmpfiles', 'amazon-cloudwatch-agent-ctl', 'systemctl'])
      stub(box.machine, name);
  });

  afterEach(() => box.end());

  async function launch(): Promise<Background> {
    const booting = box.script(BOOT);
    await until('the boot ends', () => booting.ended !== undefined);
    return booting;
  }

  test('is completed as the last thing, once everything is up', async () => {
    const { ended, output } = await launch();
    expect(ended).toBe(0);
    expect(output).toContain('boot: in service in acme-prod-linux\n');
    expect(calls(box.machine).at(-2)).toBe('systemctl is-active --quiet gitlab-runner-disk.timer');
    expect(box.events().at(-1)).toBe(COMPLETE);
  });

  test('is not completed when something is not up: the hook abandons it later', async () => {
    stub(box.machine, 'systemctl', '[[ "$*" != "is-active --quiet gitlab-runner.service" ]]');
    expect((await launch()).ended).toBe(1);
    expect(completed()).toEqual([]);
  });

  test.each([
    ['is throttled', failure('Throttling')],
    ['cannot be reached', 'Could not connect to the endpoint URL: "https://autoscaling.example/"\n'],
    ['does not have the instance in the hook yet', failure('ValidationError')],
  ])('is completed later when Auto Scaling %s', async (_what, error) => {
    answers(error.trimStart().repeat(3));
    const { ended, output } = await launch();
    expect(ended).toBe(0);
    expect(completed()).toHaveLength(4);
    expect(box.elapsed()).toBe(30);
    expect(output).toContain(`the launch is not completed, trying on: ${error.trim()}`);
    expect(output).toContain('boot: in service in acme-prod-linux\n');
  });

  test('is completed later when the metadata service is away at first', async () => {
    box.metadata.up = false;
    const booting = box.script(BOOT);
    await until('it has tried', () => box.elapsed() >= 20);
    box.metadata.up = true;
    await until('the boot ends', () => booting.ended !== undefined);
    expect(booting.ended).toBe(0);
    expect(completed()).toHaveLength(1);
  });

  test('of a group without the hook is said to be so after two minutes, and is no failure', async () => {
    fs.writeFileSync(box.answer('complete-lifecycle-action.error'), failure('ValidationError'));
    const { ended, output } = await launch();
    expect(ended).toBe(0);
    expect(box.elapsed()).toBe(120);
    expect(output).toContain('boot: nobody waits for it');
  });

  test('of a machine outside a group is said to be so, and is no failure', async () => {
    fs.writeFileSync(box.file('environment'), 'AWS_REGION=eu-central-1\n');
    const { ended, output } = await launch();
    expect(ended).toBe(0);
    expect(output).toContain('boot: in no Auto Scaling group');
    expect(completed()).toEqual([]);
  });
});
