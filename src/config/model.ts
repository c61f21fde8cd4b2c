import type { ParsedEnvironment } from './environment';
import type { Fleet } from './fleet-model';
import type { Image } from './image-model';
import type { MadeName } from './made-names';
import type { Network } from './network-model';
import type { RegistryMirror } from './registry-mirror';

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
  readonly network: Network;
  /** Key that exists, or nothing where one is made. */
  readonly kmsKeyArn: string | undefined;
  /** Days for which logs are kept. */
  readonly retentionDays: number;
  /** Logged shells. */
  readonly sessionLogging: SessionLogging;
  /** Name of the Command document that drains an instance. */
  readonly drainDocumentName: string;
  /** Cache of jobs in S3, or nothing where there is none. */
  readonly cache: Cache | undefined;
  /** Bucket for what jobs build, or nothing where there is none. */
  readonly artifacts: Artifacts | undefined;
  /** The mirror of Docker Hub that Docker asks first, or nothing where there is none. */
  readonly registryMirror: RegistryMirror | undefined;
  /** The proxy to whatever is outside the network, or nothing where there is none. */
  readonly proxy: Proxy | undefined;
  /** Days for which a deleted secret can be restored. */
  readonly secretRecoveryDays: number;
  /** Tags of everything. */
  readonly tags: Readonly<Record<string, string>>;
  /** Machine images, in the order of the file. */
  readonly images: readonly Image[];
  /** Fleets, in the order of the file. */
  readonly fleets: readonly Fleet[];
  /** What is allowed but should be known. */
  readonly warnings: readonly Warning[];
}

/** Cache of jobs in S3. */
export interface Cache {
  /** What the name of its bucket begins with; the account's id follows. */
  readonly name: string;
  /** Days after which S3 deletes what a job has cached. */
  readonly expirationDays: number;
}

/** Bucket for what jobs build. */
export interface Artifacts {
  /** What its name begins with; the account's id follows. */
  readonly name: string;
  /** Days after which S3 deletes what a job has put there. */
  readonly expirationDays: number;
  /** Whether its objects are refused to whoever comes from elsewhere than the VPC. */
  readonly vpcOnly: boolean;
}

/** A company's proxy. */
export interface Proxy {
  /** Proxy for http addresses, if any. */
  readonly http: string | undefined;
  /** Proxy for https addresses. */
  readonly https: string;
  /** What the environment has reached directly, besides what always is. */
  readonly noProxy: readonly string[];
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
