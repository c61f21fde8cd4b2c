import type { ParsedDockerAutoscaler } from './docker-autoscaler';
import type { AutoscalerRunner, DockerAutoscalerFleet, Workers } from './docker-autoscaler-model';
import { defaultInstanceType } from './instance-types';
import { workerGroupName } from './names';
import { resolveMachine, resolveManager, type Images } from './resolve-manager';
import { resolveRegistries } from './resolve-registries';
import { runnerIdentity } from './resolve-runners';
import { maxInstancesOf } from './worker-counts';

/** Fleets whose one manager starts machines for jobs. */

type ParsedRunner = ParsedDockerAutoscaler['runners'][string];

function resolveWorkers(
  runner: ParsedRunner,
  groupName: string,
  concurrent: number,
  images: Images,
): Workers {
  const { workers } = runner;
  const machine = resolveMachine(workers, images);
  return {
    ...workers,
    ...machine,
    groupName,
    instanceTypes: workers.instanceTypes ?? [defaultInstanceType[machine.architecture]],
    maxInstances: maxInstancesOf(runner, concurrent),
  };
}

/** The model of such a fleet. */
export function resolveDockerAutoscaler(
  name: string,
  fleet: ParsedDockerAutoscaler,
  prefix: string,
  images: Images,
): DockerAutoscalerFleet {
  const awsName = `${prefix}-${name}`;
  const { concurrent } = fleet;
  const resolveRunner = ([key, runner]: [string, ParsedRunner]): AutoscalerRunner => ({
    ...runner,
    ...runnerIdentity(prefix, name, key, runner, concurrent),
    workers: resolveWorkers(runner, workerGroupName(awsName, key), concurrent, images),
  });
  return {
    ...fleet,
    name,
    awsName,
    manager: resolveManager(fleet, images),
    registries: resolveRegistries(fleet),
    runners: Object.entries(fleet.runners).map(resolveRunner),
  };
}
