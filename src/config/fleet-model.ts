import type { ParsedAutoscalingGroup } from './autoscaling-group';
import type { DockerAutoscalerFleet } from './docker-autoscaler-model';
import type { DockerMachineFleet } from './docker-machine-model';
import type { ParsedFargate } from './fargate';
import type { FleetImage, RootVolume } from './machine-model';
import type { ContainerImageKind } from './names';
import type { Architecture } from './primitives';
import type { Registries, RegistrySecret } from './registries';
import type { Resolved } from './runner-model';

/** The fleets of the model: what each is made of once everything is resolved. */

/** How instances are launched. */
export type Launch =
  | {
      /** By a launch configuration. */
      readonly type: 'configuration';
      readonly instanceType: string;
    }
  | {
      /** By a launch template: several types or spot make a mixed group. */
      readonly type: 'template';
      readonly instanceTypes: readonly string[];
      /** Spot instances, or nothing where everything is on demand. */
      readonly spot: Extract<ParsedAutoscalingGroup['launch'], { type: 'template' }>['spot'];
    };

/** A `[[runners]]` entry whose jobs run in Docker. */
export type Runner = Resolved<ParsedAutoscalingGroup['runners'][string]>;

/** A `[[runners]]` entry whose jobs are Fargate tasks. */
export type FargateRunner = Omit<Resolved<ParsedFargate['runners'][string]>, 'task'> & {
  /** What a job runs on. */
  readonly task: FargateTask;
};

/** A cluster for tasks. */
export type EcsCluster =
  | {
      /** One that is made, with a default of its own. */
      readonly kind: 'made';
      readonly name: string;
      readonly capacityProvider: 'FARGATE' | 'FARGATE_SPOT';
    }
  | {
      /** One that exists. */
      readonly kind: 'existing';
      readonly arn: string;
    };

/** The container image of a task. */
export type ContainerImage =
  | {
      /** Anybody's. */
      readonly kind: 'given';
      /** Its whole name. */
      readonly name: string;
      /** Credentials of its registry, if the fleet has any. */
      readonly credentials: RegistrySecret | undefined;
    }
  | BuiltContainerImage;

/** A container image that `npm run docker:build` makes, found by its hash. */
export interface BuiltContainerImage {
  /** One of ours. */
  readonly kind: 'built';
  /** Which one. */
  readonly image: ContainerImageKind;
  /** Name of its ECR repository. */
  readonly repository: string;
  /** Version of gitlab-runner in it. */
  readonly gitlabRunnerVersion: string;
  /** Instruction set of the tasks that run it. */
  readonly architecture: Architecture;
}

/** What a job runs on. */
export interface FargateTask extends Omit<
  ParsedFargate['runners'][string]['task'],
  'cluster' | 'image' | 'subnetId'
> {
  /** Its container image. */
  readonly image: ContainerImage;
  /** Family of its task definition. */
  readonly family: string;
  /** Its cluster, or nothing for the fleet's. */
  readonly cluster: EcsCluster | undefined;
  /** Subnet, or nothing for the first of a network that is made. */
  readonly subnetId: string | undefined;
}

/** The managers of a fleet. */
export interface FargateManagers extends Omit<ParsedFargate['managers'], 'image' | 'subnetIds'> {
  /** Their container image. */
  readonly image: ContainerImage;
  /** Subnets, or nothing for those of a network that is made. */
  readonly subnetIds: readonly string[] | undefined;
}

/** An ECS service of managers, and a Fargate task for each job. */
export interface FargateFleet extends Omit<ParsedFargate, 'cluster' | 'managers' | 'runners'> {
  /** Name in the model. */
  readonly name: string;
  /** `<project>-<environment>-<fleet>`: name of the cluster, the service, the managers' role and log group. */
  readonly awsName: string;
  /** Names of what else belongs to it. */
  readonly names: {
    /** Log group and security group of jobs. */
    readonly workers: string;
    /** Role with which ECS starts tasks. */
    readonly execution: string;
    /** Function that ends jobs without a manager. */
    readonly orphans: string;
  };
  /** Cluster of managers and, unless they say otherwise, of jobs. */
  readonly cluster: EcsCluster;
  /** The managers. */
  readonly managers: FargateManagers;
  /** Runners, in the order of the file. */
  readonly runners: readonly FargateRunner[];
}

/** A fleet of any type. */
export type Fleet = AutoscalingGroupFleet | DockerAutoscalerFleet | DockerMachineFleet | FargateFleet;

/** A fleet whose one manager starts machines for jobs. */
export type ManagerFleet = DockerAutoscalerFleet | DockerMachineFleet;

/** Capacity that a function sets each minute. */
export type ScalingByJobs = Extract<ParsedAutoscalingGroup['scaling'], { type: 'jobs' }> & {
  /** Name of the function, and of its role, log group and queue. */
  readonly functionName: string;
};

/** A group of instances that all run gitlab-runner. */
export interface AutoscalingGroupFleet extends Omit<
  ParsedAutoscalingGroup,
  'image' | 'launch' | 'rootVolume' | 'runners' | 'scaling'
> {
  /** Name in the model. */
  readonly name: string;
  /** `<project>-<environment>-<fleet>`: name of the group, the role and the log group. */
  readonly awsName: string;
  /** Instruction set of image and instance type. */
  readonly architecture: Architecture;
  /** Machine image. */
  readonly image: FleetImage;
  /** How instances are launched. */
  readonly launch: Launch;
  /** Root volume. */
  readonly rootVolume: RootVolume;
  /** Runners, in the order of the file. */
  readonly runners: readonly Runner[];
  /** What is needed to pull the images of jobs. */
  readonly registries: Registries;
  /** How the capacity is set. */
  readonly scaling: { readonly type: 'fixed' } | ScalingByJobs;
  /** Jobs at the same time on one instance: `concurrent`, or what the runners' limits leave of it. */
  readonly jobsPerInstance: number;
}
