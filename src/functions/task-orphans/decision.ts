import type { Look, ManagerState, Worker } from './look';
import type { TaskOrphanSettings } from './settings';

/** Which workers have outlived their manager, and which of them are stopped. */

/** What the decision is told of a fleet. */
export type OrphanRules = Pick<TaskOrphanSettings, 'families' | 'maxAgeHours' | 'dryRun'>;

/** A worker without manager. */
export interface Orphan {
  /** The worker. */
  readonly worker: Worker;
  /** How that is known. */
  readonly reason: string;
}

/** What was decided. */
export interface Decision {
  /** Number of the fleet's workers. */
  readonly workers: number;
  /** Those without manager. */
  readonly orphans: readonly Orphan[];
  /** Those of them that are to be stopped. */
  readonly stop: readonly Orphan[];
}

const hourMs = 3_600_000;

const ends: Readonly<Record<ManagerState, string | undefined>> = {
  up: undefined,
  stopped: 'has stopped',
  missing: 'no longer exists',
};

/** Says that a manager is gone; one that could not be looked up may be up. */
function endOf(manager: string, managers: Look['managers']): string | undefined {
  const end = ends[managers.get(manager) ?? 'up'];
  return end === undefined ? undefined : `its manager ${manager} ${end}`;
}

/** Says that a worker has been without tag for too long: a manager tags its workers soon after their start. */
function ageOf({ createdAtMs }: Worker, nowMs: number, maxAgeHours: number): string | undefined {
  if (createdAtMs === undefined || nowMs - createdAtMs <= maxAgeHours * hourMs) return undefined;
  return `no manager has tagged it, and it is older than ${maxAgeHours} ${maxAgeHours === 1 ? 'hour' : 'hours'}`;
}

function orphansOf(worker: Worker, { nowMs, managers }: Look, { maxAgeHours }: OrphanRules): Orphan[] {
  const { manager } = worker;
  const reason = manager === undefined ? ageOf(worker, nowMs, maxAgeHours) : endOf(manager, managers);
  return reason === undefined ? [] : [{ worker, reason }];
}

/** Decides on the workers of a fleet. */
export function decide(look: Look, rules: OrphanRules): Decision {
  const workers = look.workers.filter(({ cluster, family }) => rules.families[cluster]?.includes(family));
  const orphans = workers.flatMap((worker) => orphansOf(worker, look, rules));
  return { workers: workers.length, orphans, stop: rules.dryRun ? [] : orphans };
}
