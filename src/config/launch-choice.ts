import { z } from 'zod';
import { instanceType, list, wholeNumber } from './primitives';

/** What launches the instances of a group, and of which types. */

/** Spot instances among those on demand. @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-mixed-instances-groups.html */
export const spot = z.strictObject({
  /** Instances that are on demand before any is spot. @default 0 */
  onDemandBase: wholeNumber(0, 10000).default(0),
  /** Share of the instances above them that is on demand. @default 0 */
  onDemandPercentage: wholeNumber(0, 100).default(0),
  /** From which pools spot instances come. @default price-capacity-optimized @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/allocation-strategies.html */
  allocationStrategy: z
    .enum([
      'price-capacity-optimized',
      'capacity-optimized',
      'capacity-optimized-prioritized',
      'lowest-price',
    ])
    .default('price-capacity-optimized'),
});

/** By launch configuration or by launch template. */
export const launch = z.discriminatedUnion('type', [
  z.strictObject({
    /** A launch configuration: not in AWS accounts made since 2024-10-01. */
    type: z.literal('configuration'),
    /** Instance type. @default m6i.large, arm64 m7g.large */
    instanceType: instanceType.optional(),
  }),
  z.strictObject({
    /** A launch template. */
    type: z.literal('template'),
    /** Instance types, the first one preferred on demand. @default m6i.large, arm64 m7g.large */
    instanceTypes: list(instanceType, 1).max(40).optional(),
    /** Spot instances. @default none: everything on demand */
    spot: spot.optional(),
  }),
]);

/** Spot instances of a launch; a launch configuration has none. */
export const spotOf = (choice: z.output<typeof launch>) =>
  choice.type === 'template' ? choice.spot : undefined;
