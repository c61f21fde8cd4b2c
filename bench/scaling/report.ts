import { columns } from '../result';
import { defaults, type Comparison, type Figures, type Settings } from './comparison';

/** The comparison as text. */

const heading = ['trace', 'scaler', 'waiting 50 %', '95 %', '99 %', 'hours', 'killed'];

const cells = (figures: Figures): string[] => [
  ...[figures.waitingMedian, figures.waiting95, figures.waiting99].map((value) => `${value.toFixed(0)} s`),
  figures.instanceHours.toFixed(1),
  String(figures.killed),
];

const nameOf = ({ headroomJobs, idleTimeSeconds }: Settings): string =>
  `headroom ${headroomJobs}, idle ${idleTimeSeconds} s`;

const rowsOf = ({ trace, jobs, ours, sample, clairvoyantHours }: Comparison): string[][] => [
  [`${trace}, ${jobs} jobs`, `ours, ${nameOf(defaults)}`, ...cells(ours)],
  ['', 'the sample', ...cells(sample)],
  ['', 'clairvoyant', '0 s', '0 s', '0 s', clairvoyantHours.toFixed(1), '0'],
];

/** Waiting and hours of each trace. */
export const comparisonTable = (comparisons: readonly Comparison[]): string =>
  columns([heading, ...comparisons.flatMap(rowsOf)]);

const pointOf = ({ waiting95, instanceHours }: Figures): string =>
  `${waiting95.toFixed(0)} s, ${instanceHours.toFixed(1)} h`;

/** What other settings would do: 95th percentile of waiting and hours. */
export function curveTable(comparisons: readonly Comparison[]): string {
  const settings = comparisons[0]?.curve ?? [];
  const rows = settings.map((one, index) => [
    nameOf(one),
    ...comparisons.map(({ curve }) => {
      const point = curve[index];
      return point === undefined ? '' : pointOf(point.figures);
    }),
  ]);
  return columns([['95th percentile, hours', ...comparisons.map(({ trace }) => trace)], ...rows]);
}
