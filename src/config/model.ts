import type { Docker } from './docker';
import type { ParsedEnvironment, ParsedFleet } from './environment';
import type { MadeName } from './names';
import type { Architecture } from './primitives';

/**
 * The model after parsing: every default filled in, every reference resolved, every AWS name made.
 * Everything behind the configuration works on these types and asks no further questions.
 */

/** One deployed set. */
export interface Environment {
  /** Name of the environment: that of its file. */
  readonly name: string;
  /** `<project>-<environment>`: what every AWS name begins with. */
  readonly prefix: string;
  /** Every AWS name that it makes or claims. */
  readonly names: readonly MadeName[];
  /** First part of the prefix. */
  readonly project: string;
  /** Where it is deployed. */
  readonly aws: Aws;
  /** The GitLab that gives jobs. */
  readonly gitlab: Gitlab;
  /** S3 state, or nothing for a local file. */
  readonly state: ParsedEnvironment['state'];
  /** Network of every fleet. */
  readonly network: ParsedEnvironment['network'];
  /** Key that exists, or nothing where one is made. */
  readonly kmsKeyArn: string | undefined;
  /** Days for which logs are kept. */
  readonly retentionDays: number;
  /** Logged shells. */
  readonly sessionLogging: SessionLogging;
  /** Days for which a deleted secret can be restored. */
  readonly secretRecoveryDays: number;
  /** Tags of everything. */
  readonly tags: Readonly<Record<string, string>>;
  /** Machine images, in the order of the file. */
  readonly images: readonly Image[];
  /** Fleets, in the order of the file. */
  readonly fleets: readonly AutoscalingGroupFleet[];
  /** What is allowed but should be known. */
  readonly warnings: readonly Warning[];
}

/** Something that is allowed but should be known. */
export interface Warning {
  /** Path of the field, as in errors. */
  readonly path: string;
  /** What it means and what to do. */
  readonly message: string;
}

/** Where an environment is deployed. */
export interface Aws {
  /** Region. */
  readonly region: string;
  /** Partition of the region: `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string;
  /** Account, if it is known before a deploy. */
  readonly accountId: string | undefined;
  /** Role to assume, if any. */
  readonly assumeRoleArn: string | undefined;
  /** Permissions boundary of every role, if any. */
  readonly permissionsBoundaryArn: string | undefined;
}

/** The GitLab that gives jobs. */
export interface Gitlab {
  /** Address without a slash at its end. */
  readonly url: string;
  /** Certificates of its private authority, if any. */
  readonly caCertificatePem: string | undefined;
}

/** Logged shells through Session Manager. */
export interface SessionLogging {
  /** Name of the Session document. */
  readonly documentName: string;
  /** It is the account's default: a plain `start-session` uses it. */
  readonly isAccountDefault: boolean;
  /** The document exists and is taken over. */
  readonly importExisting: boolean;
  /** Name of the log group. */
  readonly logGroupName: string;
  /** Minutes after which an idle session ends. */
  readonly idleTimeoutMinutes: number;
  /** Minutes after which any session ends. */
  readonly maxDurationMinutes: number;
}

/** What is put onto a machine: by Packer, or at first boot. */
export interface Contents {
  /** Version of gitlab-runner and its helper images. */
  readonly gitlabRunnerVersion: string;
  /** The user's packages. */
  readonly packages: readonly string[];
  /** The user's scripts: paths inside the repository. */
  readonly scripts: readonly string[];
  /** The user's files. */
  readonly files: readonly InstalledFile[];
}

/** A file of the user's that is installed on the machine. */
export interface InstalledFile {
  /** Path inside the repository. */
  readonly source: string;
  /** Path on the machine. */
  readonly destination: string;
  /** Octal mode such as 0644. */
  readonly mode: string;
}

/** A machine image that Packer builds. */
export interface Image extends Contents {
  /** Name in the model. */
  readonly name: string;
  /** Distribution it is built on. */
  readonly base: 'amazon-linux-2023';
  /** Instruction set. */
  readonly architecture: Architecture;
  /** Size of the root volume. */
  readonly rootVolumeGib: number;
  /** Accounts that may use it. */
  readonly shareWithAccountIds: readonly string[];
  /** Regions it is copied to, with the key of each, if given. */
  readonly copyToRegions: readonly { readonly region: string; readonly kmsKeyArn: string | undefined }[];
  /** Days after which it is deprecated. */
  readonly deprecateAfterDays: number;
  /** The machine on which it is built. */
  readonly build: ImageBuild;
}

/** The machine on which an image is built. */
export interface ImageBuild {
  /** Instance type. */
  readonly instanceType: string;
  /** Subnet. */
  readonly subnetId: string;
  /** Instance profile that exists, or nothing for a temporary one. */
  readonly iamInstanceProfile: string | undefined;
  /** How Packer reaches it. */
  readonly sshInterface: 'session_manager' | 'private_ip' | 'public_ip';
}

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
export interface Launch {
  /** By launch configuration or by launch template. */
  readonly type: 'configuration' | 'template';
  /** Instance type. */
  readonly instanceType: string;
}

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
}
