import { freeOn, freeOnFor, jobsOn, limitOf, limitsOn, sum, type Taking } from './load';
import type { Load, ScalingRules } from './tick';
import type { Queue } from './waiting';

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

/** What is wanted: a place for every waiting job and the headroom, and for a runner's jobs places of that runner. */
export function demandsOf(rules: ScalingRules, taking: readonly Taking[], queue: Queue): Demand[] {
  const places = placesOfNew(rules, taking);
  return [
    { places: waitingIn(queue, taking) + rules.headroomJobs, freeOn, placesOfNew: places },
    ...Object.entries(queue.waiting).map(([name, jobs]) => ({
      places: jobs,
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
