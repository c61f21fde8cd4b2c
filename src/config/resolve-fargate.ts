import type { ParsedEnvironment } from './environment';
import type { ParsedFargate } from './fargate';
import type { EcsCluster, FargateFleet, FargateTask } from './fleet-model';
import { runnerIdentity } from './resolve-runners';

/** Fleets whose managers are an ECS service. */

/** Names of what belongs to a fleet of Fargate tasks besides its cluster, service, role and log group. */
export const fargateNames = (awsName: string) => ({
  workers: `${awsName}-workers`,
  execution: `${awsName}-execution`,
  orphans: `${awsName}-orphans`,
});

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

function resolveTask(task: ParsedTask, family: string, [first = '']: readonly string[]): FargateTask {
  return { ...task, family, subnetId: task.subnetId ?? first, cluster: taskCluster(task, family) };
}

/** The model of such a fleet. */
export function resolveFargate(
  name: string,
  fleet: ParsedFargate,
  prefix: string,
  { network }: ParsedEnvironment,
): FargateFleet {
  const awsName = `${prefix}-${name}`;
  const { cluster, managers } = fleet;
  return {
    ...fleet,
    name,
    awsName,
    names: fargateNames(awsName),
    cluster:
      cluster.type === 'create' ? madeCluster(awsName, 'FARGATE') : { kind: 'existing', arn: cluster.arn },
    managers: { ...managers, subnetIds: managers.subnetIds ?? network.subnetIds },
    runners: Object.entries(fleet.runners).map(([key, runner]) => ({
      ...runner,
      ...runnerIdentity(prefix, name, key, runner, fleet.concurrent),
      task: resolveTask(runner.task, `${awsName}-${key}`, network.subnetIds),
    })),
  };
}
