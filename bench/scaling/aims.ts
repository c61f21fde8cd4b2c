import type { Result } from '../result';
import type { Comparison } from './comparison';

/** What the decision aims at, against the sample, with the defaults. */

/** Aims of one trace. */
interface Aims {
  /** Share of the sample's 95th percentile of waiting. */
  readonly waiting: number;
  /** Seconds of waiting that are fine whatever the sample's are. */
  readonly waitingSeconds?: number;
  /** Share of the sample's instance-hours. */
  readonly hours: number;
  /** Multiple of the clairvoyant hours. */
  readonly clairvoyant?: number;
}

const aimsOf: Readonly<Record<string, Aims>> = {
  office: { waiting: 0.1, waitingSeconds: 5, hours: 0.93, clairvoyant: 1.35 },
  bursts: { waiting: 0.26, hours: 1.25 },
  nightly: { waiting: 0.15, hours: 0.95, clairvoyant: 1.35 },
  // Instances ask for jobs every three seconds: less is chance.
  'long tail': { waiting: 1, waitingSeconds: 3, hours: 0.8, clairvoyant: 1.35 },
};

const seconds = (value: number): string => `${value.toFixed(1)} s`;

const hours = (value: number): string => `${value.toFixed(1)} h`;

function waitingResult({ trace, ours, sample }: Comparison, { waiting, waitingSeconds = 0 }: Aims): Result {
  const ratio = ours.waiting95 / sample.waiting95;
  return {
    name: `${trace}: 95th percentile of waiting`,
    value: ours.waiting95,
    unit: 's',
    aim: Math.max(waitingSeconds, waiting * sample.waiting95),
    from: `${seconds(ours.waiting95)} / ${seconds(sample.waiting95)} of the sample: ${ratio.toFixed(2)} x`,
  };
}

const hoursResult = ({ trace, ours, sample }: Comparison, { hours: aim }: Aims): Result => ({
  name: `${trace}: instance-hours / the sample's`,
  value: ours.instanceHours / sample.instanceHours,
  unit: 'x',
  aim,
  from: `${hours(ours.instanceHours)} / ${hours(sample.instanceHours)}`,
});

const clairvoyantResult = ({ trace, ours, clairvoyantHours }: Comparison, { clairvoyant }: Aims): Result => ({
  name: `${trace}: instance-hours / the clairvoyant's`,
  value: ours.instanceHours / clairvoyantHours,
  unit: 'x',
  ...(clairvoyant === undefined ? {} : { aim: clairvoyant }),
  from: `${hours(ours.instanceHours)} / ${hours(clairvoyantHours)}`,
});

const killedResult = ({ trace, ours, sample }: Comparison): Result => ({
  name: `${trace}: jobs killed`,
  value: ours.killed,
  unit: 'jobs',
  aim: 0,
  from: `the sample: ${sample.killed}`,
});

/** The figures of the seeded traces beside their aims; a user's own trace has none. */
export const scalingResults = (comparisons: readonly Comparison[]): Result[] =>
  comparisons.flatMap((one) => {
    const aims = aimsOf[one.trace];
    return aims === undefined
      ? []
      : [waitingResult(one, aims), hoursResult(one, aims), clairvoyantResult(one, aims), killedResult(one)];
  });
