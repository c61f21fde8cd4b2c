import type { Docker } from './docker';
import type { ParsedFleet } from './environment';
import type { Contents, Image } from './image-model';
import type { Architecture } from './primitives';

/** The fleets of the model: what each is made of once everything is resolved. */

/** What a fleet's machines are started from. */
export type FleetImage =
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
      /** Provisioned at first boot with these, or nothing where the AMI has everything. */
      readonly firstBoot: Contents | undefined;
    }
  | {
      /** AWS's own image, provisioned at first boot. */
      readonly kind: 'stock';
      readonly base: 'amazon-linux-2023';
      readonly firstBoot: Contents;
    };

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
      readonly spot: Extract<ParsedFleet['launch'], { type: 'template' }>['spot'];
    };

/** Root volume of an instance. */
export interface RootVolume {
  /** Size, or nothing for the image's own. */
  readonly sizeGib: number | undefined;
  /** EBS volume type. */
  readonly type: 'gp3' | 'gp2' | 'io1' | 'io2';
  /** I/O operations per second, or AWS's default. */
  readonly iops: number | undefined;
  /** Throughput, or AWS's default. */
  readonly throughputMibps: number | undefined;
}

/** Where a runner's authentication token is. */
export type RunnerToken =
  | {
      /** A secret that Terraform makes, without a value. */
      readonly kind: 'made';
      readonly secretName: string;
    }
  | {
      /** A secret that exists. */
      readonly kind: 'secret';
      readonly secretArn: string;
      readonly kmsKeyArn: string | undefined;
    }
  | {
      /** A parameter that exists. */
      readonly kind: 'parameter';
      readonly parameterArn: string;
      readonly kmsKeyArn: string | undefined;
    };

/** Fields of a runner that are rendered as they were parsed. */
type ParsedRunner = ParsedFleet['runners'][string];

/** A `[[runners]]` entry. */
export interface Runner extends Omit<ParsedRunner, 'token' | 'limit'> {
  /** Jobs at the same time on one machine; 0: as many as the fleet's `concurrent`. */
  readonly limit: number;
  /** Name in the model. */
  readonly key: string;
  /** Name in GitLab's list of managers: `<project>-<environment>-<fleet>-<runner>`. */
  readonly name: string;
  /** Where its token is. */
  readonly token: RunnerToken;
  /** Docker executor. */
  readonly docker: Docker;
}

/** Capacity that a function sets each minute. */
export type ScalingByJobs = Extract<ParsedFleet['scaling'], { type: 'jobs' }> & {
  /** Name of the function, and of its role, log group and queue. */
  readonly functionName: string;
};

/** A group of instances that all run gitlab-runner. */
export interface AutoscalingGroupFleet extends Omit<
  ParsedFleet,
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
  /** How the capacity is set. */
  readonly scaling: { readonly type: 'fixed' } | ScalingByJobs;
  /** Jobs at the same time on one instance: `concurrent`, or what the runners' limits leave of it. */
  readonly jobsPerInstance: number;
}
