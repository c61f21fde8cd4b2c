import * as fs from 'node:fs';
import { discardMachines, until } from '../support/machine';
import {
  CLUSTER,
  DEPLOYMENT,
  ManagerTask,
  SUCCESSOR,
  TASK,
  deployment,
  describeManager,
  linesOf,
  serviceOf,
} from './manager-task';

/** What a manager asks ECS, and what it does by the answers. */

const WORKER = 'arn:aws:ecs:eu-central-1:111122223333:task/acme-prod/aaaa';
const TAG = (worker: string): string =>
  `aws --output json ecs tag-resource --resource-arn ${worker} --tags key=gitlab-runner-aws:manager,value=${TASK}`;
const DENIED = 'An error occurred (AccessDeniedException) when calling the operation: some words';

jest.setTimeout(90_000);

let task: ManagerTask;

beforeEach(async () => {
  task = new ManagerTask();
  await task.listen();
});

afterEach(() => {
  task.end();
  discardMachines();
});

describeManager('the clusters of jobs that are given', () => {
  const other = CLUSTER.replace('acme-prod', 'ci');
  const strategy = [{ capacityProvider: 'FARGATE', weight: 1 }];
  const wordsAbout = async (...clusters: object[]): Promise<string[]> => {
    task.set('describe-clusters', { clusters });
    const manager = await task.settled({ GIVEN_CLUSTERS: `${CLUSTER} ${other}` });
    await task.lookedAgain();
    manager.kill('SIGTERM');
    expect(await task.ended(manager)).toBe(0);
    expect(task.asked('describe-clusters')).toBe(2);
    return linesOf(manager).filter((line) => /^jobs (can't|in)/.test(line));
  };

  test('are looked at once, and not spoken of where jobs can start', async () => {
    expect(await wordsAbout({ status: 'ACTIVE', defaultCapacityProviderStrategy: strategy })).toEqual([]);
  });

  test('are named with the way out where they have no default capacity', async () => {
    expect(await wordsAbout({ status: 'ACTIVE', defaultCapacityProviderStrategy: [] })).toEqual(
      [CLUSTER, other].map(
        (cluster) =>
          `jobs can't start: the cluster ${cluster} has no default capacity provider strategy. Give it one: aws ecs put-cluster-capacity-providers --cluster ${cluster} --capacity-providers FARGATE FARGATE_SPOT --default-capacity-provider-strategy capacityProvider=FARGATE,weight=1`,
      ),
    );
  });

  test.each([
    ['of one group', ['ec2-asg'], ['ec2-asg'], 'ec2-asg', 'ec2-asg FARGATE FARGATE_SPOT'],
    [
      'of groups',
      ['FARGATE', 'one', 'FARGATES'],
      ['one', 'FARGATES'],
      'one, FARGATES',
      'one FARGATES FARGATE FARGATE_SPOT',
    ],
  ])(
    'are named where their default is capacity %s, with a way out that takes no provider away',
    async (_what, capacityProviders, defaults, said, kept) => {
      const defaultCapacityProviderStrategy = defaults.map((capacityProvider) => ({ capacityProvider }));
      expect(
        await wordsAbout({ status: 'ACTIVE', capacityProviders, defaultCapacityProviderStrategy }),
      ).toEqual(
        [CLUSTER, other].map(
          (cluster) =>
            `jobs can't start: the cluster ${cluster} has no default capacity provider strategy: its default is ${said}, which tasks of Fargate don't run on. Give it one: aws ecs put-cluster-capacity-providers --cluster ${cluster} --capacity-providers ${kept} --default-capacity-provider-strategy capacityProvider=FARGATE,weight=1`,
        ),
      );
    },
  );

  test('are named once where jobs may run on spot capacity', async () => {
    const defaultCapacityProviderStrategy = [...strategy, { capacityProvider: 'FARGATE_SPOT', weight: 3 }];
    expect(await wordsAbout({ status: 'ACTIVE', defaultCapacityProviderStrategy })).toEqual(
      [CLUSTER, other].map(
        (cluster) =>
          `jobs in the cluster ${cluster} may run on spot capacity: its default capacity provider strategy has FARGATE_SPOT`,
      ),
    );
  });

  test('are named where they are gone', async () => {
    expect(await wordsAbout()).toEqual(
      [CLUSTER, other].map((cluster) => `jobs can't start: there is no active cluster ${cluster}`),
    );
  });

  test('are asked for again until ECS answers', async () => {
    task.set('describe-clusters.error', 'ThrottlingException: Rate exceeded');
    const manager = await task.settled({ GIVEN_CLUSTERS: CLUSTER });
    await task.lookedAgain();
    task.clear('describe-clusters.error');
    task.set('describe-clusters', { clusters: [] });
    await until('a word of it', () => manager.output.includes('there is no active cluster'));
    manager.kill('SIGTERM');
    expect(await task.ended(manager)).toBe(0);
  });
});

describeManager('the looks at a deployment that takes the place', () => {
  const own = deployment(DEPLOYMENT, 'ACTIVE', 1);
  const by = (fields: object = {}): object =>
    serviceOf([{ ...deployment(SUCCESSOR, 'PRIMARY', 1), ...fields }, own]);
  const starting = by({ runningCount: 0, pendingCount: 1 });
  const noRoom = serviceOf([deployment(SUCCESSOR, 'PRIMARY', 0), own], 1, 100);
  const times = (number: number, answer: object): object[] => Array<object>(number).fill(answer);

  test.each<readonly [string, readonly (object | '')[], string]>([
    ['have its tasks run ten times in a row', times(20, by()), '10'],
    ['have no room for its tasks ten times in a row', times(20, noRoom), '10'],
    ['begin again when a task has ended meanwhile', [...times(9, by()), starting, ...times(20, by())], '20'],
    ['begin again when a task has failed', [...times(9, by()), ...times(20, by({ failedTasks: 1 }))], '19'],
    ['begin again with another deployment', [...times(9, by()), ...times(20, by({ id: 'ecs-svc/3' }))], '19'],
    [
      'never end while tasks fail',
      Array.from({ length: 50 }, (_, failedTasks) => by({ failedTasks })),
      'never',
    ],
    [
      'never end while tasks come and go',
      Array.from({ length: 50 }, (_, look) => (look % 4 === 0 ? starting : by())),
      'never',
    ],
    ['count no look without an answer', [...times(5, by()), '', '', ...times(20, by())], '12'],
    ['are not repeated once ECS calls it completed', [starting, by({ rolloutState: 'COMPLETED' })], '2'],
    ['are repeated while it is in progress', times(20, by({ rolloutState: 'IN_PROGRESS' })), '10'],
    ['are not repeated when the service wants no manager', [serviceOf([own], 0)], '1'],
  ])('%s', (_what, answers, look) => {
    expect(task.goesAtLook(answers)).toBe(look);
  });

  test('take longer than ECS needs to end a manager whose health check fails', () => {
    const script = task.script('service.sh');
    const [looks, seconds] = ['STEADY_LOOKS', 'LOOK_SECONDS'].map((name) =>
      Number(new RegExp(`${name}:-(\\d+)`).exec(script)?.[1]),
    );
    const dockerfile = fs.readFileSync(`${__dirname}/../../docker/manager/Dockerfile`, 'utf8');
    const [interval, start, retries] = ['interval', 'start-period', 'retries'].map((name) =>
      Number(new RegExp(`HEALTHCHECK.*--${name}=(\\d+)`).exec(dockerfile)?.[1]),
    );
    expect(Number(looks) * Number(seconds)).toBeGreaterThan(
      Number(start) + Number(interval) * Number(retries),
    );
  });
});

describeManager('an AWS that can not be asked', () => {
  test.each([
    ['refuses the question for the service', 'describe-services.error', DENIED],
    ['does not say which deployment it is', 'describe-tasks.error', DENIED],
    ['knows no such task', 'describe-tasks', '{"tasks":[],"failures":[{"reason":"MISSING"}]}'],
    ['knows no such service', 'describe-services', '{"services":[],"failures":[{"reason":"MISSING"}]}'],
    ['answers nonsense', 'describe-services', '<html>'],
  ])('changes nothing when it %s', async (_what, call, answer) => {
    task.replace();
    task.set(call, answer);
    const manager = await task.running();
    const question = call.replace('.error', '');
    await until('more looks', () => task.asked(question) > 3);
    expect(task.events()).toEqual([]);
    task.job(1);
    await until('protection', () => task.isProtected());
    task.finish(1);
    manager.kill('SIGTERM');
    expect(await task.ended(manager)).toBe(0);
    if (answer === DENIED) expect(linesOf(manager)).toContain(`ecs ${question}: ${DENIED}`);
  });

  test('holds up neither the protection nor a stop when it does not answer', async () => {
    task.set('describe-services.hang', '');
    const manager = await task.running();
    await until('the question', () => task.asked('describe-services') > 0);
    task.job(1);
    await until('protection', () => task.isProtected(), 3_000);
    task.finish(1);
    manager.kill('SIGTERM');
    expect(await task.ended(manager)).toBe(0);
  });

  test('is followed when it answers again', async () => {
    task.set('describe-services.error', DENIED);
    const manager = await task.running();
    await until('its refusal', () => manager.output.includes('AccessDenied'));
    task.replace();
    task.clear('describe-services.error');
    expect(await task.ended(manager)).toBe(0);
    expect(linesOf(manager)).toContain('ecs describe-services: answered');
  });
});

describeManager('the tasks of the jobs', () => {
  const data = (arn: string): string =>
    JSON.stringify({ TaskARN: arn, ContainerIP: '', PrivateKey: 'Y2FuYXJ5' });
  const tags = (): string[] => task.events().filter((event) => event.includes('tag-resource'));

  test('are tagged with this manager, each of them once', async () => {
    const manager = await task.settled();
    task.worker('one', data(WORKER));
    await until('the tag', () => tags().length === 1);
    task.worker('two', data(`${WORKER}2`));
    await until('the other tag', () => tags().length === 2);
    await task.lookedAgain();
    expect(tags()).toEqual([TAG(WORKER), TAG(`${WORKER}2`)]);
    manager.kill('SIGTERM');
    expect(await task.ended(manager)).toBe(0);
    expect(manager.output).not.toContain('Y2FuYXJ5');
  });

  test('are tagged once they are known and AWS allows it', async () => {
    task.set('tag-resource.error', DENIED);
    const manager = await task.settled();
    task.worker('one', data(WORKER).slice(0, 20));
    task.worker('two', data(''));
    await task.lookedAgain();
    expect(tags()).toEqual([]);
    task.worker('one', data(WORKER));
    await until('two tries', () => tags().length > 1);
    task.clear('tag-resource.error');
    await until('the tag', () => manager.output.includes(`tagged ${WORKER}, the task of a job`));
    manager.kill('SIGTERM');
    expect(await task.ended(manager)).toBe(0);
  });

  test('do not hold up the look at the service, however many are new and slow to tag', async () => {
    task.set('tag-resource.hang', '');
    const manager = await task.settled({ CALL_SECONDS: '2', TAG_SECONDS: '1' });
    for (let number = 0; number < 50; number += 1)
      task.worker(String(number), data(`${WORKER}${String(number)}`));
    await until('a try', () => tags().length > 0);
    task.replace();
    await until('the drain', () => task.events().includes('runner QUIT'), 45_000);
    expect(tags().length).toBeLessThan(25);
    expect(await task.ended(manager)).toBe(0);
  });

  const arnOfLength = (length: number): string =>
    TASK.replace('/acme-prod/', `/${'a'.repeat(length - TASK.length + 'acme-prod'.length)}/`);

  test('are tagged as long as the ARN of the manager fits into a tag', async () => {
    task.arn = arnOfLength(256);
    const manager = await task.settled();
    task.worker('one', data(WORKER));
    await until('the tag', () => tags().length > 0);
    expect(tags()).toEqual([TAG(WORKER).replace(TASK, task.arn)]);
    manager.kill('SIGTERM');
    expect(await task.ended(manager)).toBe(0);
    expect(manager.output).not.toContain('are not tagged');
  });

  test('are not tagged where it does not, and the log says so once, with the way out', async () => {
    task.arn = arnOfLength(257);
    const manager = await task.settled();
    task.worker('one', data(WORKER));
    await task.lookedAgain();
    expect(tags()).toEqual([]);
    manager.kill('SIGTERM');
    expect(await task.ended(manager)).toBe(0);
    expect(linesOf(manager).filter((line) => line.includes('tagged'))).toEqual([
      "the tasks of jobs are not tagged: the ARN of this task has 257 characters, a tag holds 256. The fleet's function ends them at the age of orphans.maxAgeHours: use a cluster with a shorter name",
    ]);
  });

  test('are tagged while the manager drains', async () => {
    const manager = await task.settled();
    task.job(1);
    task.replace();
    await until('the drain', () => task.events().includes('runner QUIT'));
    task.worker('one', data(WORKER));
    await until('the tag', () => tags().length === 1);
    task.finish(1);
    expect(await task.ended(manager)).toBe(0);
  });
});
