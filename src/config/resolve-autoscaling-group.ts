import type { ParsedAutoscalingGroup } from './autoscaling-group';
import type { ParsedEnvironment } from './environment';
import type { AutoscalingGroupFleet, Launch } from './fleet-model';
import type { Image } from './image-model';
import { defaultInstanceType } from './instance-types';
import { scalingName } from './names';
import type { Architecture } from './primitives';
import { resolveFleetImage, resolveRootVolume } from './resolve-machine';
import { resolveRegistries } from './resolve-registries';
import { runnerIdentity } from './resolve-runners';
import { architectureOfImage } from './rules/machine';
import { sumOfLimits } from './runner';

/** Fleets whose instances all run gitlab-runner. */

function resolveLaunch(launch: ParsedAutoscalingGroup['launch'], architecture: Architecture): Launch {
  const usual = defaultInstanceType[architecture];
  switch (launch.type) {
    case 'configuration':
      return { type: 'configuration', instanceType: launch.instanceType ?? usual };
    case 'template':
      return { type: 'template', instanceTypes: launch.instanceTypes ?? [usual], spot: launch.spot };
  }
}

const resolveScaling = (
  scaling: ParsedAutoscalingGroup['scaling'],
  awsName: string,
): AutoscalingGroupFleet['scaling'] =>
  scaling.type === 'fixed' ? scaling : { ...scaling, functionName: scalingName(awsName) };

/** The model of such a fleet. */
export function resolveAutoscalingGroup(
  name: string,
  fleet: ParsedAutoscalingGroup,
  prefix: string,
  parsed: ParsedEnvironment,
  images: readonly Image[],
): AutoscalingGroupFleet {
  const architecture = architectureOfImage(fleet.image, parsed.images) as Architecture;
  const image = resolveFleetImage(fleet.image, images);
  const awsName = `${prefix}-${name}`;
  return {
    ...fleet,
    name,
    awsName,
    architecture,
    image,
    launch: resolveLaunch(fleet.launch, architecture),
    rootVolume: resolveRootVolume(fleet.rootVolume, image),
    runners: Object.entries(fleet.runners).map(([key, runner]) => ({
      ...runner,
      ...runnerIdentity(prefix, name, key, runner, fleet.concurrent),
    })),
    registries: resolveRegistries(fleet),
    scaling: resolveScaling(fleet.scaling, awsName),
    jobsPerInstance: Math.min(fleet.concurrent, sumOfLimits(fleet.runners, fleet.concurrent)),
  };
}
