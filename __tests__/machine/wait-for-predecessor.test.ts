import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  PACKER,
  calls,
  discardMachines,
  readIfThere,
  stub,
  until,
  type Background,
} from '../support/machine';
import { DrainingMachine, INSTANCE } from './draining-machine';

/** A new manager's turn comes when no other instance of its group is left. */

const WAIT = path.join(PACKER, 'files/usr/local/lib/gitlab-runner-aws/wait-for-predecessor.sh');
const OLD = 'i-0aaaaaaaaaaaaaaa0';
const START = 'systemctl start gitlab-runner.service';

let box: DrainingMachine;
let waiting: Background;

/** Instances of the group, as the AWS CLI prints them. */
const group = (...instances: [id: string, state: string][]): void =>
  fs.writeFileSync(box.answer('group'), instances.map((one) => `${one.join('\t')}\n`).join(''));
const asked = (): string[] => calls(box.machine, 'aws ').filter((call) => call.includes(' describe-'));
const started = (): string[] => calls(box.machine, START);
const wait = (): void => {
  waiting = box.script(WAIT);
};
const ends = () => until('it ends', () => waiting.ended !== undefined);
const asksAgain = async () => {
  const before = asked().length;
  await until('it asks again', () => asked().length >= before + 2);
};

beforeEach(async () => {
  box = new DrainingMachine();
  await box.start();
  stub(box.machine, 'systemctl');
  stub(
    box.machine,
    'aws',
    `if [[ -s '${box.answer('error')}' ]]; then cat '${box.answer('error')}' >&2; exit 254; fi; cat '${box.answer('group')}'`,
  );
  group([INSTANCE, 'Pending:Wait']);
});
afterEach(() => {
  box.end();
  discardMachines();
});

describe('a new manager', () => {
  test('starts gitlab-runner at once where it is alone in its group', async () => {
    wait();
    await ends();
    expect(waiting.ended).toBe(0);
    expect(started()).toEqual([START]);
    expect(asked()).toEqual([
      'aws --cli-connect-timeout 10 --cli-read-timeout 20 --output text autoscaling describe-auto-scaling-groups --auto-scaling-group-names acme-prod-linux --query AutoScalingGroups[].Instances[].[InstanceId,LifecycleState]',
    ]);
    expect(waiting.output).toMatch(/ no other instance is left in the group\n.* starting gitlab-runner\n$/);
  });

  test.each(['InService', 'Terminating:Wait', 'Terminating:Proceed', 'Standby', 'Pending:Wait'])(
    'waits, and says for whom, while another instance is %s, and starts gitlab-runner when that is gone',
    async (state) => {
      group([OLD, state], [INSTANCE, 'InService']);
      wait();
      await asksAgain();
      expect(started()).toEqual([]);
      expect(waiting.output).toMatch(
        new RegExp(`^\\S+ waiting for the end of ${OLD} \\(${state}\\), which may have jobs\n$`),
      );
      group([INSTANCE, 'InService']);
      await ends();
      expect(started()).toEqual([START]);
    },
  );

  test('waits however long the other one takes', async () => {
    group([OLD, 'Terminating:Wait'], [INSTANCE, 'InService']);
    wait();
    await until('twenty minutes are over', () => box.elapsed() > 1200, 60_000);
    expect(waiting.ended).toBeUndefined();
    expect(started()).toEqual([]);
  }, 90_000);

  test('takes no answer for no other instance', async () => {
    fs.writeFileSync(box.answer('error'), 'An error occurred (Throttling) when calling something\n');
    wait();
    await asksAgain();
    expect(started()).toEqual([]);
    expect(waiting.output).toMatch(
      /^\S+ no answer, waiting on: An error occurred \(Throttling\) when calling something\n?$/,
    );
    fs.rmSync(box.answer('error'));
    await ends();
    expect(started()).toEqual([START]);
  });

  test.each<[string, () => void]>([
    ['that is empty', () => group()],
    ['without itself', () => group([OLD, 'InService'])],
  ])('takes no word of a group %s', async (_, answer) => {
    answer();
    wait();
    await asksAgain();
    expect(started()).toEqual([]);
    expect(waiting.output).toMatch(
      /^\S+ no answer, waiting on: acme-prod-linux does not have this instance yet\n$/,
    );
  });

  test('waits while the metadata service does not say who it is', async () => {
    box.metadata.up = false;
    wait();
    await until('it has said so', () => waiting.output.includes('the metadata service does not answer'));
    expect(started()).toEqual([]);
    box.metadata.up = true;
    await ends();
    expect(started()).toEqual([START]);
  });

  test('that had its turn starts gitlab-runner after a reboot, whoever waits for it meanwhile', async () => {
    wait();
    await ends();
    group([OLD, 'InService'], [INSTANCE, 'InService']);
    wait();
    await ends();
    expect(started()).toEqual([START, START]);
    expect(asked()).toHaveLength(1);
    expect(readIfThere(box.state('alone'))).toBe('');
  });

  test('fails when gitlab-runner does not start, and so is tried again', async () => {
    stub(box.machine, 'systemctl', 'exit 5');
    wait();
    await ends();
    expect(waiting.ended).toBe(5);
  });
});
