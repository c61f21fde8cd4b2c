import { z } from 'zod';
import { contents } from './image';
import { oneOfKeys } from './one-of-keys';
import {
  accountId,
  addressRange,
  architecture,
  ec2Id,
  instanceType,
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

const launch = z.discriminatedUnion('type', [
  z.strictObject({
    /** A launch configuration: not in AWS accounts made since 2024-10-01. */
    type: z.literal('configuration'),
    /** Instance type. @default m6i.large, arm64 m7g.large */
    instanceType: instanceType.optional(),
  }),
  z.strictObject({
    /** A launch template. */
    type: z.literal('template'),
    /** Instance types; one, until mixed groups come. @default m6i.large, arm64 m7g.large */
    instanceTypes: list(instanceType, 1).max(1).optional(),
  }),
]);

const capacity = z
  .strictObject({
    /** Fewest instances. */
    min: wholeNumber(0, 10000),
    /** Most instances. */
    max: wholeNumber(0, 10000),
    /** Instances at a deploy. @default left as it is, so that a deploy never resets capacity */
    desired: wholeNumber(0, 10000).optional(),
    /** Days after which an instance is replaced; 0: never. @default 0 */
    maxInstanceLifetimeDays: wholeNumber(0, 365).default(0),
  })
  .superRefine(({ min, max, desired }, context) => {
    const refuse = (key: string, message: string, input: number) =>
      context.addIssue({ code: 'custom', path: [key], message, input });
    if (min > max) refuse('min', `must not exceed capacity.max (${max})`, min);
    if (desired !== undefined && desired > max)
      refuse('desired', `must not exceed capacity.max (${max})`, desired);
    if (desired !== undefined && desired < min)
      refuse('desired', `must not be below capacity.min (${min})`, desired);
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

const refresh = z
  .strictObject({
    /** Share of the group that stays in service during a refresh. @default 100 */
    minHealthyPercentage: wholeNumber(0, 100).default(100),
    /** Share up to which the group grows meanwhile. @default 110 */
    maxHealthyPercentage: wholeNumber(100, 200).default(110),
  })
  .superRefine(({ minHealthyPercentage, maxHealthyPercentage }, context) => {
    if (maxHealthyPercentage - minHealthyPercentage > 100) {
      const message = `must not be more than 100 above refresh.minHealthyPercentage (${minHealthyPercentage})`;
      context.addIssue({
        code: 'custom',
        path: ['maxHealthyPercentage'],
        message,
        input: maxHealthyPercentage,
      });
    }
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
  scaling: z
    .discriminatedUnion('type', [
      z.strictObject({
        /** By hand, between min and max. */
        type: z.literal('fixed'),
      }),
    ])
    .default({ type: 'fixed' }),
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
  /** Tags of this fleet, besides the environment's. @default none */
  tags: tags.default({}),
});

/** A fleet of this type, as parsed. */
export type ParsedAutoscalingGroup = z.output<typeof autoscalingGroup>;
/** The image of such a fleet, as parsed. */
export type ParsedImageChoice = ParsedAutoscalingGroup['image'];
