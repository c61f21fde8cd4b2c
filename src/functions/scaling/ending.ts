import { missingInstances } from './demand';
import { freeOn, jobsOn, type Taking } from './load';
import { inState, type Situation } from './situation';
import type { Tick } from './tick';

/** Which idle instances are ended. */

/** Instances of the group's size in each zone. */
function zoneSizes({ instances }: Tick): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { zone } of inState(instances, 'launching', 'in-service'))
    sizes.set(zone, (sizes.get(zone) ?? 0) + 1);
  return sizes;
}

/** Instances that have been idle for long enough, the longest idle first. */
function idleForLong({ nowSeconds, rules }: Tick, { taking, idleSince }: Situation): Taking[] {
  const seconds = ({ id }: Taking): number => nowSeconds - (idleSince[id] ?? Infinity);
  return taking
    .filter((one) => jobsOn(one.load) === 0 && seconds(one) >= rules.idleTimeSeconds)
    .sort((one, other) => seconds(other) - seconds(one) || (one.id < other.id ? -1 : 1));
}

/** Whether instances meet every demand, and one place is free: where all is full nobody learns who waits. */
const areEnough = (staying: readonly Taking[], { demands }: Situation): boolean =>
  missingInstances(demands, staying) === 0 && staying.some(({ load }) => freeOn(load) > 0);

/** Ids of idle instances to end: the fullest zone first, no more than `most`, while those that stay are enough. */
export function instancesToEnd(tick: Tick, situation: Situation, most: number): string[] {
  const sizes = zoneSizes(tick);
  const sizeOf = ({ zone }: Taking): number => sizes.get(zone) ?? 0;
  let staying = situation.taking;
  let candidates = idleForLong(tick, situation);
  const ended: string[] = [];
  while (ended.length < most && candidates.length > 0) {
    const next = candidates.reduce((best, one) => (sizeOf(one) > sizeOf(best) ? one : best));
    const without = staying.filter((one) => one !== next);
    candidates = candidates.filter((one) => one !== next);
    if (!areEnough(without, situation)) continue;
    ended.push(next.id);
    sizes.set(next.zone, sizeOf(next) - 1);
    staying = without;
  }
  return ended;
}
