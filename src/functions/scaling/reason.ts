import { jobsOn, sum } from './load';
import type { Situation } from './situation';
import type { ScalingMetrics, Tick } from './tick';

/** Why, in one sentence with the numbers. */

const counted = (number: number, one: string): string => `${number} ${number === 1 ? one : `${one}s`}`;

const are = (number: number, one: string, many: string): string => (number === 1 ? one : many);

function waitingWords({ queue }: Situation, { WaitingJobs }: ScalingMetrics): string {
  if (!queue.isKnown) return ' and nobody knows how many wait';
  return WaitingJobs === 0 ? '' : ` and ${WaitingJobs} ${are(WaitingJobs, 'waits', 'wait')}`;
}

function loadWords(situation: Situation, metrics: ScalingMetrics): string {
  const { taking } = situation;
  const places = sum(taking.map(({ load }) => load.capacity));
  const running = sum(taking.map(({ load }) => jobsOn(load)));
  const jobs = `${counted(running, 'job')} ${are(running, 'runs', 'run')}`;
  return `${jobs}${waitingWords(situation, metrics)} on ${counted(taking.length, 'instance')} (${counted(places, 'place')})`;
}

/** What else there is, where there is any. */
function otherWords({ coming }: Situation, { DrainingInstances, ScrapeFailures }: ScalingMetrics): string {
  const others = [
    [coming, 'coming'],
    [DrainingInstances, 'draining'],
    [ScrapeFailures, "that can't be asked"],
  ] as const;
  return others.map(([number, what]) => (number === 0 ? '' : `, ${number} ${what}`)).join('');
}

function changeWords(before: number, after: number): string {
  if (after === before) return `stays at ${before}`;
  return `${Math.abs(after - before)} ${after > before ? 'more' : 'fewer'} ${are(Math.abs(after - before), 'instance', 'instances')}`;
}

/** The sentence: `12 jobs run and 5 wait on 3 instances (12 places): 2 more instances`. */
export function reasonOf(
  { group }: Tick,
  situation: Situation,
  metrics: ScalingMetrics,
  desired: number,
): string {
  const { needed } = situation;
  const bound = needed > group.max ? `, at the maximum of ${group.max} (${needed} wanted)` : '';
  const seen = `${loadWords(situation, metrics)}${otherWords(situation, metrics)}`;
  return `${seen}: ${changeWords(group.desired, desired)}${bound}`;
}
