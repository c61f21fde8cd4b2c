import { freeOn, freeOnFor, jobsOn, limitOf, limitsOn, sum, type Taking } from './load';
import type { Load, ScalingRules } from './tick';
import { valueOf, type Queue } from './waiting';

/** Places that jobs need, against those that instances have. */

/** Free places that are wanted: by all jobs together, or by those of one runner. */
export interface Demand {
  /** Free places that are wanted. */
  readonly places: number;
  /** Those that an instance has. */
  readonly freeOn: (load: Load) => number;
  /** Those that an instance to come will have. */
  readonly placesOfNew: number;
}

/** An instance to come has the runners of those that are there, and their limits. */
function placesOfNew({ capacityPerInstance }: ScalingRules, taking: readonly Taking[]): number {
  const limits = taking.map(({ load }) => limitsOn(load));
  return Math.max(1, Math.min(capacityPerInstance, limits.length === 0 ? Infinity : Math.max(...limits)));
}

function placesOfNewFor(name: string, places: number, taking: readonly Taking[]): number {
  const own = taking.flatMap(({ load }) => load.runners).filter(({ runner }) => runner === name);
  return Math.max(1, Math.min(places, ...own.map(limitOf)));
}

/** Jobs that wait. Where all is full and nobody knows, at least as many as run, which doubles the group. */
const waitingIn = ({ waiting, isKnown }: Queue, taking: readonly Taking[]): number =>
  Math.max(sum(Object.values(waiting)), isKnown ? 0 : sum(taking.map(({ load }) => jobsOn(load))));

/**
 * What is wanted: a place for every waiting job and the headroom, and for a runner's jobs places of that runner. One
 * of its places is kept free with any headroom: at its limit a runner receives nothing, and nobody learns who waits.
 */
export function demandsOf(rules: ScalingRules, taking: readonly Taking[], queue: Queue): Demand[] {
  const places = placesOfNew(rules, taking);
  const runners = taking.flatMap(({ load }) => load.runners.map(({ runner }) => runner));
  return [
    { places: waitingIn(queue, taking) + rules.headroomJobs, freeOn, placesOfNew: places },
    ...[...new Set([...runners, ...Object.keys(queue.waiting)])].map((name) => ({
      places: (valueOf(queue.waiting, name) ?? 0) + Math.min(1, rules.headroomJobs),
      freeOn: (load: Load) => freeOnFor(load, name),
      placesOfNew: placesOfNewFor(name, places, taking),
    })),
  ];
}

/** Instances that are missing until every demand is met. */
export const missingInstances = (demands: readonly Demand[], taking: readonly Taking[]): number =>
  Math.max(
    0,
    ...demands.map((demand) => {
      const free = sum(taking.map(({ load }) => demand.freeOn(load)));
      return Math.ceil((demand.places - free) / demand.placesOfNew);
    }),
  );
