import type { ParsedDockerAutoscaler } from '../docker-autoscaler';
import type { Warning } from '../model';
import { jobsOf, maxInstancesOf, roomOf } from '../worker-counts';
import { spotMessage } from './jobs';
import { jobRoleWarnings, managerWarnings, sharingWarnings } from './manager';
import { ofEachRunner, warnIf } from './warn';

/** What should be known of a fleet whose manager starts machines for jobs. */

type ParsedRunner = ParsedDockerAutoscaler['runners'][string];

/** Nothing that jobs do to their worker reaches another job where each has one of its own. */
const isolationWarnings = ({ docker, workers }: ParsedRunner): Warning[] =>
  workers.maxUseCount === 1 && workers.capacityPerInstance === 1
    ? []
    : sharingWarnings(docker, {
        machine: 'worker',
        alone: 'capacityPerInstance 1 and maxUseCount 1 give each job a worker of its own',
      });

/** A limit and workers that don't fit each other. */
function roomWarnings(runner: ParsedRunner, concurrent: number): Warning[] {
  const [jobs, room] = [jobsOf(runner, concurrent), roomOf(runner, concurrent)];
  const isGiven = runner.workers.maxInstances !== undefined;
  return [
    ...warnIf(
      room < jobs,
      'workers.maxInstances',
      `leaves room for ${room} jobs, but the runner's limit is ${jobs}: the rest of it is never used`,
    ),
    ...warnIf(
      isGiven && room > jobs,
      'limit',
      `lets ${jobs} jobs run at the same time, but the workers have room for ${room}`,
    ),
  ];
}

/** Nothing would ever be ready, and so no job be asked for. */
const policyWarnings = ({ workers: { policies } }: ParsedRunner): Warning[] =>
  policies.flatMap(({ preemptiveMode, idleCount, scaleFactor }, index) =>
    warnIf(
      preemptiveMode === true && idleCount === 0 && scaleFactor === 0,
      `workers.policies[${index}].preemptiveMode`,
      'is on, but no place for a job is kept ready: in its periods no worker starts, and no job',
    ),
  );

function spotWarnings(runner: ParsedRunner, concurrent: number): Warning[] {
  const { spot } = runner.workers;
  if (spot === undefined) return [];
  return [{ path: 'workers.spot', message: spotMessage(spot, maxInstancesOf(runner, concurrent)) }];
}

const runnerWarnings = (runner: ParsedRunner, concurrent: number): Warning[] => [
  ...isolationWarnings(runner),
  ...jobRoleWarnings(runner.docker, runner.workers, 'workers'),
  ...roomWarnings(runner, concurrent),
  ...policyWarnings(runner),
  ...spotWarnings(runner, concurrent),
];

/** Every warning of a fleet whose manager starts machines for jobs; paths from the fleet on. */
export const autoscalerWarnings = (fleet: ParsedDockerAutoscaler): Warning[] => [
  ...managerWarnings(fleet),
  ...ofEachRunner(fleet.runners, (runner) => runnerWarnings(runner, fleet.concurrent)),
];
