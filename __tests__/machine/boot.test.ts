import * as path from 'node:path';
import {
  PACKER,
  calls,
  discardMachines,
  newMachine,
  run,
  stub,
  type Machine,
  type Outcome,
} from '../support/machine';

const BOOT = path.join(PACKER, 'files/usr/local/lib/gitlab-runner-aws/boot.sh');
const UNITS = ['docker.service', 'gitlab-runner-token.service', 'gitlab-runner.service'];

let machine: Machine;

beforeEach(() => {
  machine = newMachine();
  for (const name of ['systemd-tmpfiles', 'amazon-cloudwatch-agent-ctl', 'systemctl']) stub(machine, name);
});

afterEach(discardMachines);

const boot = (): Outcome => run(machine, ['bash', BOOT]);

describe('at boot the machine', () => {
  test('makes its folders, starts logging, then Docker, the token loader and gitlab-runner for good', () => {
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
