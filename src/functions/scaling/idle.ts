import { demandsOf, missingInstances } from './demand';
import { jobsOn, type Taking } from './load';
import type { Tick } from './tick';
import { receivedOn, valueOf, type Queue } from './waiting';

/** Since when instances are idle: without a job, and not needed for those that are to be expected. */

/**
 * Free places that are kept for each job of the last minute before an instance counts as idle. A launch takes longer
 * than a minute and arrivals come in clusters; the simulator found waiting to fall up to here, and only hours to grow
 * beyond.
 */
const placesForReceived = 8;

/** Jobs that the group received since the last tick. */
const receivedBy = ({ instances, memory }: Tick): number =>
  instances.reduce((total, instance) => total + receivedOn(instance, memory), 0);

/** The instances without a job, the longest idle first. One that received a job since the last tick had one between. */
function withoutJob({ instances, nowSeconds, memory }: Tick, taking: readonly Taking[]): [Taking, number][] {
  const busy = new Set(instances.filter((one) => receivedOn(one, memory) > 0).map(({ id }) => id));
  const before = (id: string): number => valueOf(memory?.idleSince ?? {}, id) ?? nowSeconds;
  return taking
    .filter(({ load }) => jobsOn(load) === 0)
    .map((one): [Taking, number] => [
      one,
      busy.has(one.id) ? nowSeconds : Math.min(nowSeconds, before(one.id)),
    ])
    .sort(([one, since], [other, otherSince]) => since - otherSince || (one.id < other.id ? -1 : 1));
}

/** Since when, by id. The time starts anew while an instance is needed: for the headroom, or for as many jobs as come. */
export function idleSince(tick: Tick, taking: readonly Taking[], queue: Queue): Record<string, number> {
  const headroomJobs = Math.max(tick.rules.headroomJobs, placesForReceived * receivedBy(tick));
  const demands = demandsOf({ ...tick.rules, headroomJobs }, taking, queue);
  let needed = taking;
  return Object.fromEntries(
    withoutJob(tick, taking).map(([one, since]) => {
      const without = needed.filter((other) => other !== one);
      if (missingInstances(demands, without) > 0) return [one.id, tick.nowSeconds];
      needed = without;
      return [one.id, since];
    }),
  );
}
