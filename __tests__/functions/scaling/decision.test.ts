import { decide } from '../../../src/functions/scaling/decision';
import type { Instance, Load, Memory, RunnerLoad, Tick } from '../../../src/functions/scaling/tick';

/** One sentence of the product each. */

const runner = (values: Partial<RunnerLoad> = {}): RunnerLoad => ({
  runner: 'aaaaaaaaa',
  jobs: 0,
  limit: 0,
  received: 0,
  queueSize: undefined,
  ...values,
});

const load = (values: Partial<Load> = {}): Load => ({
  capacity: 4,
  takesJobs: true,
  runners: [runner()],
  ...values,
});

const instance = (id: string, values: Partial<Instance> = {}): Instance => ({
  id,
  zone: 'a',
  state: 'in-service',
  load: load(),
  ...values,
});

const full = (id: string, values: Partial<RunnerLoad> = {}): Instance =>
  instance(id, { load: load({ runners: [runner({ jobs: 4, received: 4, ...values })] }) });

const memory = (values: Partial<Memory> = {}): Memory => ({
  idleSince: {},
  received: {},
  waiting: {},
  ...values,
});

const idleSince = (...ids: string[]): Memory =>
  memory({
    idleSince: Object.fromEntries(ids.map((id) => [id, 0])),
    received: Object.fromEntries(ids.map((id) => [id, { aaaaaaaaa: 0 }])),
  });

const tick = (instances: readonly Instance[], values: Partial<Tick> = {}): Tick => ({
  nowSeconds: 1000,
  group: {
    min: 1,
    max: 20,
    desired: instances.filter(({ state }) => state === 'launching' || state === 'in-service').length,
  },
  instances,
  rules: { headroomJobs: 2, idleTimeSeconds: 120, capacityPerInstance: 4 },
  memory: memory(),
  ...values,
});

const bounds = (min: number, max: number, desired: number) => ({ group: { min, max, desired } });

describe('growing', () => {
  test('grows by exactly the waiting jobs and the headroom, and says so', () => {
    const instances = [
      full('i-1', { queueSize: 6 }),
      full('i-2', { queueSize: 6 }),
      full('i-3', { queueSize: 6 }),
    ];

    const { desired, reason, metrics } = decide(tick(instances));

    expect(desired).toBe(5);
    expect(reason).toBe('12 jobs run and 5 wait on 3 instances (12 places): 2 more instances');
    expect(metrics).toMatchObject({ Jobs: 12, WaitingJobs: 5, Utilization: 100, DesiredInstances: 5 });
  });

  test('takes one value for a runner that all instances share, and the sum over runners', () => {
    const two = (id: string): Instance =>
      instance(id, {
        load: load({
          runners: [
            runner({ jobs: 2, received: 2, queueSize: 9 }),
            runner({ runner: 'bbbbbbbbb', jobs: 2, received: 2, queueSize: 4 }),
          ],
        }),
      });

    expect(decide(tick([two('i-1'), two('i-2')])).metrics.WaitingJobs).toBe(8 + 3);
  });

  test('of many values takes the last in a backlog that shrinks', () => {
    const instances = [full('i-1', { queueSize: 9 }), full('i-2', { queueSize: 5 })];

    expect(decide(tick(instances)).metrics.WaitingJobs).toBe(4);
  });

  test('does not let the small value of a receipt before a burst hide the large one after it', () => {
    const before = memory({ received: { 'i-1': { aaaaaaaaa: 3 }, 'i-2': { aaaaaaaaa: 3 } } });
    const instances = [full('i-1', { queueSize: 1 }), full('i-2', { queueSize: 60 })];

    expect(decide(tick(instances, { memory: before })).metrics.WaitingJobs).toBe(58);
  });

  test('ignores a queue size that is not new', () => {
    const before = memory({
      received: { 'i-1': { aaaaaaaaa: 4 } },
      waiting: { aaaaaaaaa: 3 },
      receivedAt: 990,
    });

    expect(decide(tick([full('i-1', { queueSize: 50 })], { memory: before })).metrics.WaitingJobs).toBe(3);
  });

  test('doubles a full group of which nobody knows the queue', () => {
    const instances = [full('i-1', { queueSize: 0 }), full('i-2', { queueSize: 0 }), full('i-3')];

    const { desired, reason } = decide(
      tick(instances, { rules: { headroomJobs: 0, idleTimeSeconds: 120, capacityPerInstance: 4 } }),
    );

    expect(desired).toBe(6);
    expect(reason).toContain('nobody knows how many wait');
  });

  test('doubles a full group that has received nothing for a minute', () => {
    const before = memory({
      received: { 'i-1': { aaaaaaaaa: 4 } },
      waiting: { aaaaaaaaa: 0 },
      receivedAt: 940,
    });

    expect(decide(tick([full('i-1', { queueSize: 1 })], { memory: before })).desired).toBe(3);
  });

  test('counts launching instances, and those that AWS still owes, as capacity that comes', () => {
    const instances = [
      full('i-1', { queueSize: 11 }),
      instance('i-2', { state: 'launching', load: undefined }),
    ];

    expect(decide(tick(instances, bounds(1, 20, 4))).desired).toBe(4);
    expect(decide(tick(instances, bounds(1, 20, 3))).desired).toBe(4);
  });

  test('counts nobody who takes no jobs, drains, or is set aside', () => {
    const others = [
      instance('i-1', { load: load({ takesJobs: false }) }),
      instance('i-2', { state: 'draining' }),
      instance('i-3', { state: 'standby' }),
    ];

    expect(decide(tick(others)).desired).toBe(2);
  });

  test('keeps a place free for each runner: at its limit it receives nothing, and nobody learns who waits', () => {
    const atLimit = instance('i-1', {
      load: load({
        runners: [runner({ jobs: 2, limit: 2, received: 2 }), runner({ runner: 'b', limit: 4 })],
      }),
    });
    const known = memory({ received: { 'i-1': { aaaaaaaaa: 2, b: 0 } }, waiting: { aaaaaaaaa: 0, b: 0 } });

    expect(decide(tick([atLimit], { memory: known })).desired).toBe(2);
    expect(decide(tick([atLimit, instance('i-2')], { memory: known })).desired).toBe(2);
  });

  test('measures the last jobs of instances that drain, and not as use of those in service', () => {
    const { metrics, reason } = decide(
      tick([full('i-1'), instance('i-2'), { ...full('i-3'), state: 'draining' }]),
    );

    expect(metrics).toMatchObject({ Jobs: 8, Utilization: 50, DrainingInstances: 1 });
    expect(reason).toMatch(/^4 jobs run on 2 instances \(8 places\), 1 draining: /);
  });

  test('launches for the three jobs of a runner at its limit and one more place, while its instances have free ones', () => {
    const limited = instance('i-1', {
      load: load({
        runners: [runner({ jobs: 1, limit: 1, received: 1, queueSize: 4 }), runner({ runner: 'b' })],
      }),
    });

    expect(decide(tick([limited])).desired).toBe(5);
  });

  test('keeps no free place that the limits of its runners would not let it use', () => {
    const limited = instance('i-1', { load: load({ runners: [runner({ jobs: 2, limit: 2 })] }) });

    expect(decide(tick([limited])).desired).toBeGreaterThan(1);
  });

  test('does not grow for want of a token, which new instances would not have either', () => {
    expect(decide(tick([instance('i-1', { load: load({ runners: [] }) })])).desired).toBe(1);
  });

  test('stops at the maximum and tells how many it wanted', () => {
    const { desired, reason } = decide(tick([full('i-1', { queueSize: 80 })], bounds(1, 3, 1)));

    expect(desired).toBe(3);
    expect(reason).toContain('2 more instances, at the maximum of 3 (22 wanted)');
  });

  test('follows the bounds: a maximum of 0 switches off, a higher minimum is reached at once', () => {
    expect(decide(tick([full('i-1')], bounds(0, 0, 1))).desired).toBe(0);
    expect(decide(tick([instance('i-1')], bounds(5, 8, 1))).desired).toBe(5);
  });
});

describe('ending', () => {
  const three = ['i-1', 'i-2', 'i-3'].map((id) => instance(id));
  const ids = ['i-1', 'i-2', 'i-3'];

  test('ends instances that were idle for the idle time, and keeps the headroom', () => {
    const { desired, terminate, reason } = decide(tick(three, { memory: idleSince(...ids) }));

    expect(terminate).toEqual(['i-1', 'i-2']);
    expect(desired).toBe(1);
    expect(reason).toBe('0 jobs run on 3 instances (12 places): 2 fewer instances');
  });

  test('waits for the idle time', () => {
    const almost = decide(tick(three, { nowSeconds: 119, memory: idleSince(...ids) }));
    const exactly = decide(tick(three, { nowSeconds: 120, memory: idleSince(...ids) }));

    expect(almost.terminate).toEqual([]);
    expect(exactly.terminate).toHaveLength(2);
  });

  test('starts the idle time anew after a lost memory', () => {
    const lost = decide(tick(three, { memory: undefined }));
    const next = decide(tick(three, { nowSeconds: 1060, memory: lost.memory }));

    expect(lost.terminate).toEqual([]);
    expect(next.terminate).toEqual([]);
    expect(decide(tick(three, { nowSeconds: 1120, memory: next.memory })).terminate).toHaveLength(2);
  });

  test('starts the idle time anew when a job came and went between two looks', () => {
    const came = [
      ...three.slice(0, 2),
      instance('i-3', { load: load({ runners: [runner({ received: 1 })] }) }),
    ];

    expect(decide(tick(came, { memory: idleSince(...ids) })).memory.idleSince['i-3']).toBe(1000);
  });

  test('keeps idle instances while jobs keep coming', () => {
    const busy = full('i-4', { received: 8, queueSize: 1 });
    const before = {
      ...idleSince(...ids),
      received: { ...idleSince(...ids).received, 'i-4': { aaaaaaaaa: 4 } },
    };

    const { terminate, memory: after } = decide(tick([...three, busy], { memory: before }));

    expect(after.idleSince).toEqual({ 'i-1': 1000, 'i-2': 1000, 'i-3': 1000 });
    expect(terminate).toEqual([]);
  });

  test('ends in the fullest zone first', () => {
    const zoned = [
      instance('i-1', { zone: 'a' }),
      instance('i-2', { zone: 'b' }),
      instance('i-3', { zone: 'b' }),
    ];

    expect(decide(tick(zoned, { memory: idleSince(...ids), ...bounds(2, 9, 3) })).terminate).toEqual(['i-2']);
  });

  test('never goes below the minimum', () => {
    expect(decide(tick(three, { memory: idleSince(...ids), ...bounds(3, 9, 3) })).terminate).toEqual([]);
  });

  test('never takes silence for idleness', () => {
    const silent = [
      instance('i-1'),
      instance('i-2', { load: undefined }),
      instance('i-3', { load: undefined }),
    ];

    const { terminate, desired, metrics } = decide(tick(silent, { memory: idleSince(...ids) }));

    expect(terminate).toEqual([]);
    expect(desired).toBe(3);
    expect(metrics.ScrapeFailures).toBe(2);
  });

  test('makes up for one silent instance, and not for each of a group that nobody can ask', () => {
    const silent = (count: number) =>
      Array.from({ length: count }, (_, index) => instance(`i-${index}`, { load: undefined }));

    expect(decide(tick(silent(1))).desired).toBe(2);
    expect(decide(tick(silent(2))).desired).toBe(2);
    expect(decide(tick(silent(7))).desired).toBe(7);
  });

  test('gives up what AWS could not launch once nobody needs it, and touches no instance', () => {
    const owed = (nowSeconds: number, before: Memory) =>
      decide(tick([instance('i-1')], { nowSeconds, memory: before, ...bounds(1, 9, 4) }));

    const first = owed(1000, memory());
    const later = owed(1120, first.memory);

    expect([first.desired, first.terminate]).toEqual([4, []]);
    expect([later.desired, later.terminate]).toEqual([1, []]);
  });

  test('keeps asking AWS for what is needed', () => {
    const needed = full('i-1', { queueSize: 13 });
    const first = decide(tick([needed], bounds(1, 9, 1)));
    const later = decide(
      tick([needed], { ...bounds(1, 9, first.desired), nowSeconds: 9000, memory: first.memory }),
    );

    expect(later.desired).toBe(first.desired);
  });
});
