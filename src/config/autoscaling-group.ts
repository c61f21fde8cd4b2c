import { z } from 'zod';
import { capacity, refresh, scaling } from './capacity';
import { fleetFields, runnersOf } from './fleet-fields';
import { imageChoice, keyName } from './image-choice';
import { launch } from './launch-choice';
import { list, policyArn, wholeNumber } from './primitives';
import { rootVolume } from './root-volume';
import { dockerRunner } from './runner';

/** The fleet type whose instances all run gitlab-runner, and its jobs in Docker. */

/** A group of instances that all run gitlab-runner. */
export const autoscalingGroup = z.strictObject({
  /** The fleet type. */
  type: z.literal('autoscaling-group'),
  /** Machine image. @default Amazon Linux 2023, x86_64, provisioned at first boot */
  image: imageChoice,
  /** What launches instances. @default a launch template with m6i.large, arm64 m7g.large */
  launch: launch.prefault({ type: 'template' }),
  /** Root volume. @default the image's size, gp3 */
  rootVolume: rootVolume.prefault({}),
  /** Hops that answers of the metadata service may take; above 1, job containers get the instance's role. @default 1 */
  metadataHopLimit: wholeNumber(1, 64).default(1),
  /** Name of an EC2 key pair for SSH. @default none: shells through Session Manager only */
  keyName: keyName.optional(),
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
