import type { ParsedImageChoice } from './autoscaling-group';
import type { ParsedEnvironment, ParsedFleet } from './environment';
import { defaultGitlabRunnerVersion } from './image';
import { defaultBuildInstanceType, defaultInstanceType } from './instance-types';
import type {
  AutoscalingGroupFleet,
  FleetImage,
  Launch,
  RootVolume,
  Runner,
  RunnerToken,
} from './fleet-model';
import type { Contents, Image } from './image-model';
import type { Environment, SessionLogging } from './model';
import {
  claimedNames,
  defaultSessionDocument,
  drainName,
  madeNames,
  prefixOf,
  scalingName,
  secretNameOf,
  sessionName,
} from './names';
import type { Architecture } from './primitives';
import { limitOr, sumOfLimits } from './runner';
import { architectureOfImage } from './rules/fleet';
import { warningsOf } from './warnings';

/** From what people wrote to the model: defaults that depend on other fields, references, AWS names. */

/** Partition of a region. @see https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html */
function partitionOf(region: string): string {
  const others = { 'cn-': 'aws-cn', 'us-gov-': 'aws-us-gov', 'us-iso-': 'aws-iso', 'us-isob-': 'aws-iso-b' };
  return Object.entries(others).find(([start]) => region.startsWith(start))?.[1] ?? 'aws';
}

function resolveToken(
  prefix: string,
  fleet: string,
  runner: string,
  token: ParsedFleet['runners'][string]['token'],
): RunnerToken {
  if (token === undefined || 'secretName' in token)
    return { kind: 'made', secretName: secretNameOf(prefix, fleet, runner, token?.secretName) };
  return 'secretArn' in token
    ? { kind: 'secret', secretArn: token.secretArn, kmsKeyArn: token.kmsKeyArn }
    : { kind: 'parameter', parameterArn: token.parameterArn, kmsKeyArn: token.kmsKeyArn };
}

const resolveRunners = (prefix: string, fleet: string, { runners, concurrent }: ParsedFleet): Runner[] =>
  Object.entries(runners).map(([key, runner]) => ({
    ...runner,
    key,
    limit: limitOr(runner.limit, concurrent),
    name: `${prefix}-${fleet}-${key}`,
    token: resolveToken(prefix, fleet, key, runner.token),
  }));

function resolveImages({ images, network }: ParsedEnvironment): Image[] {
  return Object.entries(images).map(([name, image]) => ({
    ...image,
    name,
    copyToRegions: Object.entries(image.copyToRegions).map(([region, { kmsKeyArn }]) => ({
      region,
      kmsKeyArn,
    })),
    build: {
      instanceType: image.build.instanceType ?? defaultBuildInstanceType[image.architecture],
      subnetId: image.build.subnetId ?? (network.subnetIds[0] as string),
      iamInstanceProfile: image.build.iamInstanceProfile,
      sshInterface: image.build.sshInterface,
    },
  }));
}

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

function resolveRootVolume(volume: ParsedFleet['rootVolume'], image: FleetImage): RootVolume {
  const own =
    image.kind === 'packer'
      ? image.image.rootVolumeGib
      : image.kind === 'stock'
        ? stockRootVolumeGib
        : undefined;
  const { sizeGib = own, type, iops, throughputMibps } = volume;
  return { sizeGib, type, iops, throughputMibps };
}

function resolveLaunch(launch: ParsedFleet['launch'], architecture: Architecture): Launch {
  const usual = defaultInstanceType[architecture];
  switch (launch.type) {
    case 'configuration':
      return { type: 'configuration', instanceType: launch.instanceType ?? usual };
    case 'template':
      return { type: 'template', instanceTypes: launch.instanceTypes ?? [usual], spot: launch.spot };
  }
}

const resolveScaling = (
  scaling: ParsedFleet['scaling'],
  awsName: string,
): AutoscalingGroupFleet['scaling'] =>
  scaling.type === 'fixed' ? scaling : { ...scaling, functionName: scalingName(awsName) };

function resolveFleet(
  name: string,
  fleet: ParsedFleet,
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
    runners: resolveRunners(prefix, name, fleet),
    scaling: resolveScaling(fleet.scaling, awsName),
    jobsPerInstance: Math.min(fleet.concurrent, sumOfLimits(fleet.runners, fleet.concurrent)),
  };
}

function resolveSessionLogging(
  prefix: string,
  { document, ...rest }: ParsedEnvironment['sessionLogging'],
): SessionLogging {
  const isAccountDefault = document === 'account-default';
  return {
    documentName: isAccountDefault ? defaultSessionDocument : sessionName(prefix),
    isAccountDefault,
    logGroupName: sessionName(prefix),
    ...rest,
  };
}

/** The model of a parsed environment. */
export function resolve(name: string, parsed: ParsedEnvironment): Environment {
  const prefix = prefixOf(parsed.project, name);
  const images = resolveImages(parsed);
  const { region, accountId, assumeRoleArn, permissionsBoundaryArn } = parsed.aws;
  return {
    name,
    prefix,
    names: [...madeNames(name, parsed), ...claimedNames(parsed)],
    project: parsed.project,
    aws: { region, partition: partitionOf(region), accountId, assumeRoleArn, permissionsBoundaryArn },
    gitlab: { url: parsed.gitlab.url.replace(/\/+$/, ''), caCertificatePem: parsed.gitlab.caCertificatePem },
    state: parsed.state,
    network: parsed.network,
    kmsKeyArn: parsed.encryption.kmsKeyArn,
    retentionDays: parsed.logs.retentionDays,
    sessionLogging: resolveSessionLogging(prefix, parsed.sessionLogging),
    drainDocumentName: drainName(prefix),
    secretRecoveryDays: parsed.secretRecoveryDays,
    tags: parsed.tags,
    images,
    fleets: Object.entries(parsed.fleets).map(([fleet, content]) =>
      resolveFleet(fleet, content, prefix, parsed, images),
    ),
    warnings: warningsOf(parsed),
  };
}
