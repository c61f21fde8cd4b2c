import { z } from 'zod';
import { capacity, refresh, scaling } from './capacity';
import { fleetFields, runnersOf } from './fleet-fields';
import { contents } from './image';
import { launch } from './launch-choice';
import { oneOfKeys } from './one-of-keys';
import { accountId, architecture, ec2Id, list, name, pattern, policyArn, wholeNumber } from './primitives';
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
  runners: runnersOf(dockerRunner).prefault({ default: {} }),
  /** IAM policies for the instances' role, besides ours. @default none */
  policyArns: list(policyArn).max(10).default([]),
  /** Replacement of instances after a change. @default 100, 110 */
  refresh: refresh.prefault({}),
  ...fleetFields,
});

/** A fleet of this type, as parsed. */
export type ParsedAutoscalingGroup = z.output<typeof autoscalingGroup>;
/** The image of such a fleet, as parsed. */
export type ParsedImageChoice = ParsedAutoscalingGroup['image'];
