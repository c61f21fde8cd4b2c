import { z } from 'zod';
import { addressRange, ec2Id, list, name, tags, wholeNumber } from './primitives';
import { registryCredentials } from './registry-credentials';
import { sessionServer } from './session-server';

/** What every fleet has, whatever its type. */

/** What all instances of a group may send to. */
const egressRule = z
  .strictObject({
    /** Range of addresses, IPv4 or IPv6. */
    cidr: addressRange,
    /** Port. @default all */
    port: wholeNumber(0, 65535).optional(),
    /** Protocol. @default tcp */
    protocol: z.enum(['tcp', 'udp', 'icmp', 'all']).default('tcp'),
  })
  .refine(({ port, protocol }) => port === undefined || protocol === 'tcp' || protocol === 'udp', {
    path: ['port'],
    message: 'must not be set for protocol icmp or all',
  });

/** Where machines may send to. @default everywhere */
export const egress = list(egressRule, 1)
  .max(60)
  .prefault([
    { cidr: '0.0.0.0/0', protocol: 'all' },
    { cidr: '::/0', protocol: 'all' },
  ]);

const metrics = z.strictObject({
  /** Port of gitlab-runner's metrics. @default 9252 */
  port: wholeNumber(1, 65535)
    .refine((port) => port !== 22, 'must not be 22, where the machine has SSH')
    .default(9252),
  /** Security groups that may ask for them, such as a Prometheus's. @default none but the scaling function's */
  allowedSecurityGroupIds: list(ec2Id('sg')).max(50).default([]),
});

/** The runners of a fleet, by name. */
export const runnersOf = <T extends z.ZodType>(runner: T) =>
  z
    .record(name, runner)
    .refine((runners) => Object.keys(runners).length > 0, 'must have at least one runner');

/** Fields of every fleet that are about where gitlab-runner runs. */
export const fleetFields = {
  /** Jobs at the same time on one instance. @default 4 */
  concurrent: wholeNumber(1).default(4),
  /** Seconds between two requests for jobs. @default 3 */
  checkIntervalSeconds: wholeNumber(1).default(3),
  /** Level of gitlab-runner's log. @default info */
  logLevel: z.enum(['debug', 'info', 'warn', 'warning', 'error', 'fatal', 'panic']).default('info'),
  /** Security groups besides the fleet's own. @default none */
  securityGroupIds: list(ec2Id('sg')).max(15).default([]),
  /** Where instances may send to. @default everywhere */
  egress,
  /** Seconds for which an instance that ends waits for its jobs; takes effect with the next refresh. @default 86400, a day */
  drainTimeoutSeconds: wholeNumber(0, 172800).default(86400),
  /** Destroying the fleet ends its instances without waiting for jobs. @default false */
  forceDelete: z.boolean().default(false),
  /** Metrics of gitlab-runner, inside the VPC. @default port 9252, for nobody but the scaling function */
  metrics: metrics.prefault({}),
  /** Interactive web terminals, inside the VPC. @default none */
  sessionServer: sessionServer.optional(),
  /** Credentials of container registries for images of jobs, by registry. @default none */
  registryCredentials: registryCredentials.default({}),
  /** Tags of this fleet, besides the environment's. @default none */
  tags: tags.default({}),
};
