import { demandsOf, missingInstances, type Demand } from './demand';
import { idleSince } from './idle';
import { takingJobs, type Taking } from './load';
import type { Instance, Tick } from './tick';
import { queueOf, type Queue } from './waiting';

/** What a tick comes to, before anything is decided. */
export interface Situation {
  /** Instances that count: in service and taking jobs. */
  readonly taking: readonly Taking[];
  /** What is known of the queue. */
  readonly queue: Queue;
  /** Free places that are wanted. */
  readonly demands: readonly Demand[];
  /** Size of the group, within its bounds. */
  readonly desired: number;
  /** Instances that AWS has been asked for and has not begun to launch. */
  readonly unlaunched: number;
  /** Instances that are missing until every demand is met; those that come are not counted as there. */
  readonly missing: number;
  /** Size that would be enough, whatever the bounds. */
  readonly needed: number;
  /** Instances that come: launching, or not even that. */
  readonly coming: number;
  /** Since when instances have had no job and were not needed free, by id. */
  readonly idleSince: Readonly<Record<string, number>>;
}

/** The instances in some states. */
export const inState = (
  instances: readonly Instance[],
  ...states: readonly Instance['state'][]
): readonly Instance[] => instances.filter(({ state }) => states.includes(state));

/**
 * Where not one of several instances answers, it is the asking that is broken rather than all of them: one of them is
 * made up for, not each that follows, which would be silent too.
 */
function believed(missing: number, instances: readonly Instance[]): number {
  const inService = inState(instances, 'in-service');
  const silent = inService.length > 0 && inService.every(({ load }) => load === undefined);
  return silent ? Math.max(0, missing + 1 - inService.length) : missing;
}

/** What a tick comes to. */
export function situationOf(tick: Tick): Situation {
  const { group, instances, rules } = tick;
  const taking = takingJobs(instances);
  const queue = queueOf(tick, taking);
  const demands = demandsOf(rules, taking, queue);
  const missing = believed(missingInstances(demands, taking), instances);
  const desired = Math.min(group.max, Math.max(group.min, group.desired));
  const present = inState(instances, 'launching', 'in-service').length;
  const unlaunched = Math.max(0, desired - present);
  return {
    taking,
    queue,
    demands,
    desired,
    unlaunched,
    needed: inState(instances, 'in-service').length + missing,
    missing,
    coming: inState(instances, 'launching').length + unlaunched,
    idleSince: idleSince(tick, taking, queue),
  };
}
