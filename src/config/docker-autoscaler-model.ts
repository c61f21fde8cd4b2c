import type { ParsedDockerAutoscaler } from './docker-autoscaler';
import type { Machine, Manager } from './manager-model';
import type { Registries } from './registries';
import type { Resolved } from './runner-model';
import type { ParsedWorkers } from './workers';

/** Fleets whose one manager starts machines for jobs, once everything is resolved. */

/** The workers of a runner. */
export interface Workers
  extends Machine, Omit<ParsedWorkers, 'image' | 'rootVolume' | 'instanceTypes' | 'maxInstances'> {
  /** `<project>-<environment>-<fleet>-<runner>`: name of the group, the role and the log group. */
  readonly groupName: string;
  /** Instance types, the first one preferred on demand. */
  readonly instanceTypes: readonly string[];
  /** Most workers. */
  readonly maxInstances: number;
}

/** A `[[runners]]` entry whose jobs run in Docker on workers. */
export type AutoscalerRunner = Omit<Resolved<ParsedDockerAutoscaler['runners'][string]>, 'workers'> & {
  /** The machines of its jobs. */
  readonly workers: Workers;
};

/** One manager, and a group of workers for each runner. */
export interface DockerAutoscalerFleet extends Omit<ParsedDockerAutoscaler, 'manager' | 'runners'> {
  /** Name in the model. */
  readonly name: string;
  /** `<project>-<environment>-<fleet>`: name of the manager's group, role and log group. */
  readonly awsName: string;
  /** The manager. */
  readonly manager: Manager;
  /** What is needed to pull the images of jobs: workers get it from the manager. */
  readonly registries: Registries;
  /** Runners, in the order of the file. */
  readonly runners: readonly AutoscalerRunner[];
}
