import * as fs from 'node:fs';
import { discardMachines, filesUnder, readIfThere, until } from '../support/machine';
import { DEPLOYMENT, ManagerTask, SUCCESSOR, deployment, describeManager, linesOf } from './manager-task';

const UP = 'protection true {"ExpiresInMinutes":60}';
const DOWN = 'protection false {}';
const UNREGISTER = 'gitlab-runner --log-format json unregister --all-runners --config COPY';
const JOB = (id: number): string => `https://gitlab.example.com/group/project/-/jobs/${String(id)}`;

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
