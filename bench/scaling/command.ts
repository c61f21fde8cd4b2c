import { readFileSync, writeFileSync } from 'fs';
import { endProgress, progress } from '../progress';
import { isMissed, table, verdict } from '../result';
import { scalingResults } from './aims';
import { compare, defaults, type Comparison } from './comparison';
import { picture } from './picture';
import { comparisonTable, curveTable } from './report';
import { usualSetup } from './simulation';
import { parseTrace, seededTraces, type Trace } from './trace';

/** `npm run bench -- scaling`: the decision of the scaling function against the sample that it replaces. */

/** Options of the command. */
export interface ScalingOptions {
  /** The figures as JSON. */
  readonly json: boolean;
  /** Seed of the traces. */
  readonly seed: number;
  /** A file with a trace, instead of the seeded ones. */
  readonly trace?: string | undefined;
  /** A file to draw into. */
  readonly picture?: string | undefined;
}

function tracesOf({ seed, trace }: Pick<ScalingOptions, 'seed' | 'trace'>): Trace[] {
  return trace === undefined ? seededTraces(seed) : [parseTrace(readFileSync(trace, 'utf8'), trace)];
}

/** Runs the traces. */
export function compareTraces(options: Pick<ScalingOptions, 'seed' | 'trace'>): Comparison[] {
  const comparisons = tracesOf(options).map((trace) => {
    progress(`scaling: ${trace.name}, ${trace.jobs.length} jobs`);
    return compare(trace);
  });
  endProgress();
  return comparisons;
}

/** Waiting, hours and curve for people. */
export const scalingText = (comparisons: readonly Comparison[]): string =>
  `${comparisonTable(comparisons)}\n\n${curveTable(comparisons)}`;

function asJson(comparisons: readonly Comparison[]): string {
  const aims = scalingResults(comparisons).map((result) => ({ ...result, missed: isMissed(result) }));
  return JSON.stringify({ setup: usualSetup, defaults, comparisons, aims }, null, 2);
}

function asText(comparisons: readonly Comparison[]): string {
  const results = scalingResults(comparisons);
  const aims = results.length === 0 ? '' : `\n\n${table(results)}\n\n${verdict(results)}`;
  return `${scalingText(comparisons)}${aims}`;
}

/** The command. */
export function runScaling(options: ScalingOptions): void {
  const comparisons = compareTraces(options);
  if (options.picture !== undefined) writeFileSync(options.picture, picture(comparisons));
  console.log(options.json ? asJson(comparisons) : asText(comparisons));
}
