import type { Environment, Image } from '../config/model';
import { arnOf, type Place } from './place';
import type { Statement } from './statement';

/**
 * What building an image with Packer needs, and no more: new things only with the tag of a build, and only things
 * with that tag are changed or removed.
 * @see https://developer.hashicorp.com/packer/integrations/hashicorp/amazon#iam-task-or-instance-role
 */

/** Statements are made for one build: an image of an environment, built in one region. */
interface Build {
  readonly image: Image;
  readonly environment: Environment;
  readonly place: Place;
  readonly buildTag: string;
}

const allow = (
  Sid: string,
  Action: string[],
  Resource: string[],
  Condition?: Statement['Condition'],
): Statement => ({
  Sid,
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition === undefined ? {} : { Condition }),
});

const ec2 = (place: Place, ...kinds: string[]): string[] =>
  kinds.map((kind) => arnOf(place, 'ec2', `${kind}/*`));

/** Images and snapshots have no account in their ARN. */
const images = ({ partition, region }: Place, ...kinds: string[]): string[] =>
  kinds.map((kind) => arnOf({ partition, region, accountId: '' }, 'ec2', `${kind}/*`));

const requested = ({ buildTag, image }: Build) => ({
  StringEquals: { [`aws:RequestTag/${buildTag}`]: image.name },
});
const tagged = ({ buildTag, image }: Build) => ({
  StringEquals: { [`aws:ResourceTag/${buildTag}`]: image.name },
});

const readStatements = ({ place, image }: Build): Statement[] => [
  allow(
    'Look',
    [
      'Images',
      'Instances',
      'InstanceStatus',
      'KeyPairs',
      'Regions',
      'SecurityGroups',
      'Snapshots',
      'Subnets',
      'Tags',
      'Volumes',
      'Vpcs',
    ].map((what) => `ec2:Describe${what}`),
    ['*'],
    {
      StringEquals: {
        'aws:RequestedRegion': [place.region, ...image.copyToRegions.map(({ region }) => region)],
      },
    },
  ),
];

function launchStatements(build: Build): Statement[] {
  const { place, image } = build;
  const own = requested(build).StringEquals;
  return [
    allow(
      'MakeKeyPairAndGroup',
      ['ec2:CreateKeyPair', 'ec2:CreateSecurityGroup'],
      ec2(place, 'key-pair', 'security-group'),
      requested(build),
    ),
    allow('MakeGroupInVpc', ['ec2:CreateSecurityGroup'], ec2(place, 'vpc')),
    allow('OpenGroup', ['ec2:AuthorizeSecurityGroupIngress'], ec2(place, 'security-group'), tagged(build)),
    allow('LaunchFromAmazon', ['ec2:RunInstances'], images(place, 'image'), {
      StringEquals: { 'ec2:Owner': 'amazon' },
    }),
    allow(
      'LaunchWith',
      ['ec2:RunInstances'],
      [
        arnOf(place, 'ec2', `subnet/${image.build.subnetId}`),
        ...ec2(place, 'network-interface', 'security-group', 'key-pair'),
      ],
    ),
    allow('LaunchInstance', ['ec2:RunInstances'], ec2(place, 'instance'), {
      StringEquals: {
        ...own,
        'ec2:InstanceType': image.build.instanceType,
        'ec2:MetadataHttpTokens': 'required',
      },
    }),
    allow('LaunchVolume', ['ec2:RunInstances'], ec2(place, 'volume'), {
      StringEquals: own,
      Bool: { 'ec2:Encrypted': 'true' },
    }),
  ];
}

function imageStatements(build: Build): Statement[] {
  const { place, image } = build;
  const regions = [place, ...image.copyToRegions.map(({ region }) => ({ ...place, region }))];
  const everywhere = regions.flatMap((one) => images(one, 'image', 'snapshot'));
  return [
    allow(
      'MakeImage',
      ['ec2:CreateImage', ...(image.copyToRegions.length > 0 ? ['ec2:CopyImage'] : [])],
      [...ec2(place, 'instance'), ...everywhere],
    ),
    allow(
      'TagWhatIsMade',
      ['ec2:CreateTags'],
      [...ec2(place, 'instance', 'volume', 'key-pair', 'security-group', 'network-interface'), ...everywhere],
      {
        StringEquals: {
          'ec2:CreateAction': [
            'RunInstances',
            'CreateKeyPair',
            'CreateSecurityGroup',
            'CreateImage',
            'CopyImage',
          ],
        },
      },
    ),
    allow('FinishImage', ['ec2:CreateTags'], everywhere, requested(build)),
    allow(
      'ShareAndDeprecate',
      ['ec2:ModifyImageAttribute', 'ec2:EnableImageDeprecation'],
      everywhere,
      tagged(build),
    ),
    allow('GiveUpImage', ['ec2:DeregisterImage', 'ec2:DeleteSnapshot'], everywhere, tagged(build)),
    allow(
      'CleanUp',
      ['ec2:StopInstances', 'ec2:TerminateInstances', 'ec2:DeleteKeyPair', 'ec2:DeleteSecurityGroup'],
      ec2(place, 'instance', 'key-pair', 'security-group'),
      tagged(build),
    ),
  ];
}

/** `session_manager` only: the tunnel to the build instance, and ending it. */
function sessionStatements(build: Build): Statement[] {
  const { place, image } = build;
  if (image.build.sshInterface !== 'session_manager') return [];
  const document = arnOf({ ...place, accountId: '' }, 'ssm', 'document/AWS-StartPortForwardingSession');
  return [
    allow('Tunnel', ['ssm:StartSession'], ec2(place, 'instance'), tagged(build)),
    allow('TunnelDocument', ['ssm:StartSession'], [document]),
    allow(
      'EndTunnel',
      ['ssm:TerminateSession'],
      [arnOf(place, 'ssm', 'session/${aws:username}-*'), arnOf(place, 'ssm', 'session/${aws:userid}-*')],
    ),
  ];
}

const toEc2 = { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } };

/** The given instance profile, whose role has its name as the console makes it, or Packer's temporary one. */
function profileStatements({ place: { partition, accountId }, image }: Build): Statement[] {
  const iam = (resource: string) => `arn:${partition}:iam::${accountId}:${resource}`;
  const { iamInstanceProfile, sshInterface } = image.build;
  if (iamInstanceProfile !== undefined)
    return [
      allow('UseProfile', ['iam:GetInstanceProfile'], [iam(`instance-profile/${iamInstanceProfile}`)]),
      allow('PassRole', ['iam:PassRole'], [iam(`role/${iamInstanceProfile}`)], toEc2),
    ];
  if (sshInterface !== 'session_manager') return [];
  const profile = ['Create', 'Get', 'Delete'].map((verb) => `iam:${verb}InstanceProfile`);
  return [
    allow(
      'TemporaryProfile',
      [...profile, 'iam:AddRoleToInstanceProfile', 'iam:RemoveRoleFromInstanceProfile'],
      [iam('instance-profile/packer-*')],
    ),
    allow(
      'TemporaryRole',
      ['iam:CreateRole', 'iam:GetRole', 'iam:PutRolePolicy', 'iam:DeleteRolePolicy', 'iam:DeleteRole'],
      [iam('role/packer-*')],
    ),
    allow('PassTemporaryRole', ['iam:PassRole'], [iam('role/packer-*')], toEc2),
  ];
}

/** Keys that encrypt the image and its copies; none where the default keys do, which need no permission. */
function keyStatements({ image, environment }: Build): Statement[] {
  const keys = [environment.kmsKeyArn, ...image.copyToRegions.map(({ kmsKeyArn }) => kmsKeyArn)].filter(
    (key) => key !== undefined,
  );
  if (keys.length === 0) return [];
  return [
    allow('UseKeys', ['kms:DescribeKey', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'], keys),
    allow('GrantKeys', ['kms:CreateGrant'], keys, { Bool: { 'kms:GrantIsForAWSResource': 'true' } }),
  ];
}

/** The least policy of whoever builds an image. An account that the model doesn't name is any. */
export function imageBuilderStatements(
  image: Image,
  environment: Environment,
  buildTag: string,
): Statement[] {
  const { partition, region, accountId = '*' } = environment.aws;
  const build: Build = { image, environment, place: { partition, region, accountId }, buildTag };
  return [
    readStatements,
    launchStatements,
    imageStatements,
    sessionStatements,
    profileStatements,
    keyStatements,
  ].flatMap((part) => part(build));
}
