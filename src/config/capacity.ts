import { z } from 'zod';
import { name, wholeNumber } from './primitives';
import type { Refusal } from './refusal';
import { refuseIf, under } from './rules/refusals';
import { cron, timezone } from './time';

/** How many instances a group has: bounds, by the calendar, or as the jobs want it. */

const instances = wholeNumber(0, 10000);

const schedule = z
  .strictObject({
    /** When, as a cron expression of five fields. */
    cron,
    /** Time zone of the expression. @default UTC */
    timezone: timezone.default('Etc/UTC'),
    /** Fewest instances from then on. @default as before */
    min: instances.optional(),
    /** Most instances from then on; 0 turns the group off. @default as before */
    max: instances.optional(),
    /** Instances at that moment. @default as before, within the bounds */
    desired: instances.optional(),
  })
  .refine(
    ({ min, max, desired }) => [min, max, desired].some((value) => value !== undefined),
    'must set at least one of min, max and desired',
  );

interface Bounds {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly desired?: number | undefined;
}

/** A bound, and where it stands. */
interface Bound {
  readonly at: string;
  readonly value: number;
}

/** Fewest, most and wanted instances that fit each other. */
function boundRules({ min, max, desired }: Bounds, lowest: Bound, highest: Bound): Refusal[] {
  const exceeds = `must not exceed ${highest.at} (${highest.value})`;
  const undercuts = `must not be below ${lowest.at} (${lowest.value})`;
  const below = (value: number | undefined) => value !== undefined && value < lowest.value;
  const over = (value: number | undefined) => value !== undefined && value > highest.value;
  return [
    ...refuseIf(over(min), ['min'], exceeds, min),
    ...refuseIf(min === undefined && below(max), ['max'], undercuts, max),
    ...refuseIf(over(desired), ['desired'], exceeds, desired),
    ...refuseIf(below(desired), ['desired'], undercuts, desired),
  ];
}

/** Every value that a bound can have: the group's own, and those of its schedules. */
const boundsOf = (
  key: 'min' | 'max',
  group: number,
  schedules: Readonly<Record<string, Bounds>>,
): Bound[] => [
  { at: `capacity.${key}`, value: group },
  ...Object.entries(schedules).flatMap(([name, { [key]: value }]) =>
    value === undefined ? [] : [{ at: `capacity.schedules.${name}.${key}`, value }],
  ),
];

/** A schedule that leaves a bound out meets whatever the one before it has set: the narrowest counts. */
function narrowest(key: 'min' | 'max', name: string, own: Bounds, all: readonly Bound[]): Bound {
  const value = own[key];
  if (value !== undefined) return { at: `capacity.schedules.${name}.${key}`, value };
  const isNarrower = (one: Bound, other: Bound) =>
    key === 'max' ? one.value < other.value : one.value > other.value;
  return all.reduce((found, one) => (isNarrower(one, found) ? one : found));
}

/** Fewest and most instances, changes by the calendar, and the longest life of one. */
export const capacity = z
  .strictObject({
    /** Fewest instances. */
    min: instances,
    /** Most instances. */
    max: instances,
    /** Instances at a deploy. @default left as it is, so that a deploy never resets capacity */
    desired: instances.optional(),
    /** Days after which an instance is replaced; 0: never. @default 0 */
    maxInstanceLifetimeDays: wholeNumber(0, 365).default(0),
    /** Changes of the bounds by the calendar, by name. @default none @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html */
    schedules: z
      .record(name, schedule)
      .refine((schedules) => Object.keys(schedules).length <= 125, 'must have at most 125 schedules')
      .default({}),
  })
  .superRefine(({ schedules, ...group }, context) => {
    const own = { at: 'capacity.min', value: group.min };
    const [minima, maxima] = [boundsOf('min', group.min, schedules), boundsOf('max', group.max, schedules)];
    const refusals = [
      ...boundRules(group, own, { at: 'capacity.max', value: group.max }),
      ...Object.entries(schedules).flatMap(([name, bounds]) => {
        const lowest = narrowest('min', name, bounds, minima);
        const highest = narrowest('max', name, bounds, maxima);
        return under(['schedules', name], boundRules(bounds, lowest, highest));
      }),
    ];
    for (const { path, rule, value } of refusals)
      context.addIssue({ code: 'custom', path: [...path], message: rule, input: value });
  });

/** How the capacity is set, between the bounds. */
export const scaling = z.discriminatedUnion('type', [
  z.strictObject({
    /** By hand or by schedules. */
    type: z.literal('fixed'),
  }),
  z.strictObject({
    /** By a function that looks at the jobs each minute. */
    type: z.literal('jobs'),
    /** Free places for jobs that are kept ready. @default 2 */
    headroomJobs: wholeNumber(0, 10000).default(2),
    /** Seconds without a job after which an instance is ended. @default 120 */
    idleTimeSeconds: wholeNumber(60, 86400).default(120),
  }),
]);

/** How instances are replaced after a change. */
export const refresh = z
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
