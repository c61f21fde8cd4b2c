import { arnOf, regionalService, type Place } from './place';
import { statement } from './runner-tokens';
import type { Statement } from './statement';

/** What a manager does with machines by Docker Machine. */
export interface DockerMachineManager {
  /** Where it runs. */
  readonly place: Place;
  /** The machines of each of its runners. */
  readonly machines: readonly ManagedMachines[];
  /** ARN of the key that encrypts images of ours, where there is one besides AWS's own. */
  readonly imageKmsKeyArn: string | undefined;
}

/** The machines of one runner. */
export interface ManagedMachines {
  /** What their names have between gitlab-runner's own parts. */
  readonly nameStem: string;
  /** ARN of their role. */
  readonly roleArn: string;
  /** ARN of their instance profile. */
  readonly instanceProfileArn: string;
  /** ARN of their subnet. */
  readonly subnetArn: string;
  /** ARNs of their security groups. */
  readonly securityGroupArns: readonly string[];
  /** ARN of the parameter with what of them only a deploy knows. */
  readonly parameterArn: string;
  /** Whether they are spot instances. */
  readonly isSpot: boolean;
}

/** What the driver reads; none of these knows a resource. */
const readActions = [
  ...['ec2:DescribeInstances', 'ec2:DescribeKeyPairs', 'ec2:DescribeSecurityGroups'],
  ...['ec2:DescribeSpotInstanceRequests', 'ec2:DescribeSubnets'],
  // Whether the fleet is destroyed.
  'autoscaling:DescribeAutoScalingGroups',
];

const ofAll = (
  machines: readonly ManagedMachines[],
  arns: (one: ManagedMachines) => readonly string[],
): string[] => [...new Set(machines.flatMap(arns))];

/**
 * Names of key pairs, with `*` for any text: those of the machines, which gitlab-runner begins with its own name and
 * ends with a number.
 */
export const keyPairNames = (machines: readonly Pick<ManagedMachines, 'nameStem'>[]): string[] =>
  machines.map(({ nameStem }) => `runner-*-${nameStem}-*`);

const keyPairs = (place: Place, machines: readonly ManagedMachines[]): string[] =>
  keyPairNames(machines).map((name) => arnOf(place, 'ec2', `key-pair/${name}`));

/** What a new machine is put together from: this network, these groups and keys; images, volumes and interfaces are any. */
const partsOfMachines = (place: Place, machines: readonly ManagedMachines[]): string[] => [
  `arn:${place.partition}:ec2:${place.region}::image/*`,
  ...['network-interface/*', 'volume/*'].map((resource) => arnOf(place, 'ec2', resource)),
  ...keyPairs(place, machines),
  ...ofAll(machines, ({ subnetArn }) => [subnetArn]),
  ...ofAll(machines, ({ securityGroupArns }) => securityGroupArns),
];

/** An instance is one of these by its profile: it has no tags until Docker Machine gives it some. */
const ofProfiles = (machines: readonly ManagedMachines[]) => ({
  ArnEquals: { 'ec2:InstanceProfile': ofAll(machines, ({ instanceProfileArn }) => [instanceProfileArn]) },
});

/** On demand: the profile is a condition. */
const launchStatements = (place: Place, machines: readonly ManagedMachines[]): Statement[] => [
  {
    Sid: 'StartMachines',
    Effect: 'Allow',
    Action: ['ec2:RunInstances'],
    Resource: [arnOf(place, 'ec2', 'instance/*')],
    Condition: ofProfiles(machines),
  },
  {
    Sid: 'StartMachinesHere',
    Effect: 'Allow',
    Action: ['ec2:RunInstances'],
    Resource: partsOfMachines(place, machines),
  },
];

/** A request for a spot instance knows no profile, but whoever makes it must be allowed to pass the role of it. */
const spotStatements = (place: Place, machines: readonly ManagedMachines[]): Statement[] =>
  machines.length === 0
    ? []
    : [
        {
          Sid: 'RequestSpotMachines',
          Effect: 'Allow',
          Action: ['ec2:RequestSpotInstances'],
          Resource: [arnOf(place, 'ec2', 'spot-instances-request/*'), ...partsOfMachines(place, machines)],
        },
        {
          // What was never fulfilled must not be fulfilled later; a request has no tags.
          Sid: 'CancelSpotMachines',
          Effect: 'Allow',
          Action: ['ec2:CancelSpotInstanceRequests'],
          Resource: [arnOf(place, 'ec2', 'spot-instances-request/*')],
        },
      ];

/** Encrypted images are started with a key: of whoever starts them. @see https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html */
const keyStatements = ({ place, imageKmsKeyArn }: DockerMachineManager): Statement[] =>
  imageKmsKeyArn === undefined
    ? []
    : [
        {
          Sid: 'VolumesOfMachines',
          Effect: 'Allow',
          Action: [
            ...['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKeyWithoutPlaintext'],
            ...['kms:ReEncryptFrom', 'kms:ReEncryptTo'],
          ],
          Resource: [imageKmsKeyArn],
          Condition: { StringEquals: { 'kms:ViaService': regionalService(place, 'ec2') } },
        },
        {
          Sid: 'GrantsOfMachines',
          Effect: 'Allow',
          Action: ['kms:CreateGrant'],
          Resource: [imageKmsKeyArn],
          Condition: {
            StringEquals: { 'kms:ViaService': regionalService(place, 'ec2') },
            Bool: { 'kms:GrantIsForAWSResource': 'true' },
          },
        },
      ];

/**
 * What the driver `amazonec2` calls, besides what every machine that runs gitlab-runner may.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
 */
export function dockerMachineStatements(manager: DockerMachineManager): Statement[] {
  const { place, machines } = manager;
  return [
    ...statement(
      'MachineSettings',
      ['ssm:GetParameter'],
      machines.map(({ parameterArn }) => parameterArn),
    ),
    { Sid: 'ReadMachines', Effect: 'Allow', Action: readActions, Resource: ['*'] },
    ...launchStatements(place, machines),
    ...spotStatements(
      place,
      machines.filter(({ isSpot }) => isSpot),
    ),
    {
      Sid: 'OwnMachines',
      Effect: 'Allow',
      Action: [
        ...['ec2:CreateTags', 'ec2:RebootInstances', 'ec2:StartInstances'],
        ...['ec2:StopInstances', 'ec2:TerminateInstances'],
      ],
      Resource: [arnOf(place, 'ec2', 'instance/*')],
      Condition: ofProfiles(machines),
    },
    ...keyStatements(manager),
    {
      Sid: 'KeysOfMachines',
      Effect: 'Allow',
      Action: ['ec2:DeleteKeyPair', 'ec2:ImportKeyPair'],
      Resource: keyPairs(place, machines),
    },
    {
      Sid: 'RolesOfMachines',
      Effect: 'Allow',
      Action: ['iam:PassRole'],
      Resource: ofAll(machines, ({ roleArn }) => [roleArn]),
      Condition: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
    },
  ];
}
