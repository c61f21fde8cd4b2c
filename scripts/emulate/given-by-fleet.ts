import type { DockerAutoscalerFleet } from '../../src/config/docker-autoscaler-model';
import type { DockerMachineFleet, JobMachine } from '../../src/config/docker-machine-model';
import type { AutoscalingGroupFleet, FargateFleet, Fleet } from '../../src/config/fleet-model';
import type { Environment } from '../../src/config/model';
import type { Provisioning } from '../../src/provisioning/provisioning';
import { imageHashTag } from '../../src/rendering/packer-template';
import { stockImages, stockParameter } from '../../src/rendering/stock-image';
import { builtImagesOf } from '../docker/images';
import type { Given, GivenContainerImage, GivenImage } from './start-emulator';

/** What fleets refer to as given. */

/** What there is of images. */
export interface GivenImages {
  /** Knows the hashes of ours. */
  readonly provisioning: Provisioning;
  /** Whether there are any. */
  readonly withImages: boolean;
}

/** In the account and region of the environment. */
type GivenThere = Partial<Given>;

/** Those values that there are. */
export const present = (...values: readonly (string | undefined)[]): string[] =>
  values.filter((value) => value !== undefined);

/** What fleets of every type refer to. */
function everyFleetGiven({
  runners,
  securityGroupIds,
  metrics,
  sessionServer,
  registryCredentials,
}: Fleet): GivenThere {
  const registries = Object.values(registryCredentials);
  const tokens = runners.map(({ token }) => token);
  return {
    securityGroupIds: [
      ...securityGroupIds,
      ...metrics.allowedSecurityGroupIds,
      ...(sessionServer?.allowedSecurityGroupIds ?? []),
    ],
    secretArns: [
      ...tokens.flatMap((token) => (token.kind === 'secret' ? [token.secretArn] : [])),
      ...registries.map(({ secretArn }) => secretArn),
    ],
    parameterArns: tokens.flatMap((token) => (token.kind === 'parameter' ? [token.parameterArn] : [])),
    kmsKeyArns: [
      ...tokens.flatMap((token) => (token.kind === 'made' ? [] : present(token.kmsKeyArn))),
      ...present(...registries.map(({ kmsKeyArn }) => kmsKeyArn)),
    ],
  };
}

/** A machine, as far as its image is concerned. */
type ImageOfMachine = Pick<AutoscalingGroupFleet | JobMachine, 'image' | 'architecture'>;

/** An AMI as Packer would have left it, or one that is pinned. */
function imagesOf(
  { image, architecture }: ImageOfMachine,
  project: string,
  provisioning: Provisioning,
): GivenImage[] {
  switch (image.kind) {
    case 'packer': {
      const hash = provisioning.hashOf(image.image);
      const { ownerAccountId } = image;
      return [
        {
          name: `${project}-${image.image.name}-${hash}-20260101000000`,
          architecture: image.image.architecture,
          rootDeviceName: stockImages[image.image.base].rootDeviceName,
          tags: { [imageHashTag]: hash },
          ...(ownerAccountId === undefined ? {} : { ownerAccountId }),
        },
      ];
    }
    case 'ami': {
      const { amiId: imageId, rootDeviceName } = image;
      return [{ imageId, name: `given-${imageId}`, architecture, rootDeviceName }];
    }
    case 'stock':
      return [];
  }
}

/** Ids of the AMIs that stand for the distributions' own. */
const stockAmi = {
  'amazon-linux-2023': { x86_64: 'ami-0a1b2c3d4e5f60718', arm64: 'ami-0a1b2c3d4e5f60719' },
  'ubuntu-24.04': { x86_64: 'ami-0a1b2c3d4e5f6071a', arm64: 'ami-0a1b2c3d4e5f6071b' },
};

/** What machines are started from. */
export const machinesGiven = (
  machines: readonly ImageOfMachine[],
  { project }: Environment,
  { provisioning, withImages }: GivenImages,
): GivenThere => ({
  images: withImages ? machines.flatMap((machine) => imagesOf(machine, project, provisioning)) : [],
  publicParameters: Object.fromEntries(
    machines.flatMap(({ image, architecture }) =>
      image.kind === 'stock'
        ? [[stockParameter(image.base, architecture), stockAmi[image.base][architecture]]]
        : [],
    ),
  ),
});

/** What a group of instances refers to besides. */
const groupGiven = (
  fleet: AutoscalingGroupFleet,
  environment: Environment,
  images: GivenImages,
): GivenThere => ({
  keyNames: present(fleet.keyName),
  policyArns: fleet.policyArns,
  ...machinesGiven([fleet], environment, images),
});

/** What a manager and its workers refer to besides. */
function autoscalerGiven(
  { manager, policyArns, runners }: DockerAutoscalerFleet,
  environment: Environment,
  images: GivenImages,
): GivenThere {
  const workers = runners.map((runner) => runner.workers);
  return {
    keyNames: present(manager.keyName),
    policyArns: [...policyArns, ...workers.flatMap((one) => one.policyArns)],
    subnetIds: workers.flatMap((one) => one.subnetIds ?? []),
    securityGroupIds: workers.flatMap((one) => one.securityGroupIds),
    ...machinesGiven([manager, ...workers], environment, images),
  };
}

/** What a manager and the machines of its Docker Machine refer to besides. */
function dockerMachineGiven(
  { manager, policyArns, runners }: DockerMachineFleet,
  environment: Environment,
  images: GivenImages,
): GivenThere {
  const machines = runners.map((runner) => runner.machine);
  return {
    keyNames: present(manager.keyName),
    policyArns: [...policyArns, ...machines.flatMap((one) => one.policyArns)],
    subnetIds: present(...machines.map((one) => one.subnetId)),
    securityGroupIds: machines.flatMap((one) => one.securityGroupIds),
    ...machinesGiven([manager, ...machines], environment, images),
  };
}

/** The images of ours that a fleet's tasks run, as `docker:build` would have left them. */
const containerImagesOf = (fleet: FargateFleet, provisioning: Provisioning): GivenContainerImage[] =>
  builtImagesOf(fleet).map((image) => ({
    repository: image.repository,
    tag: provisioning.containerImage(image).hash,
    architecture: image.architecture,
  }));

/** ARNs of the clusters that exist. */
export const clustersOf = ({ cluster, runners }: FargateFleet): string[] =>
  [cluster, ...runners.map(({ task }) => task.cluster)].flatMap((one) =>
    one?.kind === 'existing' ? [one.arn] : [],
  );

/** What a fleet of Fargate tasks refers to besides. Nothing looks up images that are not ours. */
function fargateGiven(fleet: FargateFleet, { provisioning, withImages }: GivenImages): GivenThere {
  const tasks = fleet.runners.map(({ task }) => task);
  return {
    clusters: clustersOf(fleet),
    subnetIds: [...(fleet.managers.subnetIds ?? []), ...present(...tasks.map(({ subnetId }) => subnetId))],
    securityGroupIds: present(...tasks.map(({ securityGroupId }) => securityGroupId)),
    roleArns: present(...tasks.map(({ taskRoleArn }) => taskRoleArn)),
    containerImages: withImages ? containerImagesOf(fleet, provisioning) : [],
  };
}

function typeGiven(fleet: Fleet, environment: Environment, images: GivenImages): GivenThere {
  switch (fleet.type) {
    case 'autoscaling-group':
      return groupGiven(fleet, environment, images);
    case 'docker-autoscaler':
      return autoscalerGiven(fleet, environment, images);
    case 'docker-machine':
      return dockerMachineGiven(fleet, environment, images);
    case 'fargate':
      return fargateGiven(fleet, images);
  }
}

/** Everything that a fleet refers to as given. */
export const fleetGiven = (fleet: Fleet, environment: Environment, images: GivenImages): GivenThere[] => [
  everyFleetGiven(fleet),
  typeGiven(fleet, environment, images),
];
