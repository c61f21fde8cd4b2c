import fc from 'fast-check';
import { decide, twiceAfterMs, type Verdict } from '../../../src/functions/machine-orphans/decision';
import type { Look, Machine, Manager } from '../../../src/functions/machine-orphans/look';

/** What holds of every decision. */

const runs = { numRuns: 500 };
const hour = 3_600_000;
const nowMs = 1_800_000_000_000;
const ids = ['i-1', 'i-2', 'i-3'];
const names = ['machine-1', 'machine-2', 'machine-3'];
const keyPairs = ['machine-*'];

const notes = fc.oneof(
  fc
    .oneof(fc.integer({ min: -30, max: 60 }), fc.integer({ min: 1, max: 30 }))
    .map((minutes) => new Date(nowMs - minutes * 60_000).toISOString()),
  fc.constantFrom('', 'no time'),
);

const machines: fc.Arbitrary<readonly Machine[]> = fc
  .array(
    fc.record({
      name: fc.option(fc.constantFrom(...names), { nil: undefined, freq: 8 }),
      manager: fc.option(fc.constantFrom(...ids, 'i-unknown'), { nil: undefined, freq: 3 }),
      keyName: fc.option(fc.constantFrom(...names.map((name) => `${name}-abcde`), 'break-glass'), {
        nil: undefined,
      }),
      launchedAtMs: fc.option(
        fc.integer({ min: -2, max: 60 }).map((hours) => nowMs - hours * hour),
        { nil: undefined },
      ),
      unclaimedSince: fc.option(notes, { nil: undefined, freq: 2 }),
    }),
    { maxLength: 12 },
  )
  .map((all) => all.map((one, index) => ({ ...one, id: `machine-${index}` })));

const managers: fc.Arbitrary<Manager> = fc.oneof(
  fc.constant({ kind: 'gone' as const }),
  fc.constant({ kind: 'silent' as const, why: 'no answer' }),
  fc
    .uniqueArray(fc.constantFrom(...names))
    .map((known) => ({ kind: 'answered' as const, names: new Set(known) })),
);

const looks: fc.Arbitrary<Look> = fc.record({
  nowMs: fc.constant(nowMs),
  machines,
  managers: fc.dictionary(fc.constantFrom(...ids), managers).map((known) => new Map(Object.entries(known))),
});

const ages = fc.integer({ min: 1, max: 48 });

const holds = (property: (look: Look, verdicts: readonly Verdict[], maxAgeHours: number) => void): void =>
  fc.assert(
    fc.property(looks, ages, (look, maxAgeHours) => {
      property(look, decide(look, { maxAgeHours, keyPairs }), maxAgeHours);
    }),
    runs,
  );

const ended = (verdicts: readonly Verdict[]): Machine[] =>
  verdicts.flatMap(({ machine, action }) => (action === 'end' ? [machine] : []));

test('the generated fleets have every verdict, and orphans of every kind', () => {
  const seen = new Map<string, number>();
  for (const [look, maxAgeHours] of fc.sample(fc.tuple(looks, ages), { numRuns: 4000, seed: 5 }))
    for (const { action, reason } of decide(look, { maxAgeHours, keyPairs })) {
      const kind = `${action} ${reason.replace(/i-\d|as of.*|\d+ hours?/g, '')}`;
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }
  expect(seen.size).toBe(19);
  for (const count of seen.values()) expect(count).toBeGreaterThan(5);
});

/** A manager that says that it does not know a machine, and a note that says so a quarter of an hour before. */
function expectUnclaimed({ name, keyName, unclaimedSince = '' }: Machine, known: ReadonlySet<string>): void {
  expect(known).not.toContain(name);
  expect(known).not.toContain(keyName?.slice(0, -'-abcde'.length));
  expect(nowMs - Date.parse(unclaimedSince)).toBeGreaterThanOrEqual(twiceAfterMs);
}

test('a machine is ended only when its manager is gone, or has not known it for a quarter of an hour', () => {
  holds(({ managers: all }, verdicts) => {
    for (const machine of ended(verdicts)) {
      if (machine.manager === undefined) continue;
      const manager = all.get(machine.manager);
      expect(['gone', 'answered']).toContain(manager?.kind);
      if (manager?.kind === 'answered') expectUnclaimed(machine, manager.names);
    }
  });
});

test('one that no manager has tagged is ended only when it is old, and that holds of all', () => {
  holds(({ managers: all }, verdicts, maxAgeHours) => {
    for (const machine of ended(verdicts).filter(({ manager }) => manager === undefined)) {
      expect(nowMs - (machine.launchedAtMs ?? nowMs)).toBeGreaterThan(maxAgeHours * hour);
      for (const manager of all.values()) {
        expect(['gone', 'answered']).toContain(manager.kind);
        if (manager.kind === 'answered') expectUnclaimed(machine, manager.names);
      }
    }
  });
});

test('nothing is done to the machines of a manager that does not answer', () => {
  holds(({ managers: all }, verdicts) => {
    for (const { machine, action } of verdicts)
      if (all.get(machine.manager ?? '')?.kind === 'silent') expect(action).toBe('keep');
  });
});

test('every machine gets one verdict, in order, with a reason', () => {
  holds((look, verdicts) => {
    expect(verdicts.map(({ machine }) => machine)).toEqual(look.machines);
    for (const { reason } of verdicts) expect(reason).not.toBe('');
  });
});

test('what becomes of one machine does not depend on the others', () => {
  holds((look, verdicts, maxAgeHours) => {
    const alone = look.machines.flatMap((one) =>
      decide({ ...look, machines: [one] }, { maxAgeHours, keyPairs }),
    );
    expect(verdicts).toEqual(alone);
  });
});

test('a machine that its manager never knows is ended by the second look a quarter of an hour later, and by none before', () => {
  const [name, manager] = ['lost', 'i-1'];
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 20 }), (minutes) => {
      let [at, unclaimedSince] = [nowMs, undefined as string | undefined];
      const one = { id: 'i-9', keyName: undefined, launchedAtMs: nowMs, name, manager };
      for (const pause of minutes) {
        const look = {
          nowMs: at,
          machines: [{ ...one, unclaimedSince }],
          managers: new Map([[manager, { kind: 'answered' as const, names: new Set(['other']) }]]),
        };
        const [verdict] = decide(look, { maxAgeHours: 1, keyPairs });
        const wanted = at === nowMs ? 'mark' : at - nowMs < twiceAfterMs ? 'wait' : 'end';
        expect(verdict?.action).toBe(wanted);
        if (wanted === 'mark') unclaimedSince = new Date(at).toISOString();
        at += pause * 60_000;
      }
    }),
  );
});
