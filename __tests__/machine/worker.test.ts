import * as fs from 'node:fs';
import * as path from 'node:path';
import { PACKER, calls, discardMachines, newMachine, run, stub, type Machine } from '../support/machine';

/** What makes a machine ready for the jobs of its manager. */

const WORKER = path.join(PACKER, 'files/usr/local/lib/gitlab-runner-aws/worker.sh');

let machine: Machine;
const ready = (): boolean => fs.existsSync(path.join(machine.dir, 'ready'));
const work = (extra: Record<string, string> = {}) => {
  fs.writeFileSync(path.join(machine.dir, 'environment'), 'AWS_REGION=eu-central-1\nWORKER_USER=ci\n');
  return run(machine, ['bash', WORKER], {
    ENVIRONMENT_FILE: path.join(machine.dir, 'environment'),
    STATE_DIR: machine.dir,
    ...extra,
  });
};

beforeEach(() => {
  machine = newMachine();
  for (const name of ['systemd-tmpfiles', 'amazon-cloudwatch-agent-ctl', 'systemctl', 'usermod'])
    stub(machine, name);
});
afterEach(discardMachines);

describe('a worker', () => {
  test('lets its user use Docker, and starts Docker and what frees its disk, but neither gitlab-runner nor the token loader', () => {
    const { status, stdout, stderr } = work();
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(calls(machine)).toEqual([
      'systemd-tmpfiles --create gitlab-runner-aws.conf',
      'amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c file:/etc/gitlab-runner-aws/cloudwatch-agent.json',
      'usermod --append --groups docker ci',
      'systemctl daemon-reload',
      'systemctl enable --now docker.service',
      'systemctl enable --now gitlab-runner-disk.timer',
      'systemctl reload sshd.service',
    ]);
    expect(stdout).toBe('worker: ready for jobs\n');
    expect(ready()).toBe(true);
  });

  test.each([
    ['its user cannot use Docker', 'usermod', 'exit 6'],
    ['Docker does not start', 'systemctl', '[[ "$*" != "enable --now docker.service" ]]'],
  ])('is not ready when %s', (_, name, body) => {
    stub(machine, name, body);
    expect(work().status).not.toBe(0);
    expect(ready()).toBe(false);
  });

  test('has its SSM agent started again where there is a proxy', () => {
    const file = path.join(machine.dir, 'proxy.env');
    fs.writeFileSync(file, 'https_proxy=http://proxy:3128\n');
    expect(work({ PROXY_FILE: file }).status).toBe(0);
    const restart = 'systemctl restart amazon-ssm-agent.service';
    expect(calls(machine, 'systemctl').slice(0, 2)).toEqual(['systemctl daemon-reload', restart]);
    expect(ready()).toBe(true);
  });

  test('is ready without CloudWatch, and says so', () => {
    stub(machine, 'amazon-cloudwatch-agent-ctl', 'exit 7');
    const { status, stderr } = work();
    expect(stderr).toBe(
      'worker: the CloudWatch agent could not be started (exit status 7); going on without it\n',
    );
    expect(status).toBe(0);
    expect(ready()).toBe(true);
  });
});
