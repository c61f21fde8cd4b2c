import type { AutoscalingGroupFleet } from '../../src/config/fleet-model';
import type { Image } from '../../src/config/image-model';
import type { Environment } from '../../src/config/model';
import type { Provisioning } from '../../src/provisioning/provisioning';
import { imageHashTag } from '../../src/rendering/packer-template';
import { renderSessionDocument } from '../../src/rendering/session-document';
import { stockParameter } from '../../src/rendering/stock-image';
import type { Given, GivenImage } from './start-emulator';

/** What the environments refer to as given, for an emulated AWS in which it exists. */

/** The account of an environment that names none. */
const someAccount = '123456789012';

/** The account in which an environment is deployed. */
export const accountOf = ({ aws }: Environment): string =>
  aws.accountId ?? aws.assumeRoleArn?.split(':')[4] ?? someAccount;

const present = (...values: readonly (string | undefined)[]): string[] =>
  values.filter((value) => value !== undefined);

/** What the stack itself and all its fleets refer to. */
function environmentGiven(environment: Environment): Given {
  const { aws, network, kmsKeyArn, images, sessionLogging } = environment;
  const builds = images.map(({ build }) => build);
  const content = renderSessionDocument({ ...sessionLogging, logGroupName: 'existing-sessions' });
  return {
    accountId: accountOf(environment),
    region: aws.region,
    vpcs: [{ id: network.vpcId, subnetIds: network.subnetIds }],
    subnetIds: builds.map(({ subnetId }) => subnetId).filter((id) => !network.subnetIds.includes(id)),
    policyArns: present(aws.permissionsBoundaryArn),
    roleArns: present(aws.assumeRoleArn),
    kmsKeyArns: present(
      kmsKeyArn,
      ...images.flatMap(({ copyToRegions }) => copyToRegions.map((copy) => copy.kmsKeyArn)),
    ),
    instanceProfiles: present(...builds.map(({ iamInstanceProfile }) => iamInstanceProfile)),
    documents: sessionLogging.importExisting
      ? [{ name: sessionLogging.documentName, type: 'Session', content }]
      : [],
  };
}

function stateGiven(environment: Environment): Given[] {
  const { state } = environment;
  if (state === undefined) return [];
  const { bucket, region, kmsKeyArn, assumeRoleArn } = state;
  const kmsKeyArns = present(kmsKeyArn);
  return [
    {
      accountId: accountOf(environment),
      region,
      buckets: [bucket],
      kmsKeyArns,
      roleArns: present(assumeRoleArn),
    },
  ];
}

/** An AMI as Packer would have left it. */
const builtImage = (
  { name, architecture }: Image,
  project: string,
  hash: string,
  ownerAccountId: string | undefined,
): GivenImage => ({
  name: `${project}-${name}-${hash}-20260101000000`,
  architecture,
  tags: { [imageHashTag]: hash },
  ...(ownerAccountId === undefined ? {} : { ownerAccountId }),
});

function imagesOf(
  { image, architecture }: AutoscalingGroupFleet,
  { project }: Environment,
  provisioning: Provisioning,
): GivenImage[] {
  switch (image.kind) {
    case 'packer':
      return [builtImage(image.image, project, provisioning.hashOf(image.image), image.ownerAccountId)];
    case 'ami':
      return [
        {
          imageId: image.amiId,
          name: `given-${image.amiId}`,
          architecture,
          rootDeviceName: image.rootDeviceName,
        },
      ];
    case 'stock':
      return [];
  }
}

/** Ids of the AMIs that stand for AWS's own. */
const stockAmi = { x86_64: 'ami-0a1b2c3d4e5f60718', arm64: 'ami-0a1b2c3d4e5f60719' };

function fleetGiven(fleet: AutoscalingGroupFleet): Partial<Given> {
  const tokens = fleet.runners.map(({ token }) => token);
  const { image, architecture } = fleet;
  return {
    securityGroupIds: [...fleet.securityGroupIds, ...fleet.metrics.allowedSecurityGroupIds],
    keyNames: present(fleet.keyName),
    policyArns: fleet.policyArns,
    secretArns: tokens.flatMap((token) => (token.kind === 'secret' ? [token.secretArn] : [])),
    parameterArns: tokens.flatMap((token) => (token.kind === 'parameter' ? [token.parameterArn] : [])),
    kmsKeyArns: tokens.flatMap((token) => (token.kind === 'made' ? [] : present(token.kmsKeyArn))),
    publicParameters:
      image.kind === 'stock' ? { [stockParameter(image.base, architecture)]: stockAmi[architecture] } : {},
  };
}

/** Everything that one environment refers to as given. */
export function givenBy(environment: Environment, provisioning: Provisioning, withImages: boolean): Given[] {
  const here = environmentGiven(environment);
  const { accountId, region, vpcs = [] } = here;
  const fleets = environment.fleets.map((fleet) => ({
    accountId,
    region,
    vpcs,
    ...fleetGiven(fleet),
    images: withImages ? imagesOf(fleet, environment, provisioning) : [],
  }));
  return [here, ...stateGiven(environment), ...fleets];
}
