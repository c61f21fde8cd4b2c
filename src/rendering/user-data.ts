import type { AutoscalingGroupFleet, ManagerFleet } from '../config/fleet-model';
import type { Environment } from '../config/model';
import type { FirstBootPart, Provisioning } from '../provisioning/provisioning';
import {
  mirrorFiles,
  plainFile,
  renderCloudInit,
  secretFile,
  settingsFile,
  type WrittenFile,
} from './cloud-init';
import { dockerMachineLogs, managerLogs, renderCloudwatchAgent } from './cloudwatch-agent';
import { renderConfigTemplate } from './config-toml';
import { registryMirrorUrl } from './docker-daemon';
import { dockerMachineSettings } from './docker-machine-settings';
import { lifecycleHooks } from './lifecycle-hooks';
import { machinePaths } from './machine-paths';
import { proxyVariables } from './proxy';
import { registryHost, renderRegistry, runsRegistry } from './own-registry';
import { renderRegistries } from './registries';

/** A fleet whose gitlab-runner runs on EC2 instances. */
type RunnerFleet = AutoscalingGroupFleet | ManagerFleet;

/** How gitlab-runner is started, and what a manager looks for. */
function startSettings(fleet: RunnerFleet): Record<string, string> {
  switch (fleet.type) {
    case 'autoscaling-group':
      return {};
    case 'docker-autoscaler':
      // Its turn comes when the one before it is gone.
      return { RUNNER_UNIT: 'gitlab-runner-predecessor.service' };
    case 'docker-machine':
      return {
        ...dockerMachineSettings,
        DEPLOYMENT_PATH: fleet.parameterPath,
        ...(fleet.forceDelete && { FORCE_DELETE: 'true' }),
      };
  }
}

/** What only a manager needs. */
const managerSettings = (environment: Environment, fleet: RunnerFleet): Record<string, string> => ({
  ...startSettings(fleet),
  ...(runsRegistry(environment, fleet) && { REGISTRY_HOST: registryHost(fleet) }),
});

/** A manager that runs a mirror does not ask it itself; any other machine asks the one that there is. */
const mirror = (environment: Environment, fleet: RunnerFleet): WrittenFile[] =>
  runsRegistry(environment, fleet)
    ? [plainFile(machinePaths.registry, renderRegistry(environment, fleet))]
    : mirrorFiles(registryMirrorUrl(environment, fleet));

const parts: Readonly<Record<RunnerFleet['type'], readonly FirstBootPart[]>> = {
  'autoscaling-group': ['runner', 'disk'],
  'docker-autoscaler': ['runner', 'predecessor'],
  'docker-machine': ['runner', 'machines'],
};

const partsOf = (environment: Environment, fleet: RunnerFleet): FirstBootPart[] => [
  ...parts[fleet.type],
  ...(runsRegistry(environment, fleet) ? (['registry'] as const) : []),
];

const logsOf = ({ type }: RunnerFleet) => {
  switch (type) {
    case 'autoscaling-group':
      return undefined;
    case 'docker-autoscaler':
      return managerLogs;
    case 'docker-machine':
      return dockerMachineLogs;
  }
};

/** What only this fleet has. */
function settingsFiles(environment: Environment, fleet: RunnerFleet): WrittenFile[] {
  const { aws, gitlab } = environment;
  const certificates = gitlab.caCertificatePem;
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
      ...managerSettings(environment, fleet),
    }),
    plainFile(machinePaths.cloudwatchAgent, renderCloudwatchAgent(fleet.awsName, logsOf(fleet))),
    ...mirror(environment, fleet),
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
      parts: partsOf(environment, fleet),
      proxyVariables: proxyVariables(environment),
      files: settingsFiles(environment, fleet),
      start: machinePaths.boot,
    },
    provisioning,
  );
