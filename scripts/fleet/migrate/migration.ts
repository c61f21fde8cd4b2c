import type { Draft, Path } from './draft';
import type { Notebook } from './notes';

/** The fleet types that start machines for jobs. */
export const fleetTypes = ['docker-autoscaler', 'docker-machine'] as const;

/** One of them. */
export type FleetType = (typeof fleetTypes)[number];

/** A move that is under way. */
export interface Migration {
  /** What the fleet becomes. */
  readonly type: FleetType;
  /** The fleet so far. */
  readonly draft: Draft;
  /** What has no place in it so far. */
  readonly notebook: Notebook;
}

/** A runner of it. */
export interface RunnerMove extends Migration {
  /** Where the runner stands in the fleet. */
  readonly path: Path;
  /** Most jobs at the same time; 0: as many as `concurrent`. */
  readonly limit: number;
  /** Most jobs at the same time of all runners. */
  readonly concurrent: number;
}
