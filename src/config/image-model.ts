import type { Base } from './image';
import type { Architecture } from './primitives';

/** The machine images of the model. */

/** What is put onto a machine: by Packer, or at first boot. */
export interface Contents {
  /** Version of gitlab-runner and its helper images. */
  readonly gitlabRunnerVersion: string;
  /** SHA-256 of Docker Machine's binary, or nothing where any binary of its version is taken. */
  readonly dockerMachineSha256: string | undefined;
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
  readonly base: Base;
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
  /** Subnet, or nothing for one of the account's default VPC. */
  readonly subnetId: string | undefined;
  /** Instance profile that exists, or nothing for a temporary one. */
  readonly iamInstanceProfile: string | undefined;
  /** How Packer reaches it. */
  readonly sshInterface: 'session_manager' | 'private_ip' | 'public_ip';
}
