import { z } from 'zod';
import { capacity, refresh, scaling } from './capacity';
import { contents } from './image';
import { launch } from './launch-choice';
import { oneOfKeys } from './one-of-keys';
import {
  accountId,
  addressRange,
  architecture,
  ec2Id,
  list,
  name,
  pattern,
  policyArn,
  tags,
  wholeNumber,
} from './primitives';
import { rootVolume } from './root-volume';
import { dockerRunner } from './runner';

/** The fleet type whose instances all run gitlab-runner, and its jobs in Docker. */

const packerImage = z.strictObject({
  /** Name of an image under `images`. */
  packer: name,
  /** Account that built and shares it. @default this one */
  ownerAccountId: accountId.optional(),
});

const givenAmi = z.strictObject({
  /** Id of the AMI. */
  ami: ec2Id('ami'),
  /** Instruction set. @default x86_64 */
  architecture: architecture.default('x86_64'),
  /** Device of its root volume; another one would be a second volume. @default /dev/xvda, as on Amazon Linux */
  rootDeviceName: pattern(/^\/dev\/[a-z0-9]{1,20}$/, 'must be a device such as /dev/xvda').default(
    '/dev/xvda',
  ),
  /** It has everything that our images have; false: provisioned at first boot. @default true */
  provisioned: z.boolean().default(true),
});

const stockImage = z.strictObject({
  /** AWS's own image, in its newest release; provisioned at first boot. */
  stock: z.enum(['amazon-linux-2023']),
  /** Instruction set. @default x86_64 */
  architecture: architecture.default('x86_64'),
  ...contents,
});

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

const metrics = z.strictObject({
  /** Port of gitlab-runner's metrics. @default 9252 */
  port: wholeNumber(1, 65535).default(9252),
  /** Security groups that may ask for them, such as a Prometheus's. @default none but the scaling function's */
  allowedSecurityGroupIds: list(ec2Id('sg')).max(50).default([]),
});

/** A group of instances that all run gitlab-runner. */
export const autoscalingGroup = z.strictObject({
  /** The fleet type. */
  type: z.literal('autoscaling-group'),
  /** Machine image. @default Amazon Linux 2023, x86_64, provisioned at first boot */
  image: oneOfKeys({ packer: packerImage, ami: givenAmi, stock: stockImage }).prefault({
    stock: 'amazon-linux-2023',
  }),
  /** What launches instances. @default a launch template with m6i.large, arm64 m7g.large */
  launch: launch.prefault({ type: 'template' }),
  /** Root volume. @default the image's size, gp3 */
  rootVolume: rootVolume.prefault({}),
  /** Hops that answers of the metadata service may take; above 1, job containers get the instance's role. @default 1 */
  metadataHopLimit: wholeNumber(1, 64).default(1),
  /** Name of an EC2 key pair for SSH. @default none: shells through Session Manager only */
  keyName: pattern(
    /^[A-Za-z0-9][A-Za-z0-9 ._@:/+=-]{0,254}$/,
    'must be the name of an EC2 key pair',
  ).optional(),
  /** How many instances. */
  capacity,
  /** How the capacity is set. @default fixed: between min and max, by hand */
  scaling: scaling.prefault({ type: 'fixed' }),
  /** The runners, by name. @default one named `default` */
  runners: z
    .record(name, dockerRunner)
    .refine((runners) => Object.keys(runners).length > 0, 'must have at least one runner')
    .prefault({ default: {} }),
  /** Jobs at the same time on one instance. @default 4 */
  concurrent: wholeNumber(1).default(4),
  /** Seconds between two requests for jobs. @default 3 */
  checkIntervalSeconds: wholeNumber(1).default(3),
  /** Level of gitlab-runner's log. @default info */
  logLevel: z.enum(['debug', 'info', 'warn', 'warning', 'error', 'fatal', 'panic']).default('info'),
  /** Security groups besides the fleet's own. @default none */
  securityGroupIds: list(ec2Id('sg')).max(15).default([]),
  /** IAM policies for the instances' role, besides ours. @default none */
  policyArns: list(policyArn).max(10).default([]),
  /** Where instances may send to. @default everywhere */
  egress: list(egressRule, 1)
    .max(60)
    .prefault([
      { cidr: '0.0.0.0/0', protocol: 'all' },
      { cidr: '::/0', protocol: 'all' },
    ]),
  /** Replacement of instances after a change. @default 100, 110 */
  refresh: refresh.prefault({}),
  /** Seconds for which an instance that ends waits for its jobs; takes effect with the next refresh. @default 86400, a day */
  drainTimeoutSeconds: wholeNumber(0, 172800).default(86400),
  /** Destroying the fleet ends its instances without waiting for jobs. @default false */
  forceDelete: z.boolean().default(false),
  /** Metrics of gitlab-runner, inside the VPC. @default port 9252, for nobody but the scaling function */
  metrics: metrics.prefault({}),
  /** Tags of this fleet, besides the environment's. @default none */
  tags: tags.default({}),
});

/** A fleet of this type, as parsed. */
export type ParsedAutoscalingGroup = z.output<typeof autoscalingGroup>;
/** The image of such a fleet, as parsed. */
export type ParsedImageChoice = ParsedAutoscalingGroup['image'];
