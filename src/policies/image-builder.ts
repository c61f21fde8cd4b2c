import type { Image } from '../config/image-model';
import type { Environment } from '../config/model';
import {
  allow,
  ec2,
  images,
  imagesAndSnapshots,
  regionsOf,
  requested,
  tagged,
  type Build,
} from './image-build';
import { arnOf } from './place';
import type { Statement } from './statement';

/**
 * What building an image with Packer needs, and no more: new things only with the tag of a build, and only things
 * with that tag are changed or removed.
 * @see https://developer.hashicorp.com/packer/integrations/hashicorp/amazon#iam-task-or-instance-role
 */

/** A public address without a subnet: Packer then looks for one of the default VPC itself. */
const looks = ({ image: { build } }: Build): string[] =>
  ['Images', 'Instances', 'Regions', 'SecurityGroups', 'Subnets', 'Volumes'].concat(
    build.subnetId === undefined && build.sshInterface === 'public_ip'
      ? ['InstanceTypeOfferings', 'Vpcs']
      : [],
  );

const readStatements = (build: Build): Statement[] => [
  allow(
    'Look',
    looks(build).map((what) => `ec2:Describe${what}`),
    ['*'],
    { StringEquals: { 'aws:RequestedRegion': regionsOf(build).map(({ region }) => region) } },
  ),
];

/** What is made has the tag from the start on. */
function makeStatements(build: Build): Statement[] {
  const { place, image } = build;
  const both = imagesAndSnapshots(place);
  const calls = ['RunInstances', 'CreateKeyPair', 'CreateSecurityGroup', 'CreateImage'];
  const kinds = ['instance', 'volume', 'key-pair', 'security-group', 'network-interface'];
  return [
    allow(
      'Make',
      ['ec2:CreateKeyPair', 'ec2:CreateSecurityGroup', 'ec2:CreateImage'],
      [...ec2(place, 'key-pair', 'security-group'), both],
      requested(build),
    ),
    allow('TagWhatIsMade', ['ec2:CreateTags'], [...ec2(place, ...kinds), both], {
      StringEquals: { ...requested(build).StringEquals, 'ec2:CreateAction': calls },
    }),
    allow(
      'UseNetwork',
      ['ec2:CreateSecurityGroup', 'ec2:RunInstances'],
      ec2(place, 'vpc').concat(arnOf(place, 'ec2', `subnet/${image.build.subnetId ?? '*'}`)),
    ),
  ];
}

/** Only the distribution's images, and with nothing but what this build has made. */
function launchStatements(build: Build): Statement[] {
  const { place, image, sourceOwner } = build;
  const own = requested(build).StringEquals;
  // Images of publishers that AWS has verified are listed under its own alias too.
  const owners = [...new Set(['amazon', sourceOwner])];
  const run = (Sid: string, resources: string[], condition: Statement['Condition']): Statement =>
    allow(Sid, ['ec2:RunInstances'], resources, condition);
  return [
    run('LaunchFromAmazon', [images(place)], { StringEquals: { 'ec2:Owner': owners } }),
    run('LaunchWithOwn', ec2(place, 'security-group', 'key-pair'), tagged(build)),
    run('LaunchInterface', ec2(place, 'network-interface'), requested(build)),
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

/** What has the tag of this build is its own. With Session Manager its group is never opened. */
function ownStatements(build: Build): Statement[] {
  const reach =
    build.image.build.sshInterface === 'session_manager'
      ? 'ssm:StartSession'
      : 'ec2:AuthorizeSecurityGroupIngress';
  const calls = ['StopInstances', 'CreateImage', 'TerminateInstances'];
  const removals = ['DeleteKeyPair', 'DeleteSecurityGroup'];
  return [
    allow(
      'UseOwn',
      [reach, ...[...calls, ...removals].map((call) => `ec2:${call}`)],
      ec2(build.place, 'instance', 'key-pair', 'security-group'),
      tagged(build),
    ),
  ];
}

/** Finishing the image, or giving it up. A copied image takes its tags along, a copied snapshot does not. */
function imageStatements(build: Build): Statement[] {
  const everywhere = regionsOf(build).map(imagesAndSnapshots);
  const calls = ['ModifyImageAttribute', 'EnableImageDeprecation', 'DeregisterImage', 'DeleteSnapshot'];
  const both = { ...tagged(build).StringEquals, ...requested(build).StringEquals };
  return [
    allow(
      'FinishImage',
      calls.map((call) => `ec2:${call}`),
      everywhere,
      tagged(build),
    ),
    allow('TagImage', ['ec2:CreateTags'], everywhere, { StringEquals: both }),
    ...(build.image.copyToRegions.length === 0 ? [] : copyStatements(build, everywhere)),
  ];
}

function copyStatements(build: Build, everywhere: string[]): Statement[] {
  const snapshots = regionsOf(build).map((place) => arnOf({ ...place, accountId: '' }, 'ec2', 'snapshot/*'));
  return [
    allow('Copy', ['ec2:CopyImage'], [...regionsOf(build).map(images), ...snapshots]),
    allow('TagCopy', ['ec2:CreateTags'], everywhere, { StringEquals: { 'ec2:CreateAction': 'CopyImage' } }),
    allow('TagCopiedSnapshot', ['ec2:CreateTags'], snapshots, requested(build)),
  ];
}

/** `session_manager` only: the tunnel to the build instance, and ending it. */
function sessionStatements({ place, image }: Build): Statement[] {
  if (image.build.sshInterface !== 'session_manager') return [];
  const document = arnOf({ ...place, accountId: '' }, 'ssm', 'document/AWS-StartPortForwardingSession');
  const sessions = ['username', 'userid'].map((who) => arnOf(place, 'ssm', `session/\${aws:${who}}-*`));
  return [
    allow('Tunnel', ['ssm:StartSession'], [document]),
    allow('EndTunnel', ['ssm:TerminateSession'], sessions),
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
  const make = ['CreateInstanceProfile', 'TagInstanceProfile', 'CreateRole', 'TagRole'];
  const ofProfile = ['Get', 'AddRoleTo', 'RemoveRoleFrom', 'Delete'].map((verb) => `${verb}InstanceProfile`);
  const ofRole = ['GetRole', 'PutRolePolicy', 'DeleteRolePolicy', 'DeleteRole'];
  const iamCalls = (calls: string[]) => calls.map((call) => `iam:${call}`);
  return [
    allow('MakeTemporary', iamCalls(make), [profiles, roles], requested(build)),
    allow('UseTemporary', iamCalls([...ofProfile, ...ofRole]), [profiles, roles]),
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
  { buildTag, sourceOwner }: Pick<Build, 'buildTag' | 'sourceOwner'>,
): Statement[] {
  const { partition, region, accountId = '*' } = environment.aws;
  const build: Build = { image, environment, place: { partition, region, accountId }, buildTag, sourceOwner };
  return [
    readStatements,
    makeStatements,
    launchStatements,
    ownStatements,
    imageStatements,
    sessionStatements,
    profileStatements,
    keyStatements,
  ].flatMap((part) => part(build));
}
