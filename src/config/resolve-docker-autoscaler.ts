import type { ParsedDockerAutoscaler } from './docker-autoscaler';
import type { AutoscalerRunner, DockerAutoscalerFleet, Manager, Workers } from './docker-autoscaler-model';
import type { ParsedEnvironment } from './environment';
import type { ParsedImageChoice } from './image-choice';
import type { Image } from './image-model';
import { defaultInstanceType, defaultManagerInstanceType } from './instance-types';
import { workerGroupName } from './names';
import type { Architecture } from './primitives';
import { resolveFleetImage, resolveRootVolume } from './resolve-machine';
import { resolveRegistries } from './resolve-registries';
import { runnerIdentity } from './resolve-runners';
import type { ParsedRootVolume } from './root-volume';
import { architectureOfImage } from './rules/machine';
import { maxInstancesOf } from './worker-counts';

/** Fleets whose one manager starts machines for jobs. */

/** The images of an environment, as parsed and as resolved. */
interface Images {
  readonly parsed: ParsedEnvironment['images'];
  readonly resolved: readonly Image[];
}

function resolveMachine(
  choice: { readonly image: ParsedImageChoice; readonly rootVolume: ParsedRootVolume },
  images: Images,
) {
  const image = resolveFleetImage(choice.image, images.resolved);
  return {
    architecture: architectureOfImage(choice.image, images.parsed) as Architecture,
    image,
    rootVolume: resolveRootVolume(choice.rootVolume, image),
  };
}

function resolveManager(manager: ParsedDockerAutoscaler['manager'], images: Images): Manager {
  const machine = resolveMachine(manager, images);
  const { instanceType = defaultManagerInstanceType[machine.architecture], keyName } = manager;
  return { ...machine, instanceType, keyName };
}

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
  parsed: ParsedEnvironment,
  resolved: readonly Image[],
): DockerAutoscalerFleet {
  const awsName = `${prefix}-${name}`;
  const { concurrent } = fleet;
  const images = { parsed: parsed.images, resolved };
  const resolveRunner = ([key, runner]: [string, ParsedRunner]): AutoscalerRunner => ({
    ...runner,
    ...runnerIdentity(prefix, name, key, runner, concurrent),
    workers: resolveWorkers(runner, workerGroupName(awsName, key), concurrent, images),
  });
  return {
    ...fleet,
    name,
    awsName,
    manager: resolveManager(fleet.manager, images),
    registries: resolveRegistries(fleet),
    runners: Object.entries(fleet.runners).map(resolveRunner),
  };
}
