import type { ExistingNetwork, ParsedCreatedNetwork } from './network';
import type { ZoneRanges } from './subnets';

/** The network of the model. */

/** An availability zone, and what of a network lies in it. */
export interface Zone extends ZoneRanges {
  /** Name, such as `eu-central-1a`. */
  readonly name: string;
}

/** A network that is made. */
export interface CreatedNetwork extends Omit<ParsedCreatedNetwork, 'availabilityZones' | 'flowLogs'> {
  /** Its zones, in the order of the file. */
  readonly zones: readonly Zone[];
  /** Addresses in the private subnet of each zone that AWS leaves to others. @see https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html */
  readonly freeAddresses: number;
  /** Name of the log group of its flow logs and of their role, or nothing where there are none. */
  readonly flowLogsName: string | undefined;
}

/** Network of every fleet. */
export type Network = ExistingNetwork | CreatedNetwork;
