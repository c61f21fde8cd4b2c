import { awsChoice, isCounted, type Machine } from './machine';
import { timeline } from './timeline';
import type { Trace } from './trace';
import { arrive, drain, launch, type Setup, type World } from './world';

/** One run of a trace through a group that a scaler looks at every minute. */

/** The setup of all figures: `concurrent = 4`, two minutes to launch, a look a minute. */
export const usualSetup: Setup = {
  min: 1,
  max: 40,
  concurrency: 4,
  launchSeconds: 120,
  drainSeconds: 10,
  tickSeconds: 60,
  checkSeconds: 3,
  zones: ['a', 'b', 'c'],
};

/** What a scaler sees of the group, and can do to it. */
export interface Group {
  /** The time. */
  readonly nowSeconds: number;
  /** What is simulated. */
  readonly setup: Setup;
  /** Size that is wished for. */
  readonly desired: number;
  /** Instances that are not gone. */
  readonly machines: readonly Machine[];
  /** Wishes for another size; AWS chooses whom a smaller one ends. */
  readonly setDesired: (desired: number) => void;
  /** Ends one instance and makes the group smaller. */
  readonly end: (id: string) => void;
}

/** Who decides the size of a group. */
export interface Scaler {
  /** Seconds for which an instance that is ended may still run its jobs; they are killed then. */
  readonly drainLimitSeconds: number;
  /** One look. */
  readonly tick: (group: Group) => void;
}

/** What came of it. */
export interface Outcome {
  /** Seconds that each job waited, by arrival. */
  readonly waits: readonly number[];
  /** Jobs that ended by themselves. */
  readonly finished: number;
  /** Jobs that ended because their instance did. */
  readonly killed: number;
  /** Instances from the wish for them until they are gone, in hours. */
  readonly instanceHours: number;
}

/** Instances are counted until an hour after the last job could have ended, or until the last has, if that is later. */
export const horizonOf = ({ jobs }: Trace): number =>
  3600 + jobs.reduce((latest, { arrival, duration }) => Math.max(latest, arrival + duration), 0);

function newWorld(setup: Setup, jobs: number): World {
  const world: World = {
    setup,
    timeline: timeline(),
    queue: [],
    machines: [],
    present: [],
    waits: new Array<number>(jobs).fill(NaN),
    desired: setup.min,
    finished: 0,
    killed: 0,
  };
  for (let number = 0; number < setup.min; number++) launch(world, 0);
  return world;
}

function setDesired(world: World, desired: number, drainLimitSeconds: number): void {
  world.desired = Math.min(world.setup.max, Math.max(world.setup.min, desired));
  const counted = () => world.present.filter(isCounted).length;
  while (counted() < world.desired) launch(world, world.setup.launchSeconds);
  while (counted() > world.desired)
    drain(world, awsChoice(world.present, world.setup.zones) as Machine, drainLimitSeconds);
}

function end(world: World, id: string, drainLimitSeconds: number): void {
  const machine = world.present.find((one) => one.id === id);
  if (machine === undefined || !isCounted(machine)) throw new Error(`${id} is not of the group's size`);
  world.desired -= 1;
  drain(world, machine, drainLimitSeconds);
}

const look = (world: World, { tick, drainLimitSeconds }: Scaler): void =>
  tick({
    nowSeconds: world.timeline.now(),
    setup: world.setup,
    desired: world.desired,
    machines: world.present,
    setDesired: (desired) => setDesired(world, desired, drainLimitSeconds),
    end: (id) => end(world, id, drainLimitSeconds),
  });

/** Looks every minute until the time is over and every job has ended. */
function planLooks(world: World, scaler: Scaler, jobs: number, horizon: number): void {
  const { timeline, setup } = world;
  timeline.at(timeline.now() + setup.tickSeconds, () => {
    if (timeline.now() > horizon && world.finished + world.killed === jobs) return;
    look(world, scaler);
    planLooks(world, scaler, jobs, horizon);
  });
}

/** Runs a trace. */
export function simulate(trace: Trace, setup: Setup, scaler: Scaler): Outcome {
  const world = newWorld(setup, trace.jobs.length);
  trace.jobs.forEach((job, index) => world.timeline.at(job.arrival, () => arrive(world, { index, job })));
  const horizon = horizonOf(trace);
  planLooks(world, scaler, trace.jobs.length, horizon);
  world.timeline.run();
  const over = Math.max(horizon, world.timeline.now() - setup.tickSeconds);
  const seconds = world.machines
    .map(({ launchedAt, goneAt = over }) => Math.min(over, goneAt) - launchedAt)
    .reduce((total, one) => total + one, 0);
  const { waits, finished, killed } = world;
  return { waits, finished, killed, instanceHours: seconds / 3600 };
}
