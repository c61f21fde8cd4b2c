import { scaling } from '../../src/config/capacity';
import type { ScalingRules } from '../../src/functions/scaling/tick';
import { percentile } from '../statistics';
import { clairvoyantHours } from './clairvoyant';
import { ours, sample } from './scalers';
import { simulate, usualSetup, type Scaler } from './simulation';
import type { Trace } from './trace';

/** The decision against the sample that it replaces and against the bound, trace by trace. */

/** What a user can set. */
export type Settings = Pick<ScalingRules, 'headroomJobs' | 'idleTimeSeconds'>;

/** The defaults of the model, which the aims are about. */
export const defaults = scaling.parse({ type: 'jobs' }) as Settings;

/** Settings of the curve. */
const curveSettings: readonly Settings[] = [60, 120, 300, 600].flatMap((idleTimeSeconds) =>
  [1, 2, 3, 4, 6, 8].map((headroomJobs) => ({ headroomJobs, idleTimeSeconds })),
);

/** What a run comes to. */
export interface Figures {
  /** Seconds that a job waited: half of them no longer. */
  readonly waitingMedian: number;
  /** 95 of 100 no longer. */
  readonly waiting95: number;
  /** 99 of 100 no longer. */
  readonly waiting99: number;
  /** Hours of all instances. */
  readonly instanceHours: number;
  /** Jobs that ended because their instance did. */
  readonly killed: number;
}

/** A point of the curve. */
export interface CurvePoint extends Settings {
  /** What these settings come to. */
  readonly figures: Figures;
}

/** Everything about one trace. */
export interface Comparison {
  /** Name of the trace. */
  readonly trace: string;
  /** Number of its jobs. */
  readonly jobs: number;
  /** With the defaults. */
  readonly ours: Figures;
  /** By the sample's rule. */
  readonly sample: Figures;
  /** The bound. */
  readonly clairvoyantHours: number;
  /** With other settings. */
  readonly curve: readonly CurvePoint[];
}

function figuresOf(trace: Trace, scaler: Scaler): Figures {
  const { waits, instanceHours, killed } = simulate(trace, usualSetup, scaler);
  return {
    waitingMedian: percentile(waits, 0.5),
    waiting95: percentile(waits, 0.95),
    waiting99: percentile(waits, 0.99),
    instanceHours,
    killed,
  };
}

/** Runs a trace through everything. */
export const compare = (trace: Trace): Comparison => ({
  trace: trace.name,
  jobs: trace.jobs.length,
  ours: figuresOf(trace, ours(defaults)),
  sample: figuresOf(trace, sample()),
  clairvoyantHours: clairvoyantHours(trace, usualSetup),
  curve: curveSettings.map((settings) => ({ ...settings, figures: figuresOf(trace, ours(settings)) })),
});
