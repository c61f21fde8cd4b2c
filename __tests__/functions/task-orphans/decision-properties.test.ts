import fc from 'fast-check';
import { decide, type OrphanRules } from '../../../src/functions/task-orphans/decision';
import type { Look, ManagerState, Worker } from '../../../src/functions/task-orphans/look';

/** What holds of every decision. */

const runs = { numRuns: 500 };
const hour = 3_600_000;
const nowMs = 1000 * hour;
const managers = ['manager-1', 'manager-2', 'manager-3'];

const clusters = fc.constantFrom('cluster-1', 'cluster-2');
const families = fc.constantFrom('node', 'node', 'java', 'nod', 'node-2');
const states = fc.constantFrom<ManagerState>('up', 'stopped', 'missing');

const workers: fc.Arbitrary<readonly Worker[]> = fc
  .array(
    fc.record({
      cluster: clusters,
      family: families,
      createdAtMs: fc.option(
        fc.integer({ min: -2, max: 60 }).map((hours) => nowMs - hours * hour),
        { nil: undefined },
      ),
      manager: fc.option(fc.constantFrom(...managers, ''), { nil: undefined, freq: 2 }),
    }),
    { maxLength: 12 },
  )
  .map((all) => all.map((one, index) => ({ ...one, arn: `worker-${index}` })));

const looks: fc.Arbitrary<Look> = fc.record({
  nowMs: fc.constant(nowMs),
  workers,
  managers: fc
    .dictionary(fc.constantFrom(...managers), states)
    .map((known) => new Map(Object.entries(known)) as Look['managers']),
});

const rules: fc.Arbitrary<OrphanRules> = fc.record({
  families: fc.dictionary(clusters, fc.uniqueArray(families, { minLength: 1, maxLength: 3 }), { minKeys: 1 }),
  maxAgeHours: fc.integer({ min: 1, max: 48 }),
  dryRun: fc.boolean(),
});

const holds = (property: (look: Look, rules: OrphanRules) => void): void =>
  fc.assert(fc.property(looks, rules, property), runs);

/** The workers that a decision stops. */
const stoppedBy = (look: Look, rules: OrphanRules): Worker[] =>
  decide(look, rules).stop.map(({ worker }) => worker);

test('the generated fleets have orphans of both kinds, and workers that are kept', () => {
  const seen = fc.sample(fc.tuple(looks, rules), { numRuns: 1000, seed: 5 }).map(([look, rules]) => {
    const stopped = stoppedBy(look, rules);
    const untagged = stopped.filter(({ manager }) => manager === undefined).length;
    return [untagged, stopped.length - untagged, look.workers.length - stopped.length] as const;
  });
  for (const kind of [0, 1, 2] as const)
    expect(seen.filter((counts) => counts[kind] > 0).length).toBeGreaterThan(100);
});

test('a task of another family, or in a cluster of others, is never stopped', () => {
  holds((look, rules) => {
    for (const { cluster, family } of stoppedBy(look, rules))
      expect(rules.families[cluster]).toContain(family);
  });
});

test('a tagged worker is never stopped unless its manager is gone', () => {
  holds((look, rules) => {
    for (const { manager } of stoppedBy(look, rules))
      if (manager !== undefined) expect(['stopped', 'missing']).toContain(look.managers.get(manager));
  });
});

test('an untagged worker is never stopped before its time', () => {
  holds((look, rules) => {
    for (const { manager, createdAtMs = nowMs } of stoppedBy(look, rules))
      if (manager === undefined) expect(nowMs - createdAtMs).toBeGreaterThan(rules.maxAgeHours * hour);
  });
});

test('a dry run stops nothing, and nothing else than an orphan is ever stopped', () => {
  holds((look, rules) => {
    const { orphans, stop } = decide(look, rules);
    expect(stop).toEqual(rules.dryRun ? [] : orphans);
  });
});

test('a worker whose manager is gone is always an orphan, if it is of the fleet', () => {
  holds((look, rules) => {
    const gone = look.workers.filter(
      ({ cluster, family, manager = '' }) =>
        rules.families[cluster]?.includes(family) === true && (look.managers.get(manager) ?? 'up') !== 'up',
    );
    expect(decide(look, rules).orphans.map(({ worker }) => worker)).toEqual(expect.arrayContaining(gone));
  });
});

test('what becomes of one worker does not depend on the others', () => {
  holds((look, rules) => {
    const alone = look.workers.flatMap((one) => stoppedBy({ ...look, workers: [one] }, rules));
    expect(stoppedBy(look, rules)).toEqual(alone);
  });
});
