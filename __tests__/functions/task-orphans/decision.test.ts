import { decide, type OrphanRules } from '../../../src/functions/task-orphans/decision';
import type { Look, ManagerState, Worker } from '../../../src/functions/task-orphans/look';

/** Which workers are orphans, by example. */

const hour = 3_600_000;
const nowMs = 1_800_000_000_000;
const manager = 'arn:aws:ecs:eu-central-1:111122223333:task/acme-prod/0123456789abcdef0123456789abcdef';
const cluster = 'arn:aws:ecs:eu-central-1:111122223333:cluster/acme-prod';
const rules: OrphanRules = {
  families: { [cluster]: ['acme-prod-fargate-node'], [`${cluster}-spot`]: ['acme-prod-fargate-spot'] },
  maxAgeHours: 24,
  dryRun: false,
};

const worker = (fields: Partial<Worker> = {}): Worker => ({
  arn: 'arn:aws:ecs:eu-central-1:111122223333:task/acme-prod/fedcba9876543210fedcba9876543210',
  cluster,
  family: 'acme-prod-fargate-node',
  createdAtMs: nowMs - 100 * hour,
  manager,
  ...fields,
});

const lookOf = (workers: readonly Worker[], state?: ManagerState): Look => ({
  nowMs,
  workers,
  managers: new Map(state === undefined ? [] : [[manager, state]]),
});

const reasonsFor = (one: Worker, state?: ManagerState): string[] =>
  decide(lookOf([one], state), rules).stop.map(({ reason }) => reason);

describe('a worker with the tag of a manager', () => {
  test('is kept while the manager is up, however old it is', () => {
    expect(reasonsFor(worker(), 'up')).toEqual([]);
  });

  test.each([
    ['stopped', 'has stopped'],
    ['missing', 'no longer exists'],
  ] as const)('is stopped once the manager is %s, however new it is', (state, words) => {
    expect(reasonsFor(worker({ createdAtMs: nowMs }), state)).toEqual([`its manager ${manager} ${words}`]);
  });

  test('is kept where the manager could not be looked up, however old it is', () => {
    expect(reasonsFor(worker())).toEqual([]);
    expect(reasonsFor(worker({ manager: 'somebody else' }), 'stopped')).toEqual([]);
    expect(reasonsFor(worker({ manager: '' }), 'stopped')).toEqual([]);
  });
});

describe('a worker without tag', () => {
  const untagged = (createdAtMs: number | undefined) => worker({ manager: undefined, createdAtMs });

  test('is stopped when it is older than a worker may be', () => {
    expect(reasonsFor(untagged(nowMs - 24 * hour - 1))).toEqual([
      'no manager has tagged it, and it is older than 24 hours',
    ]);
  });

  test('is kept until then, and where its age is not known', () => {
    for (const createdAtMs of [nowMs - 24 * hour, nowMs, nowMs + hour, undefined])
      expect(reasonsFor(untagged(createdAtMs))).toEqual([]);
  });

  test('is judged by its own age, not by a manager that has stopped', () => {
    expect(reasonsFor(untagged(nowMs - hour), 'stopped')).toEqual([]);
  });

  test('says one hour as one says it', () => {
    const { stop } = decide(lookOf([untagged(0)]), { ...rules, maxAgeHours: 1 });
    expect(stop.map(({ reason }) => reason)).toEqual([
      'no manager has tagged it, and it is older than 1 hour',
    ]);
  });
});

test.each([
  'acme-prod-fargate',
  'acme-prod-fargate-node-2',
  'acme-prod-fargate-spot',
  'ACME-PROD-FARGATE-NODE',
  '',
])('a task of the family %j is neither counted nor stopped', (family) => {
  const others = [worker({ family }), worker({ family, manager: undefined })];
  expect(decide(lookOf(others, 'stopped'), rules)).toEqual({ workers: 0, orphans: [], stop: [] });
});

test('a dry run finds the same orphans and stops none', () => {
  const look = lookOf([worker(), worker({ manager: undefined })], 'stopped');
  const [real, dry] = [decide(look, rules), decide(look, { ...rules, dryRun: true })];
  expect(real.stop).toHaveLength(2);
  expect(dry).toEqual({ ...real, stop: [] });
});
