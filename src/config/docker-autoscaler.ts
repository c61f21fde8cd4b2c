import { z } from 'zod';
import { refresh } from './capacity';
import { fleetFields, runnersOf } from './fleet-fields';
import { imageChoice, keyName } from './image-choice';
import { instanceType, list, policyArn, wholeNumber } from './primitives';
import { rootVolume } from './root-volume';
import { dockerRunner } from './runner';
import { workers } from './workers';

/** The fleet type whose one manager starts machines for jobs, by gitlab-runner's executor `docker-autoscaler`. */

const manager = z.strictObject({
  /** Instance type. @default t3.small, arm64 t4g.small */
  instanceType: instanceType.optional(),
  /** Machine image. @default Amazon Linux 2023, x86_64, provisioned at first boot */
  image: imageChoice,
  /** Root volume. @default the image's size, gp3 */
  rootVolume: rootVolume.prefault({}),
  /** Name of an EC2 key pair for SSH. @default none: shells through Session Manager only */
  keyName: keyName.optional(),
});

/** A runner whose jobs run in Docker on workers of its own. */
export const autoscalerRunner = dockerRunner.extend({
  /** The machines of its jobs. @default as many as `limit`, m6i.large, none kept ready */
  workers: workers.prefault({}),
});

/** One manager, and a group of workers for each runner. Fields besides `manager` and `runners` are the manager's. */
export const dockerAutoscaler = z.strictObject({
  /** The fleet type. */
  type: z.literal('docker-autoscaler'),
  /** The machine that runs gitlab-runner, and no jobs. @default a small one */
  manager: manager.prefault({}),
  /** Hops that answers of the metadata service may take on the manager. @default 1 */
  metadataHopLimit: wholeNumber(1, 64).default(1),
  /** The runners, by name. @default one named `default` */
  runners: runnersOf(autoscalerRunner).prefault({ default: {} }),
  /** IAM policies for the manager's role, besides ours. @default none */
  policyArns: list(policyArn).max(10).default([]),
  /** Replacement of the manager after a change. @default 100, 110 */
  refresh: refresh.prefault({}),
  ...fleetFields,
});

/** A fleet of this type, as parsed. */
export type ParsedDockerAutoscaler = z.output<typeof dockerAutoscaler>;
