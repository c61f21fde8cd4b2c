import { isSound } from './load';
import type { Tick } from './tick';

/** A whole number that is not negative; what is no number is none. */
export const count = (value: number): number =>
  Number.isNaN(value) ? 0 : Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.floor(value)));

/** The tick with figures that can be. One that can't is no reason to end anything: such a page is as good as none. */
export function sound({ group, rules, instances, ...rest }: Tick): Tick {
  const max = count(group.max);
  const once = new Map(instances.map((instance) => [instance.id, instance]));
  return {
    ...rest,
    group: { max, min: Math.min(max, count(group.min)), desired: count(group.desired) },
    rules: {
      headroomJobs: count(rules.headroomJobs),
      idleTimeSeconds: Number.isNaN(rules.idleTimeSeconds) ? Infinity : rules.idleTimeSeconds,
      capacityPerInstance: Math.max(1, count(rules.capacityPerInstance)),
    },
    instances: [...once.values()].map((instance) =>
      instance.load === undefined || isSound(instance.load) ? instance : { ...instance, load: undefined },
    ),
  };
}
