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

/** A key pair and a group for the build; with Session Manager nothing is opened in the group. */
function accessStatements(build: Build): Statement[] {
  const { place, image } = build;
  const opened = allow(
    'OpenGroup',
    ['ec2:AuthorizeSecurityGroupIngress'],
    ec2(place, 'security-group'),
    tagged(build),
  );
  return [
    allow(
      'MakeKeyPairAndGroup',
      ['ec2:CreateKeyPair', 'ec2:CreateSecurityGroup'],
      ec2(place, 'key-pair', 'security-group'),
      requested(build),
    ),
    allow('MakeGroupInVpc', ['ec2:CreateSecurityGroup'], ec2(place, 'vpc')),
    ...(image.build.sshInterface === 'session_manager' ? [] : [opened]),
  ];
}

/** Only Amazon's images, with our own group and key pair, in the one subnet. */
function launchStatements(build: Build): Statement[] {
  const { place, image } = build;
  const own = requested(build).StringEquals;
  const run = (Sid: string, resources: string[], condition?: Statement['Condition']): Statement =>
    allow(Sid, ['ec2:RunInstances'], resources, condition);
  return [
    run('LaunchFromAmazon', images(place, 'image'), { StringEquals: { 'ec2:Owner': 'amazon' } }),
    run('LaunchInSubnet', [arnOf(place, 'ec2', `subnet/${image.build.subnetId}`)]),
    run('LaunchWith', ec2(place, 'security-group', 'key-pair'), tagged(build)),
    run('LaunchInterface', ec2(place, 'network-interface'), { StringEquals: own }),
    run('LaunchInstance', ec2(place, 'instance'), {
      StringEquals: {
        ...own,
        'ec2:InstanceType': image.build.instanceType,
        'ec2:MetadataHttpTokens': 'required',
      },
    }),
    run('LaunchVolume', ec2(place, 'volume'), {
      StringEquals: own,
      Bool: { 'ec2:Encrypted': 'true' },
    }),
  ];
}

/** Regions that get the image. */
const regionsOf = ({ place, image }: Build): Place[] => [
  place,
  ...image.copyToRegions.map(({ region }) => ({ ...place, region })),
];

/** The image and its snapshot have the tag from the start on, and so has a copied image, but no copied snapshot. */
function imageStatements(build: Build): Statement[] {
  const { place } = build;
  const everywhere = regionsOf(build).flatMap((one) => images(one, 'image', 'snapshot'));
  return [
    allow('MakeImage', ['ec2:CreateImage'], ec2(place, 'instance'), tagged(build)),
    allow('MakeImageAndSnapshot', ['ec2:CreateImage'], images(place, 'image', 'snapshot'), requested(build)),
    allow('FinishImage', ['ec2:CreateTags'], everywhere, {
      StringEquals: { ...tagged(build).StringEquals, ...requested(build).StringEquals },
    }),
    allow(
      'ShareAndDeprecate',
      ['ec2:ModifyImageAttribute', 'ec2:EnableImageDeprecation'],
      everywhere,
      tagged(build),
    ),
    allow('GiveUpImage', ['ec2:DeregisterImage', 'ec2:DeleteSnapshot'], everywhere, tagged(build)),
    ...copyStatements(build, everywhere),
  ];
}

function copyStatements(build: Build, everywhere: string[]): Statement[] {
  if (build.image.copyToRegions.length === 0) return [];
  const snapshots = regionsOf(build).flatMap((one) => images(one, 'snapshot'));
  return [
    allow('CopyImage', ['ec2:CopyImage'], everywhere),
    allow('TagCopies', ['ec2:CreateTags'], everywhere, {
      StringEquals: { 'ec2:CreateAction': ['CopyImage'] },
    }),
    allow('FinishCopies', ['ec2:CreateTags'], snapshots, requested(build)),
  ];
}

/** What has the tag of this build is its own, to tag when it is made, to stop and to remove. */
function ownStatements(build: Build): Statement[] {
  const { place } = build;
  const kinds = ['instance', 'volume', 'key-pair', 'security-group', 'network-interface'];
  return [
    allow(
      'TagWhatIsMade',
      ['ec2:CreateTags'],
      [...ec2(place, ...kinds), ...images(place, 'image', 'snapshot')],
      {
        StringEquals: {
          ...requested(build).StringEquals,
          'ec2:CreateAction': ['RunInstances', 'CreateKeyPair', 'CreateSecurityGroup', 'CreateImage'],
        },
      },
    ),
    // ena_support of the template is set on the stopped instance.
    allow(
      'StopInstance',
      ['ec2:StopInstances', 'ec2:ModifyInstanceAttribute', 'ec2:TerminateInstances'],
      ec2(place, 'instance'),
      tagged(build),
    ),
    allow(
      'CleanUp',
      ['ec2:DeleteKeyPair', 'ec2:DeleteSecurityGroup'],
      ec2(place, 'key-pair', 'security-group'),
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
function profileStatements(build: Build): Statement[] {
  const { partition, accountId } = build.place;
  const iam = (resource: string) => `arn:${partition}:iam::${accountId}:${resource}`;
  const { iamInstanceProfile, sshInterface } = build.image.build;
  if (iamInstanceProfile !== undefined)
    return [
      allow('UseProfile', ['iam:GetInstanceProfile'], [iam(`instance-profile/${iamInstanceProfile}`)]),
      allow('PassRole', ['iam:PassRole'], [iam(`role/${iamInstanceProfile}`)], toEc2),
    ];
  return sshInterface === 'session_manager' ? temporaryProfileStatements(build, iam) : [];
}

/** Made and removed by Packer. It can be given any permission: a given profile is the narrower way. */
function temporaryProfileStatements(build: Build, iam: (resource: string) => string): Statement[] {
  const profiles = iam('instance-profile/packer-*');
  const roles = iam('role/packer-*');
  const profile = ['Get', 'Delete'].map((verb) => `iam:${verb}InstanceProfile`);
  return [
    allow(
      'MakeTemporaryProfile',
      ['iam:CreateInstanceProfile', 'iam:TagInstanceProfile'],
      [profiles],
      requested(build),
    ),
    allow(
      'TemporaryProfile',
      [...profile, 'iam:AddRoleToInstanceProfile', 'iam:RemoveRoleFromInstanceProfile'],
      [profiles],
    ),
    allow('MakeTemporaryRole', ['iam:CreateRole', 'iam:TagRole'], [roles], requested(build)),
    allow(
      'TemporaryRole',
      ['iam:GetRole', 'iam:PutRolePolicy', 'iam:DeleteRolePolicy', 'iam:DeleteRole'],
      [roles],
    ),
    allow('PassTemporaryRole', ['iam:PassRole'], [roles], toEc2),
    ...probeStatements(build, profiles),
  ];
}

/**
 * Packer looks whether EC2 sees the temporary profile by a dry run of a t3.nano with nothing else, which goes to the
 * default VPC. Policies can't tell a dry run from a real one: the least is the smallest machine with that profile.
 */
function probeStatements({ place }: Build, profiles: string): Statement[] {
  return [
    allow('ProbeInstance', ['ec2:RunInstances'], ec2(place, 'instance'), {
      StringEquals: { 'ec2:InstanceType': 't3.nano' },
      ArnLike: { 'ec2:InstanceProfile': profiles },
    }),
    allow('ProbeNetwork', ['ec2:RunInstances'], ec2(place, 'subnet', 'network-interface', 'security-group')),
    allow('ProbeVolume', ['ec2:RunInstances'], ec2(place, 'volume'), {
      NumericLessThanEquals: { 'ec2:VolumeSize': '8' },
    }),
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
    accessStatements,
    launchStatements,
    ownStatements,
    imageStatements,
    sessionStatements,
    profileStatements,
    keyStatements,
  ].flatMap((part) => part(build));
}
