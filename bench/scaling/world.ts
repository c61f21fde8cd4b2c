import { isCounted, zoneSizes, type Machine, type RunningJob } from './machine';
import type { Timeline } from './timeline';
import type { Job } from './trace';

/** The simulated world: GitLab's queue, the instances, and what happens to them. */

/** What is simulated, apart from who scales it. */
export interface Setup {
  /** Fewest instances. */
  readonly min: number;
  /** Most instances. */
  readonly max: number;
  /** Jobs at the same time on an instance. */
  readonly concurrency: number;
  /** Seconds from the wish for an instance until it takes jobs. */
  readonly launchSeconds: number;
  /** Seconds from the last job of an instance that drains until it is gone. */
  readonly drainSeconds: number;
  /** Seconds between two looks of the scaler. */
  readonly tickSeconds: number;
  /** Seconds between two questions of an instance to GitLab: `check_interval`. */
  readonly checkSeconds: number;
  /** Availability zones. */
  readonly zones: readonly string[];
}

/** A job in the queue. */
export interface QueuedJob {
  /** Its place in the trace. */
  readonly index: number;
  /** The job. */
  readonly job: Job;
}

/** Everything that changes. */
export interface World {
  readonly setup: Setup;
  readonly timeline: Timeline;
  /** Jobs that wait, first come first served. */
  readonly queue: QueuedJob[];
  /** Every instance that ever was. */
  readonly machines: Machine[];
  /** Those that are not gone. */
  present: Machine[];
  /** Seconds that each job waited, by its place in the trace. */
  readonly waits: number[];
  /** Size that is wished for. */
  desired: number;
  /** Jobs that ended by themselves. */
  finished: number;
  /** Jobs that were killed. */
  killed: number;
}

const freePlaces = ({ setup }: World, { jobs }: Machine): number => setup.concurrency - jobs.size;

/** Plans the next question of an instance, if it has one: each asks in its own rounds. */
function planQuestion(world: World, machine: Machine): void {
  if (machine.asks || machine.state !== 'in-service') return;
  if (world.queue.length === 0 || freePlaces(world, machine) === 0) return;
  const { timeline, setup } = world;
  const rounds = Math.ceil((timeline.now() - machine.phase) / setup.checkSeconds);
  machine.asks = true;
  timeline.at(machine.phase + rounds * setup.checkSeconds, () => {
    machine.asks = false;
    ask(world, machine);
  });
}

/** Takes jobs while there are any and a place for them: who received one asks again at once. */
function ask(world: World, machine: Machine): void {
  while (machine.state === 'in-service' && freePlaces(world, machine) > 0) {
    const queueSize = world.queue.length;
    const next = world.queue.shift();
    if (next === undefined) return;
    machine.received += 1;
    machine.queueSize = queueSize;
    start(world, machine, next);
  }
}

function start(world: World, machine: Machine, { index, job }: QueuedJob): void {
  const now = world.timeline.now();
  world.waits[index] = now - job.arrival;
  const running: RunningJob = { endsAt: now + job.duration };
  machine.jobs.add(running);
  world.timeline.at(running.endsAt, () => finish(world, machine, running));
}

/** Ends a job, unless it was killed before. */
function finish(world: World, machine: Machine, running: RunningJob): void {
  if (!machine.jobs.delete(running)) return;
  world.finished += 1;
  planQuestion(world, machine);
  leaveWhenDrained(world, machine);
}

/** A job has come. */
export function arrive(world: World, queued: QueuedJob): void {
  world.queue.push(queued);
  for (const machine of world.present) planQuestion(world, machine);
}

/** The zone with fewest instances, as AWS balances them. */
const nextZone = ({ setup, present }: World): string =>
  [...zoneSizes(present, setup.zones)].reduce((least, one) => (one[1] < least[1] ? one : least))[0];

/** Launches an instance; the first ones of a group are there at the start. */
export function launch(world: World, launchSeconds: number): void {
  const { machines, timeline, setup } = world;
  const number = machines.length;
  const now = timeline.now();
  const machine: Machine = {
    id: `i-${String(number).padStart(8, '0')}`,
    zone: nextZone(world),
    launchedAt: now,
    state: 'launching',
    jobs: new Set(),
    received: 0,
    queueSize: undefined,
    // The first question is asked at the start of gitlab-runner; no two are in step, by the golden ratio.
    phase: now + launchSeconds + (launchSeconds === 0 ? ((number * 0.618034) % 1) * setup.checkSeconds : 0),
    asks: false,
    goneAt: undefined,
  };
  machines.push(machine);
  world.present.push(machine);
  timeline.at(now + launchSeconds, () => {
    if (machine.state !== 'launching') return;
    machine.state = 'in-service';
    planQuestion(world, machine);
  });
}

/** Ends an instance: it takes no more jobs, and is gone when those that it has end, or are killed at the limit. */
export function drain(world: World, machine: Machine, limitSeconds: number): void {
  if (!isCounted(machine)) return;
  machine.state = 'draining';
  leaveWhenDrained(world, machine);
  if (machine.jobs.size === 0 || limitSeconds === Infinity) return;
  world.timeline.at(world.timeline.now() + limitSeconds, () => {
    world.killed += machine.jobs.size;
    machine.jobs.clear();
    leaveWhenDrained(world, machine);
  });
}

function leaveWhenDrained(world: World, machine: Machine): void {
  if (machine.state !== 'draining' || machine.jobs.size > 0) return;
  machine.state = 'gone';
  machine.goneAt = world.timeline.now() + world.setup.drainSeconds;
  world.present = world.present.filter((one) => one !== machine);
}
