import { horizonOf } from './simulation';
import type { Trace } from './trace';
import type { Setup } from './world';

/** Seconds from one moment to another. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** When how many jobs run if none waits, as changes by time. */
const changesOf = ({ jobs }: Trace): (readonly [time: number, change: number])[] =>
  jobs
    .flatMap(({ arrival, duration }) => [[arrival, 1] as const, [arrival + duration, -1] as const])
    .sort((one, other) => one[0] - other[0] || one[1] - other[1]);

/** When the first, the second and each further instance is needed. */
function levelsOf(trace: Trace, { min, concurrency }: Setup): Span[][] {
  const levels: Span[][] = [];
  const since: number[] = [];
  let running = 0;
  for (const [time, change] of changesOf(trace)) {
    running += change;
    const needed = Math.max(min, Math.ceil(running / concurrency));
    while (since.length < needed - min) since.push(time);
    while (since.length > needed - min) {
      const from = since.pop() as number;
      (levels[since.length] ??= []).push({ from, to: time });
    }
  }
  return levels;
}

/** Seconds that one instance costs: each gap is either paid, or a launch and a drain are. */
function costOf(spans: readonly Span[], overhead: number): number {
  let [seconds, last] = [0, -Infinity];
  for (const { from, to } of spans) {
    seconds += to - from + Math.min(overhead, from - last);
    last = to;
  }
  return seconds;
}

/**
 * Instance-hours that no scaler can stay below if no job is to wait, though it knew every arrival and duration. At each
 * moment there are just as many instances as the jobs fill that have come and not ended, at least the minimum; each is
 * launched so early that it is ready when it is needed, and kept through a gap that costs less than a launch and a
 * drain. Jobs move between instances as they like, which real ones don't: so nobody quite reaches it.
 */
export function clairvoyantHours(trace: Trace, setup: Setup): number {
  const overhead = setup.launchSeconds + setup.drainSeconds;
  const above = levelsOf(trace, setup).map((spans) => costOf(spans, overhead));
  return above.reduce((total, one) => total + one, setup.min * horizonOf(trace)) / 3600;
}
