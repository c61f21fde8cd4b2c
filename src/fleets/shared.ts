import type { ITerraformDependable } from 'cdktf';
import type { Environment } from '../config/model';
import type { Place } from '../policies/place';
import type { Provisioning } from '../provisioning/provisioning';

/** A network as fleets see it, given or made. */
export interface FleetNetwork {
  /** The VPC. */
  readonly vpcId: string;
  /** Subnets of machines and tasks; the first is that of tasks which can be in one only. */
  readonly subnetIds: readonly string[];
  /** Those of them of which it is not known whether there is a way to AWS without a public address. */
  readonly uncheckedSubnetIds: readonly string[];
}

/** What the fleets of an environment have in common, made once by its stack. */
export interface Shared {
  /** The environment. */
  readonly environment: Environment;
  /** Where ARNs point to. */
  readonly place: Place;
  /** ARN of the key that encrypts secrets, logs and volumes. */
  readonly kmsKeyArn: string;
  /** ARN of the log group of sessions. */
  readonly sessionLogGroupArn: string;
  /** What is carried to machines. */
  readonly provisioning: Provisioning;
  /** The network of machines and tasks. */
  readonly network: FleetNetwork;
  /** The bucket of the cache, if there is one. */
  readonly cache: { readonly bucketName: string } | undefined;
  /** The bucket of artifacts, if there is one. */
  readonly artifacts: { readonly bucketName: string } | undefined;
  /** Parts of the network and of buckets that must not go before what uses them. */
  readonly dependables: readonly ITerraformDependable[];
}
