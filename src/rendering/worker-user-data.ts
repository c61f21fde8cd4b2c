import type { Workers } from '../config/docker-autoscaler-model';
import type { Fleet } from '../config/fleet-model';
import type { Environment } from '../config/model';
import type { Provisioning } from '../provisioning/provisioning';
import { mirrorFiles, plainFile, renderCloudInit, settingsFile, type WrittenFile } from './cloud-init';
import { renderCloudwatchAgent, workerLogs } from './cloudwatch-agent';
import { registryMirrorUrl } from './docker-daemon';
import { machinePaths } from './machine-paths';
import { proxyVariables } from './proxy';

/** Sessions and unauthenticated connections beyond those of jobs, which are sshd's own defaults. */
const sessionsBeyondJobs = 10;
const connectionsBeyondJobs = 100;

/**
 * GitLab asks for two sessions for each job; with sshd's default of 10, jobs would fail on a worker that has several.
 * @see https://docs.gitlab.com/runner/executors/instance/
 */
function renderSshd({ capacityPerInstance }: Workers): string {
  const sessions = sessionsBeyondJobs + 2 * capacityPerInstance;
  return `MaxSessions ${sessions}\nMaxStartups ${sessions}:30:${connectionsBeyondJobs + sessions}\n`;
}

function files(environment: Environment, fleet: Pick<Fleet, 'awsName'>, workers: Workers): WrittenFile[] {
  const { aws } = environment;
  return [
    settingsFile({ AWS_REGION: aws.region, AWS_DEFAULT_REGION: aws.region, WORKER_USER: workers.sshUser }),
    plainFile(machinePaths.cloudwatchAgent, renderCloudwatchAgent(workers.groupName, workerLogs)),
    plainFile(machinePaths.workerSshd, renderSshd(workers)),
    ...mirrorFiles(registryMirrorUrl(environment, fleet)),
  ];
}

/** User data of workers: no configuration of gitlab-runner, and nothing that asks for a token. */
export const renderWorkerUserData = (
  environment: Environment,
  fleet: Pick<Fleet, 'awsName'>,
  workers: Workers,
  provisioning: Provisioning,
): Buffer =>
  renderCloudInit(
    {
      image: workers.image,
      parts: ['worker', 'disk'],
      proxyVariables: proxyVariables(environment),
      files: files(environment, fleet, workers),
      start: machinePaths.worker,
    },
    provisioning,
  );
