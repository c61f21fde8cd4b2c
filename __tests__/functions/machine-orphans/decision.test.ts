import { decide, twiceAfterMs } from '../../../src/functions/machine-orphans/decision';
import type { Look, Machine, Manager } from '../../../src/functions/machine-orphans/look';

/** What becomes of one machine, by what is known of it and of its manager. */

const minute = 60_000;
const hour = 60 * minute;
const nowMs = Date.parse('2026-03-01T12:00:00Z');
const manager = 'i-0123456789abcdef0';
const ago = (ms: number): string => new Date(nowMs - ms).toISOString();

const machine: Machine = {
  id: 'i-0aaaaaaaaaaaaaaa1',
  name: 'machine-1',
  manager,
  keyName: 'machine-1-ab1cd',
  launchedAtMs: nowMs - 1000 * hour,
  unclaimedSince: undefined,
};
const answered = (...names: string[]): Manager => ({ kind: 'answered', names: new Set(names) });

function verdictAmong(managers: Look['managers'], fields: Partial<Machine>, maxAgeHours = 24) {
  const look = { nowMs, machines: [{ ...machine, ...fields }], managers };
  const [only, ...more] = decide(look, { maxAgeHours, keyPairs: ['machine-*'] });
  expect(more).toEqual([]);
  return only && { action: only.action, reason: only.reason };
}
const verdict = (fields: Partial<Machine>, of?: Manager) =>
  verdictAmong(new Map(of === undefined ? [] : [[manager, of]]), fields);

test('twice is a quarter of an hour apart', () => {
  expect(twiceAfterMs).toBe(15 * minute);
});

describe('a machine of a manager', () => {
  test('that knows it is kept, however old it is', () => {
    expect(verdict({}, answered('machine-1', 'machine-2'))).toEqual({
      action: 'keep',
      reason: `its manager ${manager} knows it`,
    });
  });

  test('that knows it again loses the note', () => {
    expect(verdict({ unclaimedSince: ago(hour) }, answered('machine-1'))).toEqual({
      action: 'unmark',
      reason: `its manager ${manager} knows it`,
    });
  });

  test('that does not know it gets a note first', () => {
    expect(verdict({}, answered('machine-10', 'machine'))).toEqual({
      action: 'mark',
      reason: `its manager ${manager} does not know it`,
    });
  });

  test.each(['', 'yesterday', ago(-minute)])('gets a new note where "%s" can be none', (unclaimedSince) => {
    expect(verdict({ unclaimedSince }, answered())?.action).toBe('mark');
  });

  test.each([
    [0, 'wait'],
    [15 * minute - 1, 'wait'],
    [15 * minute, 'end'],
    [hour, 'end'],
  ])('that did not know it %d ms ago either: %s', (ms, action) => {
    expect(verdict({ unclaimedSince: ago(ms) }, answered('machine-2'))).toEqual({
      action,
      reason: `its manager ${manager} does not know it, as of ${ago(ms)}`,
    });
  });

  test('that did not answer is kept, whatever it said before', () => {
    expect(verdict({ unclaimedSince: ago(hour) }, { kind: 'silent', why: 'it is stopped' })).toEqual({
      action: 'keep',
      reason: `its manager ${manager} did not answer: it is stopped`,
    });
  });

  test('that no longer exists is ended at once', () => {
    expect(verdict({ launchedAtMs: nowMs }, { kind: 'gone' })).toEqual({
      action: 'end',
      reason: `its manager ${manager} no longer exists`,
    });
  });

  test('that answered is kept where it has no name: nobody could know it', () => {
    const nameless = { name: undefined, keyName: undefined };
    expect(verdict({ ...nameless, unclaimedSince: ago(hour) }, answered())).toEqual({
      action: 'keep',
      reason: 'it has no name to ask for',
    });
    expect(verdict(nameless, { kind: 'gone' })?.action).toBe('end');
  });

  test.each([undefined, 'named by hand'])('is known by its key pair where its name is %s', (name) => {
    expect(verdict({ name }, answered('machine-1'))?.action).toBe('keep');
    expect(verdict({ name }, answered('machine-2'))?.action).toBe('mark');
  });
});

describe('a machine without a manager in its tags', () => {
  const other = 'i-0123456789abcdef1';
  /** As Docker Machine starts it, before it sets tags. */
  const bare = { name: undefined, manager: undefined };
  const among = (...managers: readonly Manager[]): Look['managers'] =>
    new Map(managers.map((one, index) => [[manager, other][index] ?? '', one]));
  const silent: Manager = { kind: 'silent', why: 'it is pending' };
  const gone: Manager = { kind: 'gone' };

  test.each<[string, Partial<Machine>, string]>([
    ['key pair', {}, 'machine-1'],
    ['key pair, in which only the last part is no name', { keyName: 'machine-1-2-xyZab' }, 'machine-1-2'],
    ['key pair that is called as the machine', { keyName: 'machine-1' }, 'machine-1'],
    ['tag', { name: 'machine-1', keyName: undefined }, 'machine-1'],
    ['tag, beside a key pair of something else', { name: 'machine-1', keyName: 'break-glass' }, 'machine-1'],
  ])('is kept, however old it is, while a manager knows it by its %s', (_, fields, name) => {
    expect(verdictAmong(among(answered(), answered(name)), { ...bare, ...fields })).toEqual({
      action: 'keep',
      reason: `no manager has tagged it, but ${other} knows it`,
    });
    expect(verdictAmong(among(answered(), answered(`${name}0`)), { ...bare, ...fields })?.action).toBe(
      'mark',
    );
  });

  test('loses its note when a manager knows it', () => {
    const noted = { ...bare, unclaimedSince: ago(hour) };
    expect(verdictAmong(among(silent, answered('machine-1')), noted)).toEqual({
      action: 'unmark',
      reason: `no manager has tagged it, but ${other} knows it`,
    });
  });

  test('is kept while one manager does not answer, whatever was noted', () => {
    expect(verdictAmong(among(answered(), silent), { ...bare, unclaimedSince: ago(hour) })).toEqual({
      action: 'keep',
      reason: `no manager has tagged it, and ${other} did not answer: it is pending`,
    });
  });

  test.each([
    [24 * hour, 24, 'keep', 'it is not older than 24 hours'],
    [24 * hour + 1, 24, 'end', 'none exists, and it is older than 24 hours'],
    [hour + 1, 1, 'end', 'none exists, and it is older than 1 hour'],
    [-hour, 1, 'keep', 'it is not older than 1 hour'],
  ])(
    'of an age of %d ms, where %d hours are allowed, and no manager is left: %s',
    (age, hours, action, why) => {
      const aged = { ...bare, launchedAtMs: nowMs - age };
      const reason = `no manager has tagged it, ${action === 'keep' ? 'and ' : ''}${why}`;
      for (const left of [among(), among(gone, gone)])
        expect(verdictAmong(left, aged, hours)).toEqual({ action, reason });
    },
  );

  test.each([
    [undefined, 'mark', ''],
    [ago(15 * minute - 1), 'wait', `, as of ${ago(15 * minute - 1)}`],
    [ago(15 * minute), 'end', `, as of ${ago(15 * minute)}`],
  ])('that is old, and that no manager knew since %s: %s', (unclaimedSince, action, since) => {
    expect(verdictAmong(among(answered('machine-2'), gone), { ...bare, unclaimedSince })).toEqual({
      action,
      reason: `no manager has tagged it, none knows it, and it is older than 24 hours${since}`,
    });
  });

  test('is not noted while it is young', () => {
    const young = { ...bare, launchedAtMs: nowMs - hour, unclaimedSince: ago(hour) };
    expect(verdictAmong(among(answered()), young)?.action).toBe('keep');
  });

  test('is kept where EC2 does not say when it was launched', () => {
    expect(verdictAmong(among(), { ...bare, launchedAtMs: undefined })?.action).toBe('keep');
  });

  test.each([undefined, 'break-glass'])(
    'is kept, and told, where nobody can be asked for it: key pair %s',
    (keyName) => {
      for (const left of [among(), among(answered())])
        expect(verdictAmong(left, { ...bare, keyName, unclaimedSince: ago(hour) })).toEqual({
          action: 'keep',
          reason: 'no manager has tagged it, and it has no name to ask for',
        });
    },
  );

  test('is not one whose tag names no instance: that is kept, and told', () => {
    expect(verdict({ manager: 'somebody' })).toEqual({
      action: 'keep',
      reason: 'its manager is no instance: somebody',
    });
  });
});
