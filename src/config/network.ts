import { z } from 'zod';
import { ec2Id, list } from './primitives';

/** Network of every fleet. */
export const network = z.discriminatedUnion('type', [
  z.strictObject({
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
  }),
]);

/** The network, checked and with defaults. */
export type ParsedNetwork = z.output<typeof network>;
