import type { ITerraformDependable } from 'cdktf';
import type { Environment } from '../config/model';
import type { Place } from '../policies/place';
import type { Provisioning } from '../provisioning/provisioning';

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
  /** The part of the network that must not go before what runs in it; empty where that is given. */
  readonly networkDependables: readonly ITerraformDependable[];
}
