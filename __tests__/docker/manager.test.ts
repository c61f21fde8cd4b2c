import * as fs from 'node:fs';
import { discardMachines, filesUnder, readIfThere, until } from '../support/machine';
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

const UP = 'protection true {"ExpiresInMinutes":60}';
const DOWN = 'protection false {}';
const UNREGISTER = 'gitlab-runner --log-format json unregister --all-runners --config COPY';
const WORKER = 'arn:aws:ecs:eu-central-1:111122223333:task/acme-prod/aaaa';
const TAG = (worker: string): string =>
  `aws --output json ecs tag-resource --resource-arn ${worker} --tags key=gitlab-runner-aws:manager,value=${TASK}`;
const JOB = (id: number): string => `https://gitlab.example.com/group/project/-/jobs/${String(id)}`;
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

describeManager('the protection of the task', () => {
  test('is up from the first job on, renewed while it runs, and lifted after it', async () => {
    const manager = await task.settled({ RENEW_SECONDS: '1' });
    expect(task.protectionCalls()).toBe(0);
    task.job(1);
    await until('protection', () => task.isProtected());
    await until('a renewal', () => task.protectionCalls() > 1);
    task.finish(1);
    await until('no protection', () => !task.isProtected());
    expect(new Set(task.events())).toEqual(new Set([UP, DOWN]));
    manager.kill('SIGTERM');
    expect(await task.ended(manager)).toBe(0);
  });

  test('is not asked for again with every look', async () => {
    const manager = await task.settled();
    task.job(1);
    await until('protection', () => task.isProtected());
    await task.lookedAgain();
    expect(task.events()).toEqual([UP]);
    manager.kill('SIGTERM');
    task.finish(1);
    expect(await task.ended(manager)).toBe(0);
  });

  test('stays between jobs that follow each other', async () => {
    const manager = await task.settled({ IDLE_SECONDS: '20' });
    task.job(1);
    await until('protection', () => task.isProtected());
    task.finish(1);
    await task.lookedAgain();
    expect(task.events()).toEqual([UP]);
    manager.kill('SIGTERM');
    expect(await task.ended(manager)).toBe(0);
    expect(task.events()).toEqual([UP, 'runner QUIT', 'runner ended', UNREGISTER]);
  });

  test('stays while gitlab-runner does not answer', async () => {
    const manager = await task.settled();
    task.job(1);
    await until('protection', () => task.isProtected());
    task.answers = false;
    task.finish(1);
    await until('a word of it', () => manager.output.includes('gitlab-runner does not answer'));
    expect(task.isProtected()).toBe(true);
    task.answers = true;
    await until('no protection', () => !task.isProtected());
    manager.kill('SIGTERM');
    expect(await task.ended(manager)).toBe(0);
  });

  test.each([
    ['a failure', { failure: { Reason: 'TASK_NOT_VALID', Detail: null } }, 'TASK_NOT_VALID'],
    ['an error', { error: { Code: 'ThrottlingException', Message: 'Rate exceeded' } }, 'ThrottlingException'],
    ['another state', { protection: { ProtectionEnabled: false } }, 'no answer'],
  ])('is asked for again after %s, which comes with status 200', async (_what, refusal, reason) => {
    const manager = await task.settled();
    task.refusal = refusal;
    task.job(1);
    await until('three tries', () => task.protectionCalls() > 2);
    task.refusal = undefined;
    await until('protection', () => task.isProtected());
    task.finish(1);
    manager.kill('SIGTERM');
    expect(await task.ended(manager)).toBe(0);
    const said = linesOf(manager).filter((line) => line.includes('trying on'));
    expect(said).toEqual([`the protection of this task was not set to true, trying on: ${reason}`]);
  });

  test('is asked for at once, and after a refusal not with every look', async () => {
    const manager = await task.settled({ PROTECTION_RETRY_SECONDS: '600' });
    task.refusal = { failure: { Reason: 'DEPLOYMENT_BLOCKED', Detail: null } };
    task.job(1);
    await until('a try', () => task.protectionCalls() > 0);
    await task.looksAtJobs();
    expect(task.protectionCalls()).toBe(1);
    manager.kill('SIGTERM');
    task.finish(1);
    expect(await task.ended(manager)).toBe(0);
  });

  test('is asked for at once by a drain, also after a refusal', async () => {
    const manager = await task.settled({ PROTECTION_RETRY_SECONDS: '600' });
    task.refusal = { failure: { Reason: 'DEPLOYMENT_BLOCKED', Detail: null } };
    task.job(1);
    await until('a try', () => task.protectionCalls() > 0);
    task.refusal = undefined;
    task.replace();
    await until('the drain', () => task.events().includes('runner QUIT'));
    expect(task.events()).toEqual([UP, 'runner QUIT']);
    task.finish(1);
    expect(await task.ended(manager)).toBe(0);
  });

  test('is raised at once when a job comes while it could not be lifted', async () => {
    const manager = await task.settled({ PROTECTION_RETRY_SECONDS: '600' });
    task.job(1);
    await until('protection', () => task.isProtected());
    task.refusal = { error: { Code: 'ThrottlingException', Message: 'Rate exceeded' } };
    task.finish(1);
    await until('a try to lift it', () => task.protectionCalls() > 1);
    task.refusal = undefined;
    task.job(2);
    await until('protection again', () => task.events().length > 1);
    expect(task.events()).toEqual([UP, UP]);
    task.finish(2);
    manager.kill('SIGTERM');
    expect(await task.ended(manager)).toBe(0);
  });

  test('is asked for again after 10 to 30 seconds, which leaves a renewal many tries before it would end', () => {
    const script = task.script('protection.sh');
    expect(script).toContain('PROTECTION_RETRY_SECONDS=${PROTECTION_RETRY_SECONDS:-10}');
    const [, minutes] = /PROTECTION_MINUTES=(\d+)/.exec(script) ?? [];
    const [, renewal] = /RENEW_SECONDS:-(\d+)/.exec(script) ?? [];
    expect(Number(minutes) * 60 - Number(renewal)).toBeGreaterThan(20 * 30);
    const waits = task.waitsAfterRefusals(300);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...waits)).toBeLessThanOrEqual(30);
    expect(new Set(waits).size).toBeGreaterThan(10);
  });

  test('is left out where there is no agent, such as on a workstation', async () => {
    const manager = await task.settled({ ECS_AGENT_URI: '' });
    task.job(1);
    await until('a word of it', () => manager.output.includes('no protection: ECS_AGENT_URI is not set'));
    expect(task.isRunnerUp()).toBe(true);
    task.finish(1);
    manager.kill('SIGTERM');
    expect(await task.ended(manager)).toBe(0);
  });
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

describeManager('a manager whose deployment is replaced', () => {
  test('stops taking jobs, waits for its jobs with the protection up, unregisters, lets itself go', async () => {
    const manager = await task.settled({ PROGRESS_SECONDS: '1' });
    task.job(7);
    await until('protection', () => task.isProtected());
    task.replace();
    await until('it says that it waits', () =>
      manager.output.includes(`waiting for jobs: ${JOB(7)} (1m2.5s)`),
    );
    await until('the signal has come', () => task.events().includes('runner QUIT'));
    expect(task.isRunnerUp()).toBe(true);
    expect(task.events()).toEqual([UP, 'runner QUIT']);
    expect(task.isProtected()).toBe(true);
    task.finish(7);
    expect(await task.ended(manager)).toBe(0);
    expect(task.events()).toEqual([UP, 'runner QUIT', 'runner ended', UNREGISTER, DOWN]);
    expect(linesOf(manager)).toContain('unregistered this manager from 2 of 2 runners');
  });

  test('is protected before it stops taking jobs, since a job may have come', async () => {
    const manager = await task.settled();
    task.replace();
    expect(await task.ended(manager)).toBe(0);
    expect(task.events()).toEqual([UP, 'runner QUIT', 'runner ended', UNREGISTER, DOWN]);
  });

  test('keeps the protection up and renews it, however quiet its jobs are', async () => {
    const manager = await task.settled({ RENEW_SECONDS: '1' });
    fs.writeFileSync(task.file('hangs'), '');
    task.replace();
    await until('renewals', () => task.protectionCalls() > 2);
    expect(task.events().every((event) => [UP, 'runner QUIT'].includes(event))).toBe(true);
    fs.rmSync(task.file('hangs'));
    expect(await task.ended(manager)).toBe(0);
  });

  test('unregisters with its own identity, on a copy in memory', async () => {
    const manager = await task.settled();
    fs.writeFileSync(task.memory('.runner_system_id'), 'r_0123456789ab');
    const before = readIfThere(task.memory('config.toml'));
    task.replace();
    expect(await task.ended(manager)).toBe(0);
    const copy = `${task.machine.aws}/copy`;
    expect(filesUnder(copy).map((file) => fs.readFileSync(file, 'utf8'))).toEqual(['r_0123456789ab', before]);
    expect(readIfThere(task.memory('config.toml'))).toBe(before);
    expect(filesUnder(task.machine.runDir).filter((file) => file.includes('unregister'))).toEqual([]);
  });

  test('says why GitLab did not let it go, without its words, which hold parts of tokens', async () => {
    const manager = await task.settled();
    fs.writeFileSync(`${task.machine.aws}/unregister.says`, 'runner=canary_on GitLab forbidden\n');
    task.replace();
    expect(await task.ended(manager)).toBe(0);
    expect(linesOf(manager)).toContain('not unregistered: GitLab forbidden. GitLab removes it after a week');
    expect(manager.output).not.toContain('canary');
  });

  test('ends its jobs at the limit, and says which', async () => {
    const manager = await task.settled({ DRAIN_TIMEOUT_SECONDS: '1' });
    task.job(9);
    await until('protection', () => task.isProtected());
    task.replace();
    expect(await task.ended(manager)).toBe(0);
    expect(task.events()).toEqual([UP, 'runner QUIT', 'runner TERM', UNREGISTER, DOWN]);
    expect(linesOf(manager)).toContain(`not finished in time, these jobs fail: ${JOB(9)} (1m2.5s)`);
  });

  test.each([
    [
      'the new tasks run',
      [deployment(SUCCESSOR, 'PRIMARY', 2, 2), deployment(DEPLOYMENT, 'ACTIVE', 2, 0)],
      2,
      200,
    ],
    [
      'they can not start while it is here',
      [deployment(SUCCESSOR, 'PRIMARY', 0), deployment(DEPLOYMENT, 'ACTIVE', 1, 0)],
      1,
      100,
    ],
    [
      'one of them runs, and there is no room for another',
      [deployment(SUCCESSOR, 'PRIMARY', 1, 3), deployment(DEPLOYMENT, 'ACTIVE', 3, 0)],
      3,
      150,
    ],
    ['the service wants no manager', [deployment(DEPLOYMENT, 'PRIMARY', 1, 0)], 0, 200],
  ])('goes when %s', async (_what, deployments, desired, maximumPercent) => {
    const manager = await task.settled();
    task.service(deployments, desired, maximumPercent);
    expect(await task.ended(manager)).toBe(0);
    expect(task.events()).toContain('runner QUIT');
  });

  const STAYS: readonly (readonly [string, object[], number, number])[] = [
    ['it is its own', [deployment(DEPLOYMENT, 'PRIMARY', 1), deployment(SUCCESSOR, 'ACTIVE', 1)], 1, 200],
    [
      'the new tasks start, or fail to',
      [deployment(SUCCESSOR, 'PRIMARY', 0, 1, 1), deployment(DEPLOYMENT, 'ACTIVE', 1)],
      1,
      200,
    ],
    [
      'there is room for the new tasks and none has started',
      [deployment(SUCCESSOR, 'PRIMARY', 0, 2), deployment(DEPLOYMENT, 'ACTIVE', 2)],
      2,
      200,
    ],
    [
      'only some of the new tasks run',
      [deployment(SUCCESSOR, 'PRIMARY', 1, 2, 1), deployment(DEPLOYMENT, 'ACTIVE', 2)],
      2,
      200,
    ],
    ['no deployment is the primary one', [deployment(SUCCESSOR, 'ACTIVE', 1)], 1, 200],
    [
      'the service wants more tasks than the new deployment has',
      [deployment(SUCCESSOR, 'PRIMARY', 1, 1), deployment(DEPLOYMENT, 'ACTIVE', 2)],
      2,
      200,
    ],
    ['there are no deployments', [], 1, 200],
  ];

  test('stays as long as nothing takes its place', async () => {
    const manager = await task.settled();
    for (const [when, deployments, desired, maximumPercent] of STAYS) {
      task.service(deployments, desired, maximumPercent);
      await task.lookedAgain(when);
      expect([when, task.events(), task.isRunnerUp()]).toEqual([when, [], true]);
    }
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

describeManager('a stop by ECS', () => {
  test('lets jobs finish in the time that there is, unregisters, and ends', async () => {
    const manager = await task.settled();
    task.job(3);
    await until('protection', () => task.isProtected());
    manager.kill('SIGTERM');
    await until('QUIT', () => task.events().includes('runner QUIT'));
    task.finish(3);
    expect(await task.ended(manager)).toBe(0);
    expect(task.events()).toEqual([UP, 'runner QUIT', 'runner ended', UNREGISTER]);
    expect(linesOf(manager)).toContain(`ECS stops this task, 85 s for the jobs that run: ${JOB(3)} (1m2.5s)`);
  });

  test('names the jobs that can not finish, and aborts them while GitLab can still be told', async () => {
    const manager = await task.settled({ STOP_SECONDS: '1' });
    task.job(4);
    await until('protection', () => task.isProtected());
    manager.kill('SIGTERM');
    expect(await task.ended(manager)).toBe(0);
    expect(task.events()).toEqual([UP, 'runner QUIT', 'runner TERM', UNREGISTER]);
    expect(linesOf(manager)).toContain(`not finished in time, these jobs fail: ${JOB(4)} (1m2.5s)`);
  });

  test('cuts a drain short', async () => {
    const manager = await task.settled({ STOP_SECONDS: '1' });
    task.job(5);
    task.replace();
    await until('the drain', () => task.events().includes('runner QUIT'));
    manager.kill('SIGTERM');
    expect(await task.ended(manager)).toBe(0);
    expect(task.events().filter((event) => event.startsWith('runner '))).toEqual([
      'runner QUIT',
      'runner QUIT',
      'runner TERM',
    ]);
    expect(task.events()).toContain(UNREGISTER);
  });

  test('leaves ten seconds between all its limits and the kill of ECS, by the times that the image has', () => {
    const script = task.script('runner.sh');
    const limits = ['STOP', 'ABORT', 'UNREGISTER'].map((name) =>
      Number(new RegExp(`${name}_SECONDS:-(\\d+)`).exec(script)?.[1]),
    );
    expect(limits.reduce((sum, limit) => sum + limit, 0)).toBeLessThanOrEqual(120 - 10);
  });
});

describeManager('a gitlab-runner that ends by itself', () => {
  test('ends the task with its status, unregistered, so that ECS starts another', async () => {
    const manager = await task.settled();
    fs.writeFileSync(task.file('dies'), '');
    expect(await task.ended(manager)).toBe(7);
    expect(linesOf(manager)).toContain('gitlab-runner ended by itself with status 7');
    expect(task.events()).toEqual([UNREGISTER]);
  });

  test('is no reason to keep the protection', async () => {
    const manager = await task.settled();
    task.job(1);
    await until('protection', () => task.isProtected());
    process.kill(Number(readIfThere(task.file('runner.pid'))), 'SIGKILL');
    expect(await task.ended(manager)).toBe(137);
    expect(task.isProtected()).toBe(false);
  });
});

describeManager('the health of the task', () => {
  test('is good while the entrypoint looks after the jobs, whatever gitlab-runner does', async () => {
    expect(task.isHealthy()).toBe(false);
    task.answers = false;
    const manager = await task.running();
    await until('a look', () => fs.existsSync(task.memory('.looked')));
    expect(task.isHealthy()).toBe(true);
    manager.kill('SIGTERM');
    expect(await task.ended(manager)).toBe(0);
    const old = new Date(Date.now() - 301_000);
    fs.utimesSync(task.memory('.looked'), old, old);
    expect(task.isHealthy()).toBe(false);
  });
});
