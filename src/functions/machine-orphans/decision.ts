import type { Look, Machine, Manager } from './look';
import type { MachineOrphanSettings } from './settings';

/** What becomes of each machine of a fleet, and why. */

/** What is done with a machine. */
export type Action =
  /** Nothing. */
  | 'keep'
  /** Noted that its manager does not know it: the first time. */
  | 'mark'
  /** Nothing yet: that was too short a time ago. */
  | 'wait'
  /** The note is taken away: its manager knows it. */
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

const hourMs = 3_600_000;

/** Milliseconds between the two answers without a machine that make it an orphan: at least. */
export const twiceAfterMs = hourMs / 4;

/** Says of a machine that names no manager. */
function byAge({ launchedAtMs }: Machine, nowMs: number, maxAgeHours: number): Judgement {
  const isOld = launchedAtMs !== undefined && nowMs - launchedAtMs > maxAgeHours * hourMs;
  const age = `${isOld ? '' : 'not '}older than ${maxAgeHours} ${maxAgeHours === 1 ? 'hour' : 'hours'}`;
  return { action: isOld ? 'end' : 'keep', reason: `no manager has tagged it, and it is ${age}` };
}

/** Milliseconds since a note, or nothing where there is none that can be right. */
function sinceNote({ unclaimedSince = '' }: Machine, nowMs: number): number | undefined {
  const ms = nowMs - Date.parse(unclaimedSince);
  return ms >= 0 ? ms : undefined;
}

function byNote(machine: Machine, manager: string, nowMs: number): Judgement {
  const ms = sinceNote(machine, nowMs);
  if (ms === undefined) return { action: 'mark', reason: `its manager ${manager} does not know it` };
  const reason = `its manager ${manager} does not know it, as of ${String(machine.unclaimedSince)}`;
  return { action: ms < twiceAfterMs ? 'wait' : 'end', reason };
}

function byAnswer(machine: Machine, names: ReadonlySet<string>, manager: string, nowMs: number): Judgement {
  if (machine.name === undefined) return { action: 'keep', reason: 'it has no name to ask for' };
  if (!names.has(machine.name)) return byNote(machine, manager, nowMs);
  return {
    action: machine.unclaimedSince === undefined ? 'keep' : 'unmark',
    reason: `its manager ${manager} knows it`,
  };
}

function byManager(machine: Machine, id: string, manager: Manager, nowMs: number): Judgement {
  switch (manager.kind) {
    case 'gone':
      return { action: 'end', reason: `its manager ${id} no longer exists` };
    case 'silent':
      return { action: 'keep', reason: `its manager ${id} did not answer: ${manager.why}` };
    case 'answered':
      return byAnswer(machine, manager.names, id, nowMs);
  }
}

function judge(machine: Machine, { nowMs, managers }: Look, maxAgeHours: number): Judgement {
  if (machine.manager === undefined) return byAge(machine, nowMs, maxAgeHours);
  const manager = managers.get(machine.manager);
  if (manager === undefined)
    return { action: 'keep', reason: `its manager is no instance: ${machine.manager}` };
  return byManager(machine, machine.manager, manager, nowMs);
}

/** Decides on every machine of a fleet. */
export const decide = (look: Look, { maxAgeHours }: Pick<MachineOrphanSettings, 'maxAgeHours'>): Verdict[] =>
  look.machines.map((machine) => ({ machine, ...judge(machine, look, maxAgeHours) }));
