import { decide, twiceAfterMs } from '../../../src/functions/machine-orphans/decision';
import type { Machine, Manager } from '../../../src/functions/machine-orphans/look';

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

function verdict(fields: Partial<Machine>, of?: Manager, maxAgeHours = 24) {
  const managers = new Map(of === undefined ? [] : [[manager, of]]);
  const [only, ...more] = decide({ nowMs, machines: [{ ...machine, ...fields }], managers }, { maxAgeHours });
  expect(more).toEqual([]);
  return only && { action: only.action, reason: only.reason };
}

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
    expect(verdict({ name: undefined, unclaimedSince: ago(hour) }, answered())).toEqual({
      action: 'keep',
      reason: 'it has no name to ask for',
    });
    expect(verdict({ name: undefined }, { kind: 'gone' })?.action).toBe('end');
  });
});

describe('a machine without a manager in its tags', () => {
  test.each([
    [24 * hour, 24, 'keep', 'not older than 24 hours'],
    [24 * hour + 1, 24, 'end', 'older than 24 hours'],
    [hour + 1, 1, 'end', 'older than 1 hour'],
    [-hour, 1, 'keep', 'not older than 1 hour'],
  ])('of an age of %d ms, where %d hours are allowed: %s', (age, maxAgeHours, action, words) => {
    expect(verdict({ manager: undefined, launchedAtMs: nowMs - age }, undefined, maxAgeHours)).toEqual({
      action,
      reason: `no manager has tagged it, and it is ${words}`,
    });
  });

  test('is kept where EC2 does not say when it was launched', () => {
    expect(verdict({ manager: undefined, launchedAtMs: undefined })?.action).toBe('keep');
  });

  test('is not one whose tag names no instance: that is kept, and told', () => {
    expect(verdict({ manager: 'somebody' })).toEqual({
      action: 'keep',
      reason: 'its manager is no instance: somebody',
    });
  });
});
