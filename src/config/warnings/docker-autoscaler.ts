import type { ParsedDockerAutoscaler } from '../docker-autoscaler';
import type { Warning } from '../model';
import { jobsOf, maxInstancesOf, roomOf } from '../worker-counts';
import { revealingVolumes, spotMessage } from './jobs';
import { ofEachRunner, warnIf } from './warn';

/** What should be known of a fleet whose manager starts machines for jobs. */

type ParsedRunner = ParsedDockerAutoscaler['runners'][string];

const managerWarnings = ({ refresh, metadataHopLimit }: ParsedDockerAutoscaler): Warning[] => [
  ...warnIf(
    refresh.minHealthyPercentage < 100,
    'refresh.minHealthyPercentage',
    'is below 100: AWS ends the old manager before it starts a new one, and no job starts meanwhile',
  ),
  ...warnIf(
    metadataHopLimit > 1,
    'metadataHopLimit',
    'is above 1: containers on the manager get its role, which may read the tokens',
  ),
];

/** Where jobs share a worker, one after the other or side by side, one that takes it over has the others. */
function isolationWarnings({ docker, workers }: ParsedRunner): Warning[] {
  if (workers.maxUseCount === 1 && workers.capacityPerInstance === 1) return [];
  const takeOver =
    'is on: a job can take over its worker, and with it the jobs beside and after it (capacityPerInstance 1 and maxUseCount 1 give each job a worker of its own)';
  const volumes = revealingVolumes(
    docker.volumes ?? [],
    'a job can take over its worker through it, and with it the jobs beside and after it',
  );
  return [
    ...warnIf(docker.privileged, 'docker.privileged', takeOver),
    ...warnIf(docker.servicesPrivileged === true, 'docker.servicesPrivileged', takeOver),
    ...warnIf(docker.pidMode === 'host', 'docker.pidMode', 'is host: jobs see every process of their worker'),
    ...volumes,
  ];
}

/** What gives jobs the role of their worker. */
const roleWarnings = ({ docker, workers }: ParsedRunner): Warning[] => [
  ...warnIf(
    docker.networkMode === 'host',
    'docker.networkMode',
    'is host: jobs reach the metadata service and with it the role of their worker',
  ),
  ...warnIf(
    workers.metadataHopLimit > 1,
    'workers.metadataHopLimit',
    'is above 1: job containers get the role of their worker',
  ),
];

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
  ...roleWarnings(runner),
  ...roomWarnings(runner, concurrent),
  ...policyWarnings(runner),
  ...spotWarnings(runner, concurrent),
];

/** Every warning of a fleet whose manager starts machines for jobs; paths from the fleet on. */
export const autoscalerWarnings = (fleet: ParsedDockerAutoscaler): Warning[] => [
  ...managerWarnings(fleet),
  ...ofEachRunner(fleet.runners, (runner) => runnerWarnings(runner, fleet.concurrent)),
];
