import { z } from 'zod';
import { refresh } from './capacity';
import { fleetFields } from './fleet-fields';
import { imageChoice, keyName } from './image-choice';
import { instanceType, list, policyArn, wholeNumber } from './primitives';
import { rootVolume } from './root-volume';

/** The one manager of a fleet, which starts machines for jobs: what every such fleet has. */

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

/** Stands for `concurrent` until the limits of all runners are known. */
const unsaid = 0;

interface Limits {
  readonly concurrent: number;
  readonly runners: Readonly<Record<string, { readonly limit?: number | undefined }>>;
}

/** Fields of a fleet with one manager; all of them are the manager's. */
export const managerFields = {
  /** The machine that runs gitlab-runner, and no jobs. @default a small one */
  manager: manager.prefault({}),
  /** Hops that answers of the metadata service may take on the manager. @default 1 */
  metadataHopLimit: wholeNumber(1, 64).default(1),
  /** IAM policies for the manager's role, besides ours. @default none */
  policyArns: list(policyArn).max(10).default([]),
  /** Replacement of the manager after a change. @default 100, 110 */
  refresh: refresh.prefault({}),
  ...fleetFields,
  /** Jobs at the same time of all runners together. @default 4, or the largest `limit` where that is more */
  concurrent: wholeNumber(1).default(unsaid),
};

/** A manager has the jobs of all its runners, so that a limit alone says how many it takes at least. */
export const withConcurrent = <F extends Limits>(fleet: F): F => {
  const limits = Object.values(fleet.runners).map(({ limit = 0 }) => limit);
  return fleet.concurrent === unsaid ? { ...fleet, concurrent: Math.max(4, ...limits) } : fleet;
};

/** What a fleet says of its manager, as parsed. */
export type ParsedManagerFields = z.output<z.ZodObject<typeof managerFields>>;
