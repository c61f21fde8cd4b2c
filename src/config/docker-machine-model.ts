import type { ParsedDockerMachine } from './docker-machine';
import type { Image } from './image-model';
import type { ParsedJobMachine } from './job-machine';
import type { Manager } from './manager-model';
import type { Architecture } from './primitives';
import type { Registries } from './registries';
import type { Resolved } from './runner-model';

/** Fleets whose manager starts machines with Docker Machine, once everything is resolved. */

/** What a machine of Docker Machine is started from. */
export type JobMachineImage =
  | {
      /** An image built by us, found by its hash. */
      readonly kind: 'packer';
      readonly image: Image;
      /** Account that shares it, or nothing for this one. */
      readonly ownerAccountId: string | undefined;
    }
  | {
      /** A pinned AMI. */
      readonly kind: 'ami';
      readonly amiId: string;
      readonly rootDeviceName: string;
    }
  | {
      /** Canonical's own image. */
      readonly kind: 'stock';
      readonly base: 'ubuntu-24.04';
    };

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
  readonly image: JobMachineImage;
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
  /** Name of the function that ends machines whose manager is gone. */
  readonly orphansName: string;
  /** The registries of its jobs' images. */
  readonly registries: Registries;
  /** The manager. */
  readonly manager: Manager;
  /** Runners, in the order of the file. */
  readonly runners: readonly MachineRunner[];
}
