import type { Instance, Load, RunnerLoad } from './tick';

/** What an instance's own words come to: its jobs, its free places, and whether they can be believed. */

/** An instance in service that takes jobs and says what it does: no other is capacity, or can be idle. */
export interface Taking {
  /** EC2 instance id. */
  readonly id: string;
  /** Availability zone. */
  readonly zone: string;
  /** What it said. */
  readonly load: Load;
}

/** A sum. */
export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

const isSoundRunner = ({ jobs, limit, received, queueSize = 0 }: RunnerLoad): boolean =>
  [jobs, limit, received, queueSize].every(isCount);

/** Whether every figure is one that gitlab-runner can mean; a page that can't be read is as good as none. */
export const isSound = ({ capacity, runners }: Load): boolean =>
  isCount(capacity) && runners.every(isSoundRunner);

/** The instances that are capacity. */
export const takingJobs = (instances: readonly Instance[]): Taking[] =>
  instances.flatMap(({ id, zone, state, load }) =>
    state === 'in-service' && load?.takesJobs === true ? [{ id, zone, load }] : [],
  );

/** Jobs that run on an instance. */
export const jobsOn = ({ runners }: Load): number => sum(runners.map(({ jobs }) => jobs));

/** Jobs at the same time that a runner allows an instance. */
export const limitOf = ({ limit }: RunnerLoad): number => (limit === 0 ? Infinity : limit);

const roomOf = (runner: RunnerLoad): number => Math.max(0, limitOf(runner) - runner.jobs);

/**
 * Sum over the runners of an instance. One that still waits for its first token has none, and is limited by none:
 * as many free places as it has, since more instances would wait for the same token.
 */
const ofRunners = (runners: readonly RunnerLoad[], figure: (runner: RunnerLoad) => number): number =>
  runners.length === 0 ? Infinity : sum(runners.map(figure));

/** Jobs at the same time that all runners together allow an instance. */
export const limitsOn = ({ runners }: Load): number => ofRunners(runners, limitOf);

/** Jobs that an instance would start now. */
export const freeOn = (load: Load): number =>
  Math.max(0, Math.min(load.capacity - jobsOn(load), ofRunners(load.runners, roomOf)));

/** Jobs of one runner that an instance would start now: its limit may be reached before the instance is full. */
export const freeOnFor = (load: Load, name: string): number =>
  Math.min(freeOn(load), sum(load.runners.filter(({ runner }) => runner === name).map(roomOf)));
