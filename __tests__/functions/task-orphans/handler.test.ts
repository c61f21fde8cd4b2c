import fc from 'fast-check';
import { handler } from '../../../src/functions/task-orphans/handler';
import { PlayedAws, refused, type PlayedCall } from '../played-aws';
import { PlayedEcs, type PlayedTask } from './played-ecs';

/** One run of the function as Lambda makes it: by its environment, with the real SDK, against a played ECS. */

const cluster = 'arn:aws:ecs:eu-central-1:111122223333:cluster/acme';

const settings = {
  fleet: 'acme-prod-fargate',
  families: { [cluster]: ['acme-prod-fargate-node', 'acme-prod-fargate-java'] } as Record<string, string[]>,
  managerCluster: 'arn:aws:ecs:eu-central-1:111122223333:cluster/managers',
  managerService: 'acme-prod-fargate',
  maxAgeHours: 24,
  dryRun: false,
  namespace: 'GitLabRunner',
};

const spotCluster = `${cluster}-spot`;

const arnIn = (cluster: string, number: number): string =>
  `arn:aws:ecs:eu-central-1:111122223333:task/${cluster}/${number.toString(16).padStart(32, '0')}`;

const hoursAgo = (hours: number): number => Math.floor(Date.now() / 1000) - hours * 3600;

/** A worker; by default new and without tag. */
const worker = (number: number, fields: Partial<PlayedTask> = {}): PlayedTask => ({
  taskArn: arnIn('acme', number),
  family: 'acme-prod-fargate-node',
  createdAt: hoursAgo(0),
  ...fields,
});

const manager = (number: number, fields: Partial<PlayedTask> = {}): PlayedTask => ({
  taskArn: arnIn('managers', number),
  family: 'acme-prod-fargate-manager',
  serviceName: 'acme-prod-fargate',
  ...fields,
});

/** A manager that no ECS knows. */
const gone = arnIn('managers', 999);

type Line = Readonly<Record<string, unknown>>;

describe('an audit of Fargate tasks', () => {
  let aws: PlayedAws;
  let ecs: PlayedEcs;
  const lines: Line[] = [];
  const before = { ...process.env };

  beforeEach(async () => {
    aws = await PlayedAws.start();
    ecs = new PlayedEcs();
    play(() => undefined);
    lines.splice(0);
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: aws.url,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'played',
    });
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      lines.push(JSON.parse(String(text)) as Line);
      return true;
    });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    process.env = { ...before };
    await aws.stop();
  });

  /** Answers some calls otherwise than the played ECS would. */
  function play(otherwise: (call: PlayedCall) => ReturnType<typeof refused> | undefined): void {
    aws.play = (call) =>
      otherwise(call) ?? (call.action === 'PutMetricData' ? { body: '{}' } : ecs.play(call));
  }

  const run = (changed: Partial<typeof settings> = {}) => {
    process.env['SETTINGS'] = JSON.stringify({ ...settings, ...changed });
    return handler();
  };
  const stopped = () => [...ecs.stopped.keys()];
  const callsOf = (action: string) => aws.calls.filter((call) => call.action === action);

  test('stops workers whose manager has stopped or is no longer known, and says why', async () => {
    const last = manager(2, { lastStatus: 'STOPPED', desiredStatus: 'STOPPED' });
    ecs.tasks = [
      manager(1),
      last,
      worker(11, { manager: arnIn('managers', 1), createdAt: hoursAgo(1000) }),
      worker(12, { manager: last.taskArn }),
      worker(13, { manager: gone, family: 'acme-prod-fargate-java' }),
    ];
    await run();
    expect(Object.fromEntries(ecs.stopped)).toEqual({
      [arnIn('acme', 12)]: `Orphan audit of acme-prod-fargate: its manager ${last.taskArn} has stopped`,
      [arnIn('acme', 13)]: `Orphan audit of acme-prod-fargate: its manager ${gone} no longer exists`,
    });
  });

  test('stops workers without tag only when they are old', async () => {
    ecs.tasks = [worker(11, { createdAt: hoursAgo(23) }), worker(12, { createdAt: hoursAgo(25) })];
    await run();
    expect(stopped()).toEqual([arnIn('acme', 12)]);
    expect(ecs.stopped.get(arnIn('acme', 12))).toContain('older than 24 hours');
  });

  test.each(['RUNNING', 'DEACTIVATING', 'STOPPING', 'DEPROVISIONING'])(
    'keeps the workers of a manager that is told to stop and %s: its last jobs run',
    async (lastStatus) => {
      const draining = manager(1, { lastStatus, desiredStatus: 'STOPPED' });
      ecs.tasks = [draining, worker(11, { manager: draining.taskArn })];
      await run();
      expect(stopped()).toEqual([]);
      expect(lines).toMatchObject([{ Workers: 1, OrphanedWorkers: 0 }]);
    },
  );

  test('keeps the workers of a manager that its service lists, although ECS does not find it', async () => {
    ecs.tasks = [manager(1), worker(11, { manager: arnIn('managers', 1) })];
    play(({ action, body }) =>
      action === 'DescribeTasks' && body.includes('cluster/managers')
        ? { body: JSON.stringify({ failures: [{ arn: arnIn('managers', 1), reason: 'MISSING' }] }) }
        : undefined,
    );
    await run();
    expect(stopped()).toEqual([]);
    expect(lines).toMatchObject([{ OrphanedWorkers: 0 }]);
  });

  test('takes a manager for gone where ECS names it without its cluster', async () => {
    ecs.tasks = [worker(11, { manager: gone })];
    play(({ action, body }) =>
      action === 'DescribeTasks' && body.includes('cluster/managers')
        ? { body: JSON.stringify({ failures: [{ arn: gone.replace('managers/', ''), reason: 'MISSING' }] }) }
        : undefined,
    );
    await run();
    expect(stopped()).toEqual([arnIn('acme', 11)]);
  });

  test('touches nothing else in the cluster', async () => {
    ecs.tasks = ['acme-prod-fargate', 'acme-prod-fargate-node-2', 'web'].map((family, index) =>
      worker(index, { family, manager: gone, createdAt: hoursAgo(1000) }),
    );
    await run();
    expect(aws.actions).toEqual(['ListTasks', 'ListTasks', 'PutMetricData']);
    expect(lines).toMatchObject([{ Workers: 0 }]);
  });

  test('leaves a task alone that is stopping already', async () => {
    ecs.tasks = [worker(11, { manager: gone }), worker(12, { manager: gone })];
    play(({ action, body }) => {
      // The second is told to stop after it was listed.
      const second = ecs.tasks[1];
      if (action === 'DescribeTasks' && body.includes('cluster/acme') && second !== undefined)
        second.desiredStatus = 'STOPPED';
      return undefined;
    });
    await run();
    expect(stopped()).toEqual([arnIn('acme', 11)]);
    expect(lines).toMatchObject([{ Workers: 1, StoppedWorkers: 1 }]);
  });

  test('looks into every cluster, at every page, a hundred tasks at a time', async () => {
    const here = Array.from({ length: 250 }, (_, index) => worker(1000 + index, { manager: gone }));
    const there = worker(11, {
      taskArn: arnIn('acme-spot', 11),
      manager: gone,
      family: 'acme-prod-fargate-spot',
    });
    ecs.tasks = [...here, there];
    await run({
      families: { ...settings.families, [spotCluster]: ['acme-prod-fargate-spot'] },
      dryRun: true,
    });
    // Three of the first cluster, one of the second, and one that asks for the only manager.
    expect(callsOf('DescribeTasks')).toHaveLength(5);
    expect(lines).toMatchObject([{ Workers: 251, OrphanedWorkers: 251 }]);
    expect(lines[0]?.['orphans']).toHaveLength(100);
  });

  test('asks each cluster for its own families only, and stops no task of others there', async () => {
    const spot = 'acme-prod-fargate-spot';
    ecs.tasks = [
      worker(11, { family: spot, manager: gone }),
      worker(12, { taskArn: arnIn('acme-spot', 12), manager: gone }),
      worker(13, { taskArn: arnIn('acme-spot', 13), family: spot, manager: gone }),
    ];
    await run({ families: { [cluster]: ['acme-prod-fargate-node'], [spotCluster]: [spot] } });
    const listed = callsOf('ListTasks').map(({ body }) => JSON.parse(body) as Line);
    expect(listed.map((call) => [call['cluster'], call['family'] ?? call['serviceName']])).toEqual([
      [cluster, 'acme-prod-fargate-node'],
      [spotCluster, spot],
      [settings.managerCluster, settings.managerService],
    ]);
    expect(stopped()).toEqual([arnIn('acme-spot', 13)]);
  });

  test('keeps workers whose tag names no task of the managers, and tells of it', async () => {
    const names = [
      arnIn('elsewhere', 1),
      arnIn('managers-2', 1),
      `${settings.managerCluster.replace('cluster', 'task')}/abc`,
      `${gone}?`,
      settings.managerCluster,
      'somebody',
      '',
    ];
    ecs.tasks = names.map((name, index) => worker(index, { manager: name, createdAt: hoursAgo(1000) }));
    await run();
    expect(stopped()).toEqual([]);
    expect(lines).toMatchObject([{ Workers: names.length, OrphanedWorkers: 0, unknownManagers: names }]);
  });

  test('in a dry run tells of the orphans and stops none', async () => {
    ecs.tasks = [worker(11, { manager: gone }), worker(12, { createdAt: hoursAgo(25) })];
    await run({ dryRun: true });
    expect(callsOf('StopTask')).toEqual([]);
    expect(lines).toMatchObject([
      {
        Workers: 2,
        OrphanedWorkers: 2,
        StoppedWorkers: 0,
        orphans: [{ outcome: 'dry run' }, { outcome: 'dry run' }],
      },
    ]);
  });

  test('counts what it saw and did, in one call and one line', async () => {
    ecs.tasks = [manager(1), worker(11, { manager: arnIn('managers', 1) }), worker(12, { manager: gone })];
    await run();
    const metrics = { Workers: 2, OrphanedWorkers: 1, StoppedWorkers: 1 };
    const [published, ...others] = callsOf('PutMetricData').map(({ body }) => JSON.parse(body) as unknown);
    expect(others).toEqual([]);
    expect(published).toEqual({
      Namespace: 'GitLabRunner',
      MetricData: Object.entries(metrics).map(([MetricName, Value]) => ({
        MetricName,
        Value,
        Unit: 'Count',
        Dimensions: [{ Name: 'Fleet', Value: 'acme-prod-fargate' }],
      })),
    });
    expect(lines).toEqual([
      {
        fleet: 'acme-prod-fargate',
        ...metrics,
        orphans: [
          { task: arnIn('acme', 12), reason: `its manager ${gone} no longer exists`, outcome: 'stopped' },
        ],
        unknownManagers: [],
      },
    ]);
  });

  test('finds nothing to stop the next time', async () => {
    ecs.tasks = [worker(11, { manager: gone })];
    await run();
    await run();
    expect(callsOf('StopTask')).toHaveLength(1);
    expect(lines).toMatchObject([{ StoppedWorkers: 1 }, { Workers: 0, StoppedWorkers: 0 }]);
  });

  test('takes a task that has ended by itself for no error', async () => {
    ecs.tasks = [worker(11, { manager: gone }), worker(12, { manager: gone })];
    play(({ action, body }) => {
      if (action === 'StopTask' && body.includes(arnIn('acme', 11))) ecs.tasks.shift();
      return undefined;
    });
    await run();
    expect(lines).toMatchObject([
      { OrphanedWorkers: 2, StoppedWorkers: 1, orphans: [{ outcome: 'had ended' }, { outcome: 'stopped' }] },
    ]);
  });

  test('that may not stop one fails, after the others were stopped and everything was told', async () => {
    ecs.tasks = [worker(11, { manager: gone }), worker(12, { manager: gone })];
    play((call) =>
      call.action === 'StopTask' && call.body.includes(arnIn('acme', 11))
        ? refused('AccessDeniedException', call)
        : undefined,
    );
    await expect(run()).rejects.toThrow(`${arnIn('acme', 11)}: AccessDeniedException: Not now`);
    expect(stopped()).toEqual([arnIn('acme', 12)]);
    expect(callsOf('PutMetricData')).toHaveLength(1);
    expect(lines).toMatchObject([{ OrphanedWorkers: 2, StoppedWorkers: 1 }]);
  });

  test('that may not publish fails, after it has said what it stopped', async () => {
    ecs.tasks = [worker(11, { manager: gone })];
    play((call) => (call.action === 'PutMetricData' ? refused('AccessDenied', call) : undefined));
    await expect(run()).rejects.toThrow('Not now');
    expect(lines).toMatchObject([{ StoppedWorkers: 1 }]);
  });

  test.each(['AccessDeniedException', 'ClusterNotFoundException', 'ServiceNotFoundException'])(
    'fails and stops none after any read that failed with %s',
    async (code) => {
      ecs.tasks = [
        worker(11, { manager: gone }),
        worker(12, { createdAt: hoursAgo(1000) }),
        worker(13, { family: 'acme-prod-fargate-java', createdAt: hoursAgo(1000) }),
      ];
      await run({ dryRun: true });
      const reads = aws.calls.filter(({ action }) => /^(List|Describe)Tasks$/.test(action));
      expect(reads).toHaveLength(5);
      for (const { action, body } of reads) {
        play((call) => (call.action === action && call.body === body ? refused(code, call) : undefined));
        await expect(run()).rejects.toThrow('Not now');
      }
      expect(stopped()).toEqual([]);
    },
  );

  test.each([
    ['names another reason', [{ arn: gone, reason: 'INTERNAL' }], 'INTERNAL'],
    ['says nothing', [], 'no reason given'],
  ])('keeps all where ECS %s instead of describing a manager', async (_, failures, reason) => {
    ecs.tasks = [worker(11, { manager: gone }), worker(12, { createdAt: hoursAgo(1000) })];
    play(({ action, body }) =>
      action === 'DescribeTasks' && body.includes('cluster/managers')
        ? { body: JSON.stringify({ tasks: [], failures }) }
        : undefined,
    );
    await expect(run()).rejects.toThrow(`Amazon ECS does not describe ${gone}: ${reason}`);
    expect(stopped()).toEqual([]);
  });

  test('without settings says what is wrong', async () => {
    delete process.env['SETTINGS'];
    await expect(handler()).rejects.toThrow('SETTINGS must be JSON, got nothing');
    expect(aws.calls).toEqual([]);
  });

  test('whatever the tag of a worker is, ECS takes the call and the reason', async () => {
    const tags = fc.oneof(fc.string({ maxLength: 256 }), fc.constantFrom(gone, arnIn('managers', 1)));
    await fc.assert(
      fc.asyncProperty(fc.array(tags, { minLength: 5, maxLength: 30 }), async (names) => {
        ecs.tasks = [manager(1), ...names.map((name, index) => worker(index, { manager: name }))];
        ecs.stopped.clear();
        await run({ fleet: 'f'.repeat(2000) });
        expect(stopped()).toHaveLength(names.filter((name) => name === gone).length);
      }),
      { numRuns: 10 },
    );
  });
});
