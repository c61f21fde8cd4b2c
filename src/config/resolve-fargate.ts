import type { ParsedEnvironment } from './environment';
import type { ParsedFargate } from './fargate';
import type { ContainerImage, EcsCluster, FargateFleet, FargateTask } from './fleet-model';
import { defaultGitlabRunnerVersion } from './image';
import { ecrRepositoryName, fargateNames, taskFamily, type ContainerImageKind } from './names';
import type { Architecture } from './primitives';
import { knownSubnetIds } from './resolve-network';
import { secretOf } from './resolve-registries';
import { runnerIdentity } from './resolve-runners';

/** Fleets whose managers are an ECS service. */

const madeCluster = (name: string, capacityProvider: 'FARGATE' | 'FARGATE_SPOT'): EcsCluster => ({
  kind: 'made',
  name,
  capacityProvider,
});

/** Jobs on spot capacity need a cluster whose default it is: the driver names no strategy. */
function taskCluster({ spot, cluster }: ParsedTask, family: string): EcsCluster | undefined {
  if (spot) return madeCluster(family, 'FARGATE_SPOT');
  return cluster === undefined ? undefined : { kind: 'existing', arn: cluster.arn };
}

type ParsedTask = ParsedFargate['runners'][string]['task'];

/** The given image, or ours. */
const resolveImage = (
  given: string | undefined,
  image: ContainerImageKind,
  architecture: Architecture,
  prefix: string,
  credentials: ParsedFargate['registryCredentials'],
): ContainerImage =>
  given === undefined
    ? {
        kind: 'built',
        image,
        repository: ecrRepositoryName(prefix, image),
        gitlabRunnerVersion: defaultGitlabRunnerVersion,
        architecture,
      }
    : { kind: 'given', name: given, credentials: secretOf(given, credentials) };

function resolveTask(
  task: ParsedTask,
  family: string,
  prefix: string,
  knownSubnetId: string | undefined,
  credentials: ParsedFargate['registryCredentials'],
): FargateTask {
  return {
    ...task,
    family,
    image: resolveImage(task.image, 'worker', task.architecture, prefix, credentials),
    subnetId: task.subnetId ?? knownSubnetId,
    cluster: taskCluster(task, family),
  };
}

/** The model of such a fleet. */
export function resolveFargate(
  name: string,
  fleet: ParsedFargate,
  prefix: string,
  { network }: ParsedEnvironment,
): FargateFleet {
  const awsName = `${prefix}-${name}`;
  const { cluster, managers, registryCredentials } = fleet;
  const subnetIds = knownSubnetIds(network);
  return {
    ...fleet,
    name,
    awsName,
    names: fargateNames(awsName),
    cluster:
      cluster.type === 'create' ? madeCluster(awsName, 'FARGATE') : { kind: 'existing', arn: cluster.arn },
    managers: {
      ...managers,
      image: resolveImage(managers.image, 'manager', 'x86_64', prefix, registryCredentials),
      subnetIds: managers.subnetIds ?? subnetIds,
    },
    runners: Object.entries(fleet.runners).map(([key, runner]) => ({
      ...runner,
      ...runnerIdentity(prefix, name, key, runner, fleet.concurrent),
      task: resolveTask(runner.task, taskFamily(awsName, key), prefix, subnetIds?.[0], registryCredentials),
    })),
  };
}
