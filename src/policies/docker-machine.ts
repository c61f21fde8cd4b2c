import { arnOf, regionalService, type Place } from './place';
import type { Statement } from './statement';

/** What a manager does with machines by Docker Machine. */
export interface DockerMachineManager {
  /** Where it runs. */
  readonly place: Place;
  /** Name of the fleet in AWS: path of the profiles of its machines. */
  readonly awsName: string;
  /** Path of the parameters with what of its machines only a deploy knows. */
  readonly parameterPath: string;
  /** Names of its machines, with `*` for any text. */
  readonly machineNames: readonly string[];
  /** The machines of each of its runners. */
  readonly machines: readonly ManagedMachines[];
  /** ARN of the given key, which encrypts images of ours, and may be the account's for volumes. */
  readonly kmsKeyArn: string | undefined;
}

/** The machines of one runner. */
export interface ManagedMachines {
  /** ARN of their role. */
  readonly roleArn: string;
  /** ARN of their instance profile. */
  readonly instanceProfileArn: string;
  /** ARN of their subnet. */
  readonly subnetArn: string;
  /** ARNs of their security groups. */
  readonly securityGroupArns: readonly string[];
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

/** ARN of the instance profiles of all machines of a fleet, of whatever runner, with `*` for any text. */
export const machineProfiles = ({ partition, accountId }: Place, awsName: string): string =>
  `arn:${partition}:iam::${accountId}:instance-profile/${awsName}/*`;

/** Key pairs have the names of machines. */
const keyPairs = ({ place, machineNames }: DockerMachineManager): string[] =>
  machineNames.map((name) => arnOf(place, 'ec2', `key-pair/${name}`));

/** What a new machine is put together from: this network, these groups and keys; images, volumes and interfaces are any. */
const partsOfMachines = (manager: DockerMachineManager, machines: readonly ManagedMachines[]): string[] => [
  `arn:${manager.place.partition}:ec2:${manager.place.region}::image/*`,
  ...['network-interface/*', 'volume/*'].map((resource) => arnOf(manager.place, 'ec2', resource)),
  ...keyPairs(manager),
  ...ofAll(machines, ({ subnetArn }) => [subnetArn]),
  ...ofAll(machines, ({ securityGroupArns }) => securityGroupArns),
];

/** On demand: the profile is a condition. */
const launchStatements = (manager: DockerMachineManager): Statement[] => [
  {
    Sid: 'StartMachines',
    Effect: 'Allow',
    Action: ['ec2:RunInstances'],
    Resource: [arnOf(manager.place, 'ec2', 'instance/*')],
    Condition: {
      ArnEquals: {
        'ec2:InstanceProfile': ofAll(manager.machines, ({ instanceProfileArn }) => [instanceProfileArn]),
      },
    },
  },
  {
    Sid: 'StartMachinesHere',
    Effect: 'Allow',
    Action: ['ec2:RunInstances'],
    Resource: partsOfMachines(manager, manager.machines),
  },
];

/** A request for a spot instance knows no profile, but whoever makes it must be allowed to pass the role of it. */
function spotStatements(manager: DockerMachineManager): Statement[] {
  const requests = arnOf(manager.place, 'ec2', 'spot-instances-request/*');
  const machines = manager.machines.filter(({ isSpot }) => isSpot);
  if (machines.length === 0) return [];
  return [
    {
      Sid: 'RequestSpotMachines',
      Effect: 'Allow',
      Action: ['ec2:RequestSpotInstances'],
      Resource: [requests, ...partsOfMachines(manager, machines)],
    },
    {
      // What was never fulfilled must not be fulfilled later; a request has no tags.
      Sid: 'CancelSpotMachines',
      Effect: 'Allow',
      Action: ['ec2:CancelSpotInstanceRequests'],
      Resource: [requests],
    },
  ];
}

/**
 * GitLab's fork of Docker Machine gives tags with the launch: to the machine, its volumes and interfaces, or to the
 * request of a spot instance. Older ones tag a machine later, by what it is.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
 */
const tagStatement = ({ place, machines }: DockerMachineManager): Statement => ({
  Sid: 'TagNewMachines',
  Effect: 'Allow',
  Action: ['ec2:CreateTags'],
  Resource: [
    ...['instance/*', 'network-interface/*', 'volume/*'],
    ...(machines.some(({ isSpot }) => isSpot) ? ['spot-instances-request/*'] : []),
  ].map((resource) => arnOf(place, 'ec2', resource)),
  Condition: { StringEquals: { 'ec2:CreateAction': ['RunInstances', 'RequestSpotInstances'] } },
});

/** Encrypted images are started with a key: of whoever starts them. @see https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html */
const keyStatements = ({ place, kmsKeyArn }: DockerMachineManager): Statement[] =>
  kmsKeyArn === undefined
    ? []
    : [
        {
          Sid: 'VolumesOfMachines',
          Effect: 'Allow',
          Action: [
            ...['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKeyWithoutPlaintext'],
            ...['kms:ReEncryptFrom', 'kms:ReEncryptTo'],
          ],
          Resource: [kmsKeyArn],
          Condition: { StringEquals: { 'kms:ViaService': regionalService(place, 'ec2') } },
        },
        {
          Sid: 'GrantsOfMachines',
          Effect: 'Allow',
          Action: ['kms:CreateGrant'],
          Resource: [kmsKeyArn],
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
    {
      Sid: 'MachineSettings',
      Effect: 'Allow',
      Action: ['ssm:GetParameter'],
      Resource: [arnOf(place, 'ssm', `parameter${manager.parameterPath}/*`)],
    },
    { Sid: 'ReadMachines', Effect: 'Allow', Action: readActions, Resource: ['*'] },
    ...launchStatements(manager),
    ...spotStatements(manager),
    tagStatement(manager),
    {
      Sid: 'OwnMachines',
      Effect: 'Allow',
      Action: [
        ...['ec2:CreateTags', 'ec2:RebootInstances', 'ec2:StartInstances'],
        ...['ec2:StopInstances', 'ec2:TerminateInstances'],
      ],
      Resource: [arnOf(place, 'ec2', 'instance/*')],
      // By the path of their profile: they have no tags until Docker Machine gives them some, and a manager that drains
      // has machines of a runner that was taken out.
      Condition: { ArnLike: { 'ec2:InstanceProfile': machineProfiles(place, manager.awsName) } },
    },
    ...keyStatements(manager),
    {
      Sid: 'KeysOfMachines',
      Effect: 'Allow',
      Action: ['ec2:DeleteKeyPair', 'ec2:ImportKeyPair'],
      Resource: keyPairs(manager),
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
