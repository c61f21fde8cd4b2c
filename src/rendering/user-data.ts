import type { AutoscalingGroupFleet, ManagerFleet } from '../config/fleet-model';
import type { Environment } from '../config/model';
import type { Provisioning } from '../provisioning/provisioning';
import { plainFile, renderCloudInit, secretFile, settingsFile, type WrittenFile } from './cloud-init';
import { managerLogs, renderCloudwatchAgent } from './cloudwatch-agent';
import { renderConfigTemplate } from './config-toml';
import { lifecycleHooks } from './lifecycle-hooks';
import { machinePaths } from './machine-paths';
import { renderRegistries } from './registries';

/** A fleet whose gitlab-runner runs on EC2 instances. */
type RunnerFleet = AutoscalingGroupFleet | ManagerFleet;

/** What only a manager needs. */
function managerSettings(fleet: RunnerFleet): Record<string, string> {
  switch (fleet.type) {
    case 'autoscaling-group':
      return {};
    case 'docker-autoscaler':
      // Its turn comes when the one before it is gone.
      return { RUNNER_UNIT: 'gitlab-runner-predecessor.service' };
    case 'docker-machine':
      // The one before it knows its own machines, and ends them: both may run at the same time.
      return { DEPLOYMENT_PATH: fleet.parameterPath };
  }
}

/** What only this fleet has. */
function settingsFiles(environment: Environment, fleet: RunnerFleet): WrittenFile[] {
  const { aws, gitlab } = environment;
  const certificates = gitlab.caCertificatePem;
  const logs = fleet.type === 'autoscaling-group' ? undefined : managerLogs;
  const registries = renderRegistries(fleet.registries);
  return [
    settingsFile({
      AWS_REGION: aws.region,
      AWS_DEFAULT_REGION: aws.region,
      AUTO_SCALING_GROUP: fleet.awsName,
      LAUNCH_HOOK: lifecycleHooks.launch.name,
      TERMINATION_HOOK: lifecycleHooks.termination.name,
      DRAIN_TIMEOUT_SECONDS: fleet.drainTimeoutSeconds,
      METRICS_PORT: fleet.metrics.port,
      ...managerSettings(fleet),
    }),
    plainFile(machinePaths.cloudwatchAgent, renderCloudwatchAgent(fleet.awsName, logs)),
    ...(certificates === undefined ? [] : [plainFile(machinePaths.gitlabCertificates, certificates)]),
    ...(registries === '' ? [] : [plainFile(machinePaths.registries, registries)]),
    secretFile(machinePaths.configTemplate, renderConfigTemplate(fleet, environment)),
  ];
}

/**
 * User data of the instances of a fleet that run gitlab-runner: its settings, and what provisions the machine where
 * the image doesn't have it yet.
 */
export const renderUserData = (
  environment: Environment,
  fleet: RunnerFleet,
  provisioning: Provisioning,
): Buffer =>
  renderCloudInit(
    {
      image: 'manager' in fleet ? fleet.manager.image : fleet.image,
      files: settingsFiles(environment, fleet),
      start: machinePaths.boot,
    },
    provisioning,
  );
