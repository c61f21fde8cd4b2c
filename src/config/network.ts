import { z } from 'zod';
import { liesIn, rangeOf } from './ipv4';
import { addressRange, ec2Id, list, pattern } from './primitives';
import { mostZones } from './subnets';

/** Network of every fleet: one that exists, or one that is made. */

const existing = z.strictObject({
  /** A VPC that exists. */
  type: z.literal('existing'),
  /** The VPC. */
  vpcId: ec2Id('vpc'),
  /** Subnets for machines, in different zones if possible; they decide on public addresses. */
  subnetIds: list(ec2Id('subnet'), 1),
  /**
   * Interface endpoints, with private DNS, of every service that the fleets call, in these subnets. The VPC must
   * resolve DNS names and give host names, and have no such endpoints of others. @default false
   * @see https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
   */
  interfaceEndpoints: z.boolean().default(false),
  /**
   * Route tables of the subnets, for a gateway endpoint of S3; only together with `interfaceEndpoints`.
   * @default none: no such endpoint
   * @see https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html
   */
  routeTableIds: list(ec2Id('rtb')).default([]),
});

/** AWS takes others too, and hides from the VPC whoever has them. @see https://www.rfc-editor.org/rfc/rfc1918 and https://www.rfc-editor.org/rfc/rfc6598 */
const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'];

const isVpcRange = (text: string): boolean =>
  addressRange.safeParse(text).success && /^[\d.]+\/(1[6-9]|2[0-7])$/.test(text);

/** @see https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html */
const vpcRange = z
  .string()
  .refine(isVpcRange, { error: 'must be an IPv4 range from /16 to /27, such as 10.20.0.0/16', abort: true })
  .refine(
    (text) => privateRanges.some((range) => liesIn(rangeOf(text), rangeOf(range))),
    `must lie in one of ${privateRanges.join(', ')}: whoever has other addresses could not be reached from the network`,
  );

const zone = pattern(
  /^[a-z]{2}(-[a-z]+)+-\d[a-z]$/,
  'must be an availability zone such as eu-central-1a; local zones and wavelength zones are not taken',
);

const create = z.strictObject({
  /** A VPC that is made, with a public and a private subnet in each zone. */
  type: z.literal('create'),
  /**
   * Its addresses: private ones, /16 to /27. Another range is another network. @default 10.0.0.0/16
   * @see https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
   */
  cidr: vpcRange.default('10.0.0.0/16'),
  /** One to six zones of the region. A further one belongs at the end: the place decides on the addresses. */
  availabilityZones: list(zone, 1).max(mostZones),
  /**
   * NAT gateways, the way of private subnets to the internet: one in the first zone, one in every zone, or none; then
   * there is no internet gateway and no public subnet either. @default one
   * @see https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html
   */
  natGateways: z.enum(['one', 'per-zone', 'none']).default('one'),
  /**
   * Interface endpoints, with private DNS, of every service that the fleets call. S3 has its gateway endpoint in any
   * case. @default false
   */
  interfaceEndpoints: z.boolean().default(false),
  /** Logs of all connections, in CloudWatch Logs. @default false @see https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html */
  flowLogs: z.boolean().default(false),
});

/** Network of every fleet. */
export const network = z.discriminatedUnion('type', [existing, create]);

/** The network, checked and with defaults. */
export type ParsedNetwork = z.output<typeof network>;
/** One that exists. */
export type ExistingNetwork = z.output<typeof existing>;
/** One that is made, as it is written. */
export type ParsedCreatedNetwork = z.output<typeof create>;
