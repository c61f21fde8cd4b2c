import type { ParsedDockerMachine } from './docker-machine';
import type { ParsedJobMachine } from './job-machine';
import type { FleetImage } from './machine-model';
import type { Manager } from './manager-model';
import type { Architecture } from './primitives';
import type { Registries } from './registries';
import type { Resolved } from './runner-model';

/** Fleets whose manager starts machines with Docker Machine, once everything is resolved. */

/** The machines of a runner. */
export interface JobMachine extends Omit<ParsedJobMachine, 'image' | 'instanceType' | 'rootVolumeGib'> {
  /** `<project>-<environment>-<fleet>-<runner>`: name of their role, and what that of their security group begins with. */
  readonly awsName: string;
  /** What their names have between gitlab-runner's own parts; names of machines are those of their key pairs too. */
  readonly nameStem: string;
  /** Name of the parameter that has what is known only once it is deployed. */
  readonly parameterName: string;
  /** Instruction set of image and instance type. */
  readonly architecture: Architecture;
  /** What they are started from. */
  readonly image: FleetImage;
  /** User with whom the manager comes in. */
  readonly sshUser: string;
  /** Instance type. */
  readonly instanceType: string;
  /** Size of the root volume. */
  readonly rootVolumeGib: number;
}

/** A `[[runners]]` entry whose jobs run in Docker on machines. */
export type MachineRunner = Omit<Resolved<ParsedDockerMachine['runners'][string]>, 'machine'> & {
  /** The machines of its jobs. */
  readonly machine: JobMachine;
};

/** One manager, and the machines that it starts. */
export interface DockerMachineFleet extends Omit<ParsedDockerMachine, 'manager' | 'runners'> {
  /** Name in the model. */
  readonly name: string;
  /** `<project>-<environment>-<fleet>`: name of the manager's group, role and log group. */
  readonly awsName: string;
  /** Path of the parameters that have what is known only once it is deployed, one for each runner. */
  readonly parameterPath: string;
  /** Names of its machines, and so of their key pairs, with `*` for any text. */
  readonly machineNames: readonly string[];
  /** Name of the function that ends machines whose manager is gone. */
  readonly orphansName: string;
  /** The registries of its jobs' images. */
  readonly registries: Registries;
  /** The manager. */
  readonly manager: Manager;
  /** Runners, in the order of the file. */
  readonly runners: readonly MachineRunner[];
}
