import { samplesOf, type Sample } from './exposition';
import { sum } from './load';
import type { Load, RunnerLoad } from './tick';

/**
 * What gitlab-runner's metrics page says of an instance.
 * @see https://docs.gitlab.com/runner/monitoring/
 */

const concurrent = 'gitlab_runner_concurrent';
const jobs = 'gitlab_runner_jobs';
const jobsTotal = 'gitlab_runner_jobs_total';
const limit = 'gitlab_runner_limit';
const processState = 'gitlab_runner_process_state_info';
const queueSize = 'gitlab_runner_job_queue_size';

/** Every page has it, and pages are sorted by name: with it, nothing that is read here can have been cut off. */
const versionInfo = 'gitlab_runner_version_info';

const names = new Set([concurrent, jobs, jobsTotal, limit, processState, queueSize, versionInfo]);

type Samples = readonly Sample[];

const named = (samples: Samples, name: string): Samples => samples.filter((sample) => sample.name === name);

const valuesOf = (samples: Samples, name: string): number[] => named(samples, name).map(({ value }) => value);

/**
 * As the configuration has it; two entries of one token add up. A runner that is no longer in the configuration ends
 * its jobs and starts none.
 */
function limitOf(samples: Samples): number {
  const limits = valuesOf(samples, limit);
  if (limits.length === 0) return sum(valuesOf(samples, jobs));
  return limits.includes(0) ? 0 : sum(limits);
}

function runnerOf(runner: string, samples: Samples): RunnerLoad {
  const sizes = valuesOf(samples, queueSize);
  return {
    runner,
    jobs: sum(valuesOf(samples, jobs)),
    limit: limitOf(samples),
    received: sum(valuesOf(samples, jobsTotal)),
    queueSize: sizes.length === 0 ? undefined : Math.max(...sizes),
  };
}

/** Runners that are configured, or still have a job. */
const isThere = (samples: Samples): boolean =>
  named(samples, limit).length > 0 || sum(valuesOf(samples, jobs)) > 0;

function runnersOf(samples: Samples): RunnerLoad[] {
  const byRunner = new Map<string, Sample[]>();
  for (const sample of samples.filter(({ name }) => [jobs, jobsTotal, limit, queueSize].includes(name))) {
    const runner = sample.labels.get('runner');
    if (runner === undefined) throw new Error(`the page has a line of ${sample.name} without a runner`);
    byRunner.set(runner, [...(byRunner.get(runner) ?? []), sample]);
  }
  return [...byRunner].filter(([, own]) => isThere(own)).map(([runner, own]) => runnerOf(runner, own));
}

/** Whether the process asks for jobs. Older versions of gitlab-runner don't say. */
function takesJobs(samples: Samples): boolean {
  const states = named(samples, processState).filter(({ value }) => value === 1);
  return states.every(({ labels }) => labels.get('state') === 'running');
}

/** What an instance's metrics page says; an error where it is no such page or not all of it. */
export function loadOf(page: string): Load {
  const samples = samplesOf(page, names);
  const [capacity, ...more] = valuesOf(samples, concurrent);
  if (capacity === undefined || more.length > 0) throw new Error(`the page must have one ${concurrent}`);
  if (valuesOf(samples, versionInfo).length === 0) throw new Error(`the page has no ${versionInfo}`);
  return { capacity, takesJobs: takesJobs(samples), runners: runnersOf(samples) };
}
