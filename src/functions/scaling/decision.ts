import { instancesToEnd } from './ending';
import { jobsOn, sum } from './load';
import { reasonOf } from './reason';
import { inState, situationOf, type Situation } from './situation';
import { sound } from './sound';
import type { Decision, Instance, Load, Memory, ScalingMetrics, Tick } from './tick';
import { valueOf } from './waiting';

/**
 * The size of a group, decided once a minute. Places for the waiting jobs and for the headroom are launched at once;
 * an instance is ended only by its id, after it said itself for the idle time that it has no job.
 */

/** Instances that AWS owes and that are not needed once the others have come. */
const unneeded = ({ unlaunched, coming, missing }: Situation): number =>
  Math.max(0, Math.min(unlaunched, coming - missing));

/** Since when there are such instances. Received jobs start the time anew: they tell of a need. */
function unneededSince(situation: Situation, { nowSeconds, memory }: Tick): number | undefined {
  if (unneeded(situation) === 0) return undefined;
  const since = situation.queue.receivedAt === nowSeconds ? nowSeconds : memory?.unneededSince;
  return Math.min(nowSeconds, since ?? nowSeconds);
}

/** Jobs received by instance and runner. An instance that can't be asked keeps what it said last. */
const receivedBy = ({ instances, memory }: Tick): Memory['received'] =>
  Object.fromEntries(
    instances.flatMap(({ id, load }) => {
      const said = load?.runners.map(({ runner, received }) => [runner, received] as const);
      const known = said ? Object.fromEntries(said) : valueOf(memory?.received ?? {}, id);
      return known === undefined ? [] : [[id, known] as const];
    }),
  );

/** What the next tick is given. */
function memoryOf(situation: Situation, tick: Tick, since: number | undefined): Memory {
  const { waiting, receivedAt } = situation.queue;
  return {
    idleSince: situation.idleSince,
    received: receivedBy(tick),
    waiting,
    ...(receivedAt === undefined ? {} : { receivedAt }),
    ...(since === undefined ? {} : { unneededSince: since }),
  };
}

const loadsOf = (instances: readonly Instance[]): Load[] =>
  instances.flatMap(({ load }) => (load === undefined ? [] : [load]));

function metricsOf({ queue, idleSince }: Situation, { instances }: Tick, desired: number): ScalingMetrics {
  const inService = inState(instances, 'in-service');
  const draining = inState(instances, 'draining');
  const loads = loadsOf(inService);
  const [jobs, places] = [sum(loads.map(jobsOn)), sum(loads.map(({ capacity }) => capacity))];
  return {
    Jobs: jobs + sum(loadsOf(draining).map(jobsOn)),
    WaitingJobs: sum(Object.values(queue.waiting)),
    Utilization: places === 0 ? 0 : (100 * jobs) / places,
    DesiredInstances: desired,
    InServiceInstances: inService.length,
    IdleInstances: Object.keys(idleSince).length,
    DrainingInstances: draining.length,
    ScrapeFailures: inService.length - loads.length,
  };
}

/** What is done to the size. */
type Resize = Pick<Decision, 'desired' | 'terminate'>;

const grow = ({ group }: Tick, { needed }: Situation): Resize => ({
  desired: Math.min(group.max, needed),
  terminate: [],
});

function shrink(tick: Tick, situation: Situation, since: number | undefined): Resize {
  const most = situation.desired - tick.group.min;
  const isOver = tick.nowSeconds - (since ?? Infinity) >= tick.rules.idleTimeSeconds;
  const dropped = isOver ? Math.min(most, unneeded(situation)) : 0;
  const terminate = instancesToEnd(tick, situation, most - dropped);
  return { desired: situation.desired - dropped - terminate.length, terminate };
}

/** What is to be done with a group now. */
export function decide(given: Tick): Decision {
  const tick = sound(given);
  const situation = situationOf(tick);
  const since = unneededSince(situation, tick);
  const { desired, terminate } =
    situation.missing > situation.coming ? grow(tick, situation) : shrink(tick, situation, since);
  const metrics = metricsOf(situation, tick, desired);
  return {
    desired,
    terminate,
    metrics,
    memory: memoryOf(situation, tick, since),
    reason: reasonOf(tick, situation, metrics, desired),
  };
}
