import type { ParsedAutoscalingGroup, ParsedImageChoice } from './autoscaling-group';
import type { ParsedEnvironment } from './environment';
import type { AutoscalingGroupFleet, FleetImage, Launch, RootVolume } from './fleet-model';
import { defaultGitlabRunnerVersion } from './image';
import type { Contents, Image } from './image-model';
import { defaultInstanceType } from './instance-types';
import { scalingName } from './names';
import type { Architecture } from './primitives';
import { runnerIdentity } from './resolve-runners';
import { architectureOfImage } from './rules/autoscaling-group';
import { sumOfLimits } from './runner';

/** Fleets whose instances all run gitlab-runner. */

/** What a given AMI without our provisioning gets at first boot. */
const standardContents: Contents = {
  gitlabRunnerVersion: defaultGitlabRunnerVersion,
  packages: [],
  scripts: [],
  files: [],
};

function resolveFleetImage(choice: ParsedImageChoice, images: readonly Image[]): FleetImage {
  if ('packer' in choice) {
    const image = images.find(({ name }) => name === choice.packer) as Image;
    return { kind: 'packer', image, ownerAccountId: choice.ownerAccountId };
  }
  if ('ami' in choice)
    return {
      kind: 'ami',
      amiId: choice.ami,
      rootDeviceName: choice.rootDeviceName,
      firstBoot: choice.provisioned ? undefined : standardContents,
    };
  const { stock, gitlabRunnerVersion, packages, scripts, files } = choice;
  return { kind: 'stock', base: stock, firstBoot: { gitlabRunnerVersion, packages, scripts, files } };
}

/** Size of the root volume of a stock image when nothing is said: room for job images. */
const stockRootVolumeGib = 30;

function resolveRootVolume(volume: ParsedAutoscalingGroup['rootVolume'], image: FleetImage): RootVolume {
  const own =
    image.kind === 'packer'
      ? image.image.rootVolumeGib
      : image.kind === 'stock'
        ? stockRootVolumeGib
        : undefined;
  const { sizeGib = own, type, iops, throughputMibps } = volume;
  return { sizeGib, type, iops, throughputMibps };
}

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
    scaling: resolveScaling(fleet.scaling, awsName),
    jobsPerInstance: Math.min(fleet.concurrent, sumOfLimits(fleet.runners, fleet.concurrent)),
  };
}
