import type { Look, Machine, Manager } from './look';
import { namesOf } from './names';
import type { MachineOrphanSettings } from './settings';

/** What becomes of each machine of a fleet, and why. */

/** What is done with a machine. */
export type Action =
  /** Nothing. */
  | 'keep'
  /** Noted that its manager, or all of them, do not know it: the first time. */
  | 'mark'
  /** Nothing yet: that was too short a time ago. */
  | 'wait'
  /** The note is taken away: a manager knows it. */
  | 'unmark'
  /** Terminated: an orphan. */
  | 'end';

/** What was decided about a machine. */
export interface Verdict {
  /** The machine. */
  readonly machine: Machine;
  /** What is done with it. */
  readonly action: Action;
  /** Why. */
  readonly reason: string;
}

type Judgement = Omit<Verdict, 'machine'>;

type Rules = Pick<MachineOrphanSettings, 'maxAgeHours' | 'keyPairs'>;

/** What a machine is judged by. */
type Grounds = Omit<Look, 'machines'> & Rules;

const hourMs = 3_600_000;

/** Milliseconds between the two answers without a machine that make it an orphan: at least. */
export const twiceAfterMs = hourMs / 4;

/** Milliseconds since a note, or nothing where there is none that can be right. */
function sinceNote({ unclaimedSince = '' }: Machine, nowMs: number): number | undefined {
  const ms = nowMs - Date.parse(unclaimedSince);
  return ms >= 0 ? ms : undefined;
}

/** Says of a machine that whoever should know it does not. */
function byNote(machine: Machine, why: string, nowMs: number): Judgement {
  const ms = sinceNote(machine, nowMs);
  if (ms === undefined) return { action: 'mark', reason: why };
  const reason = `${why}, as of ${String(machine.unclaimedSince)}`;
  return { action: ms < twiceAfterMs ? 'wait' : 'end', reason };
}

const keep = (reason: string): Judgement => ({ action: 'keep', reason });

/** Says of a machine that a manager knows. */
const known = ({ unclaimedSince }: Machine, reason: string): Judgement => ({
  action: unclaimedSince === undefined ? 'keep' : 'unmark',
  reason,
});

const knows = (manager: Manager, names: readonly string[]): boolean =>
  manager.kind === 'answered' && names.some((name) => manager.names.has(name));

function byAnswer(machine: Machine, id: string, manager: Manager, { nowMs, keyPairs }: Grounds): Judgement {
  const names = namesOf(machine, keyPairs);
  if (names.length === 0) return keep('it has no name to ask for');
  if (knows(manager, names)) return known(machine, `its manager ${id} knows it`);
  return byNote(machine, `its manager ${id} does not know it`, nowMs);
}

function byManager(machine: Machine, id: string, grounds: Grounds): Judgement {
  const manager = grounds.managers.get(id);
  switch (manager?.kind) {
    case undefined:
      return keep(`its manager is no instance: ${id}`);
    case 'gone':
      return { action: 'end', reason: `its manager ${id} no longer exists` };
    case 'silent':
      return keep(`its manager ${id} did not answer: ${manager.why}`);
    case 'answered':
      return byAnswer(machine, id, manager, grounds);
  }
}

/** What keeps a machine that names no manager: one that knows it, or one that may. */
function byClaim(machine: Machine, names: readonly string[], { managers }: Grounds): Judgement | undefined {
  const all = [...managers];
  const owner = all.find(([, manager]) => knows(manager, names));
  if (owner !== undefined) return known(machine, `no manager has tagged it, but ${owner[0]} knows it`);
  for (const [id, manager] of all)
    if (manager.kind === 'silent')
      return keep(`no manager has tagged it, and ${id} did not answer: ${manager.why}`);
  return undefined;
}

/** Says of a machine that names no manager, and that none claims. */
function byAge(machine: Machine, { nowMs, managers, maxAgeHours }: Grounds): Judgement {
  const { launchedAtMs } = machine;
  const isOld = launchedAtMs !== undefined && nowMs - launchedAtMs > maxAgeHours * hourMs;
  const age = `older than ${maxAgeHours} ${maxAgeHours === 1 ? 'hour' : 'hours'}`;
  if (!isOld) return keep(`no manager has tagged it, and it is not ${age}`);
  if ([...managers.values()].every(({ kind }) => kind === 'gone'))
    return { action: 'end', reason: `no manager has tagged it, none exists, and it is ${age}` };
  return byNote(machine, `no manager has tagged it, none knows it, and it is ${age}`, nowMs);
}

/** Docker Machine names every machine by its key pair, so that one without a name is none of its own. */
function byAll(machine: Machine, grounds: Grounds): Judgement {
  const names = namesOf(machine, grounds.keyPairs);
  if (names.length === 0) return keep('no manager has tagged it, and it has no name to ask for');
  return byClaim(machine, names, grounds) ?? byAge(machine, grounds);
}

/** Decides on every machine of a fleet. */
export const decide = (look: Look, { maxAgeHours, keyPairs }: Rules): Verdict[] =>
  look.machines.map((machine) => {
    const grounds = { ...look, maxAgeHours, keyPairs };
    const { manager } = machine;
    return {
      machine,
      ...(manager === undefined ? byAll(machine, grounds) : byManager(machine, manager, grounds)),
    };
  });
