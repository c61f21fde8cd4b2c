import fc from 'fast-check';
import { decide } from '../../../src/functions/scaling/decision';
import type { Decision, Instance, Memory, Tick } from '../../../src/functions/scaling/tick';

/** What holds of every decision. */

const runs = { numRuns: 300 };

const names = ['aaaaaaaaa', 'bbbbbbbbb'];

const runnerLoad = (name: string) =>
  fc.record({
    runner: fc.constant(name),
    jobs: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 4 })),
    limit: fc.constantFrom(0, 0, 1, 3),
    received: fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, fc.constantFrom(1, 3)),
    queueSize: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined }),
  });

const loads = fc.record({
  capacity: fc.integer({ min: 1, max: 6 }),
  takesJobs: fc.constantFrom(true, true, true, false),
  runners: fc.tuple(...names.map(runnerLoad)),
});

const instances: fc.Arbitrary<readonly Instance[]> = fc
  .array(
    fc.record({
      zone: fc.constantFrom('a', 'b', 'c'),
      state: fc.constantFrom('launching', 'in-service', 'in-service', 'in-service', 'draining', 'standby'),
      load: fc.option(loads, { nil: undefined, freq: 5 }),
    }),
    { maxLength: 9 },
  )
  .map((all) => all.map((one, index): Instance => ({ ...one, id: `i-${index}` })));

const idOf = fc.integer({ min: 0, max: 9 }).map((number) => `i-${number}`);

const memories: fc.Arbitrary<Memory> = fc.record(
  {
    idleSince: fc.dictionary(idOf, fc.constantFrom(0, 0, 950), { minKeys: 5 }),
    received: fc.dictionary(
      idOf,
      fc.dictionary(
        fc.constantFrom(...names),
        fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, fc.constant(2)),
      ),
    ),
    waiting: fc.dictionary(fc.constantFrom(...names), fc.integer({ min: 0, max: 20 })),
    receivedAt: fc.constantFrom(0, 970),
    unneededSince: fc.constantFrom(0, 970),
  },
  { requiredKeys: ['idleSince', 'received', 'waiting'] },
);

const ticks: fc.Arbitrary<Tick> = fc.record({
  nowSeconds: fc.constant(1000),
  group: fc
    .tuple(fc.nat({ max: 4 }), fc.nat({ max: 12 }), fc.nat({ max: 12 }))
    .map(([one, other, desired]) => ({ min: Math.min(one, other), max: Math.max(one, other), desired })),
  instances,
  rules: fc.record({
    headroomJobs: fc.constantFrom(0, 1, 2, 9),
    idleTimeSeconds: fc.constantFrom(60, 120, 3600),
    capacityPerInstance: fc.integer({ min: 1, max: 6 }),
  }),
  memory: fc.option(memories, { nil: undefined, freq: 5 }),
});

const holds = (property: (tick: Tick) => void): void => fc.assert(fc.property(ticks, property), runs);

const clamped = ({ group }: Tick): number => Math.min(group.max, Math.max(group.min, group.desired));

const runningOn = ({ load }: Instance): number =>
  (load?.runners ?? []).reduce((total, { jobs }) => total + jobs, 0);

const isFreeToEnd = (one: Instance): boolean =>
  one.state === 'in-service' && one.load?.takesJobs === true && runningOn(one) === 0;

/** The group as it is a moment later, when AWS has done what was decided. */
function after(tick: Tick, { desired, terminate, memory }: Decision): Tick {
  return {
    ...tick,
    memory,
    group: { ...tick.group, desired },
    instances: tick.instances.map((one) =>
      terminate.includes(one.id) ? { ...one, state: 'draining' } : one,
    ),
  };
}

/** The same tick with a longer queue in every value that GitLab gave. */
const withMoreWaiting = (tick: Tick, more: number): Tick => ({
  ...tick,
  instances: tick.instances.map((one) => ({
    ...one,
    load: one.load && {
      ...one.load,
      runners: one.load.runners.map((runner) => ({
        ...runner,
        queueSize: runner.queueSize ? runner.queueSize + more : runner.queueSize,
      })),
    },
  })),
});

test('the generated ticks grow, shrink and stay', () => {
  const seen = fc.sample(ticks, { numRuns: 2000, seed: 4 }).map((tick) => {
    const { desired, terminate } = decide(tick);
    return { grows: desired > clamped(tick), ends: terminate.length > 0, stays: desired === clamped(tick) };
  });

  expect(seen.filter(({ grows }) => grows).length).toBeGreaterThan(100);
  expect(seen.filter(({ ends }) => ends).length).toBeGreaterThan(30);
  expect(seen.filter(({ stays }) => stays).length).toBeGreaterThan(100);
});

test('the size stays within the bounds', () => {
  holds((tick) => {
    const { desired } = decide(tick);
    expect(desired).toBeGreaterThanOrEqual(tick.group.min);
    expect(desired).toBeLessThanOrEqual(tick.group.max);
  });
});

test('only instances that said themselves that they are idle are ended, each once', () => {
  holds((tick) => {
    const { terminate } = decide(tick);
    const free = tick.instances.filter(isFreeToEnd).map(({ id }) => id);
    expect(free).toEqual(expect.arrayContaining([...terminate]));
    expect(new Set(terminate).size).toBe(terminate.length);
  });
});

test('nobody is ended who was not idle for the idle time as far as is remembered', () => {
  holds((tick) => {
    for (const id of decide(tick).terminate)
      expect(tick.nowSeconds - (tick.memory?.idleSince[id] ?? Infinity)).toBeGreaterThanOrEqual(
        tick.rules.idleTimeSeconds,
      );
  });
});

test('no more are ended than the group is above its minimum, and each makes it one smaller', () => {
  holds((tick) => {
    const { desired, terminate } = decide(tick);
    expect(terminate.length).toBeLessThanOrEqual(Math.max(0, clamped(tick) - tick.group.min));
    if (terminate.length > 0) expect(desired).toBeLessThanOrEqual(clamped(tick) - terminate.length);
  });
});

test('AWS is never left to choose whom to end: the size falls below what is there only by those that are ended', () => {
  holds((tick) => {
    const { desired, terminate } = decide(tick);
    const present = tick.instances.filter(({ state }) => state === 'launching' || state === 'in-service');
    expect(desired + terminate.length).toBeGreaterThanOrEqual(Math.min(clamped(tick), present.length));
  });
});

test('more waiting jobs never make fewer instances', () => {
  fc.assert(
    fc.property(ticks, fc.nat({ max: 30 }), (tick, more) => {
      expect(decide(withMoreWaiting(tick, more)).desired).toBeGreaterThanOrEqual(decide(tick).desired);
    }),
    runs,
  );
});

test('more headroom never makes fewer instances', () => {
  fc.assert(
    fc.property(ticks, fc.nat({ max: 9 }), (tick, more) => {
      const rules = { ...tick.rules, headroomJobs: tick.rules.headroomJobs + more };
      expect(decide({ ...tick, rules }).desired).toBeGreaterThanOrEqual(decide(tick).desired);
    }),
    runs,
  );
});

test('a decision is final: asked again about what came of it, it changes nothing', () => {
  holds((tick) => {
    const first = decide(tick);
    const second = decide(after(tick, first));
    expect([second.desired, second.terminate]).toEqual([first.desired, []]);
  });
});

test('asked twice about the same, it says the same', () => {
  holds((tick) => expect(decide(structuredClone(tick))).toEqual(decide(tick)));
});

test('of two equally idle instances the one in the fuller zone is ended', () => {
  holds((tick) => {
    const [first] = decide(tick).terminate;
    if (first === undefined) return;
    const sizeOf = (zone: string) =>
      tick.instances.filter(
        (one) => one.zone === zone && (one.state === 'launching' || one.state === 'in-service'),
      ).length;
    const ended = tick.instances.find(({ id }) => id === first) as Instance;
    const like = tick.instances.filter(
      (one) =>
        isFreeToEnd(one) &&
        JSON.stringify(one.load) === JSON.stringify(ended.load) &&
        decide(tick).memory.idleSince[one.id] === decide(tick).memory.idleSince[first],
    );
    for (const one of like) expect(sizeOf(ended.zone)).toBeGreaterThanOrEqual(sizeOf(one.zone));
  });
});

describe('whatever it is given', () => {
  const number = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, -1, 0.5, 1e300));
  const name = fc.constantFrom('__proto__', 'constructor', 'toString', 'i-1', '');
  const hostile: fc.Arbitrary<Tick> = fc.record({
    nowSeconds: number,
    group: fc.record({ min: number, max: number, desired: number }),
    instances: fc.array(
      fc.record({
        id: name,
        zone: name,
        state: fc.constantFrom('launching', 'in-service', 'draining', 'standby'),
        load: fc.option(
          fc.record({
            capacity: number,
            takesJobs: fc.boolean(),
            runners: fc.array(
              fc.record({ runner: name, jobs: number, limit: number, received: number, queueSize: number }),
              { maxLength: 3 },
            ),
          }),
          { nil: undefined },
        ),
      }),
      { maxLength: 6 },
    ),
    rules: fc.record({ headroomJobs: number, idleTimeSeconds: number, capacityPerInstance: number }),
    memory: fc.option(
      fc.record({
        idleSince: fc.dictionary(name, number),
        received: fc.dictionary(name, fc.dictionary(name, number)),
        waiting: fc.dictionary(name, number),
        receivedAt: number,
        unneededSince: number,
      }),
      { nil: undefined },
    ),
  });

  test('it decides: a whole size that is not negative, figures that are numbers, one line of reason', () => {
    fc.assert(
      fc.property(hostile, (tick) => {
        const { desired, metrics, reason } = decide(tick);
        expect(Number.isInteger(desired) && desired >= 0).toBe(true);
        expect(
          Object.values(metrics).filter((value: number) => !Number.isFinite(value) || value < 0),
        ).toEqual([]);
        expect(reason).not.toMatch(/NaN|undefined|\n/);
      }),
      { numRuns: 1000 },
    );
  });
});
