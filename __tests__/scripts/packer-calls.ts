import type { Image } from '../../src/config/image-model';
import type { Environment } from '../../src/config/model';
import type { Call, Context } from './policy-evaluator';

/**
 * The calls of `packer build` (amazon plugin 1.8.2, read from its source and run: facts 10.6), with the keys that AWS
 * has for each resource when `run_tags`, `run_volume_tags`, `snapshot_tags` and `tags` are those of our template.
 */

const id = '0a1b2c3d4e5f60718';
const caller: Context = { 'aws:username': 'builder', 'aws:userid': 'AIDABUILDER' };

/** A call in words: what is done to what, with which keys. */
const call = (
  action: string,
  ...resources: readonly (readonly [arn: string, context?: Context])[]
): Call => ({
  action,
  resources: resources.map(([arn, context = {}]) => ({ arn, context: { ...caller, ...context } })),
});

/** Everything that one build calls. */
export class PackerCalls {
  private readonly region: string;
  private readonly account: string;
  private readonly requested: Context;
  private readonly tagged: Context;

  constructor(
    private readonly image: Image,
    private readonly environment: Environment,
    tag = 'gitlab-runner-aws:image',
  ) {
    this.region = environment.aws.region;
    this.account = environment.aws.accountId ?? '999988887777';
    this.requested = { [`aws:RequestTag/${tag}`]: image.name };
    this.tagged = { [`aws:ResourceTag/${tag}`]: image.name };
  }

  /** In the order in which they come. */
  get all(): Call[] {
    return [
      ...this.looks(),
      ...this.access(),
      ...this.profile(),
      this.launch(),
      ...['instance', 'volume', 'network-interface'].map((kind) => this.tagOnCreate(kind, 'RunInstances')),
      ...this.session(),
      ...this.makeImage(),
      ...this.copies(),
      ...this.finish(),
      ...this.removal(),
      ...this.keys(),
    ];
  }

  /** RunInstances as the template has it, with other keys of the instance, the volume or the image. */
  launch(other: { instance?: Context; volume?: Context; image?: Context } = {}): Call {
    const { instanceType, subnetId } = this.image.build;
    return call(
      'ec2:RunInstances',
      [this.shared('image'), { 'ec2:Owner': 'amazon', ...other.image }],
      [this.own('subnet', subnetId)],
      [this.own('security-group'), this.tagged],
      [this.own('key-pair'), this.tagged],
      [this.own('network-interface'), this.requested],
      [
        this.own('instance'),
        {
          ...this.requested,
          'ec2:InstanceType': instanceType,
          'ec2:MetadataHttpTokens': 'required',
          ...other.instance,
        },
      ],
      [
        this.own('volume'),
        { ...this.requested, 'ec2:Encrypted': 'true', 'ec2:VolumeSize': '30', ...other.volume },
      ],
    );
  }

  /** Calls on things that carry the tag of a build, and that must be refused where they don't. */
  get onOwn(): Call[] {
    return this.all.filter(({ resources }) =>
      resources.some(({ context }) =>
        Object.keys(context).some((key) => /^aws:(Resource|Request)Tag/.test(key)),
      ),
    );
  }

  private own(kind: string, name = `x-${id}`, region = this.region): string {
    return `arn:aws:ec2:${region}:${this.account}:${kind}/${name}`;
  }

  private shared(kind: string, region = this.region): string {
    return `arn:aws:ec2:${region}::${kind}/x-${id}`;
  }

  private iam(resource: string): string {
    return `arn:aws:iam::${this.account}:${resource}`;
  }

  private get regions(): string[] {
    return [this.region, ...this.image.copyToRegions.map(({ region }) => region)];
  }

  private looks(): Call[] {
    const { subnetId, sshInterface } = this.image.build;
    // A public address: Packer then looks for a subnet of the default VPC in a zone that has the instance type.
    const ofDefault =
      subnetId === undefined && sshInterface === 'public_ip' ? ['Vpcs', 'InstanceTypeOfferings'] : [];
    return ['Regions', 'Images', 'Subnets', 'SecurityGroups', 'Instances', 'Volumes', ...ofDefault].map(
      (what) => call(`ec2:Describe${what}`, ['*', { 'aws:RequestedRegion': this.region }]),
    );
  }

  private tagOnCreate(kind: string, action: string): Call {
    const arn = ['image', 'snapshot'].includes(kind) ? this.shared(kind) : this.own(kind);
    return call('ec2:CreateTags', [arn, { ...this.requested, 'ec2:CreateAction': action }]);
  }

  private access(): Call[] {
    const isTunnel = this.image.build.sshInterface === 'session_manager';
    return [
      call('ec2:CreateKeyPair', [this.own('key-pair'), this.requested]),
      this.tagOnCreate('key-pair', 'CreateKeyPair'),
      call('ec2:CreateSecurityGroup', [this.own('security-group'), this.requested], [this.own('vpc')]),
      this.tagOnCreate('security-group', 'CreateSecurityGroup'),
      ...(isTunnel
        ? []
        : [call('ec2:AuthorizeSecurityGroupIngress', [this.own('security-group'), this.tagged])]),
    ];
  }

  private profile(): Call[] {
    const { iamInstanceProfile: given, sshInterface } = this.image.build;
    const pass = (role: string) =>
      call('iam:PassRole', [this.iam(`role/${role}`), { 'iam:PassedToService': 'ec2.amazonaws.com' }]);
    if (given !== undefined)
      return [call('iam:GetInstanceProfile', [this.iam(`instance-profile/${given}`)]), pass(given)];
    if (sshInterface !== 'session_manager') return [];
    const [profile, role] = [this.iam('instance-profile/packer-1f2e'), this.iam('role/packer-1f2e')];
    return [
      ...['CreateInstanceProfile', 'TagInstanceProfile'].map((name) =>
        call(`iam:${name}`, [profile, this.requested]),
      ),
      ...['CreateRole', 'TagRole'].map((name) => call(`iam:${name}`, [role, this.requested])),
      ...['Get', 'AddRoleTo', 'RemoveRoleFrom', 'Delete'].map((verb) =>
        call(`iam:${verb}InstanceProfile`, [profile]),
      ),
      ...['GetRole', 'PutRolePolicy', 'DeleteRolePolicy', 'DeleteRole'].map((name) =>
        call(`iam:${name}`, [role]),
      ),
      pass('packer-1f2e'),
      this.probe(profile),
    ];
  }

  /** A dry run with nothing but the profile: is it known to EC2? */
  private probe(profile: string): Call {
    return call(
      'ec2:RunInstances',
      [this.shared('image'), { 'ec2:Owner': 'amazon' }],
      [this.own('subnet')],
      [this.own('security-group')],
      [this.own('network-interface')],
      [this.own('instance'), { 'ec2:InstanceType': 't3.nano', 'ec2:InstanceProfile': profile }],
      [this.own('volume'), { 'ec2:Encrypted': 'false', 'ec2:VolumeSize': '8' }],
    );
  }

  private session(): Call[] {
    if (this.image.build.sshInterface !== 'session_manager') return [];
    const document = `arn:aws:ssm:${this.region}::document/AWS-StartPortForwardingSession`;
    return [
      call('ssm:StartSession', [this.own('instance'), this.tagged], [document]),
      call('ssm:TerminateSession', [`arn:aws:ssm:${this.region}:${this.account}:session/builder-0a1b`]),
    ];
  }

  private makeImage(): Call[] {
    return [
      call('ec2:StopInstances', [this.own('instance'), this.tagged]),
      call(
        'ec2:CreateImage',
        [this.own('instance'), this.tagged],
        [this.shared('image'), this.requested],
        [this.shared('snapshot'), this.requested],
      ),
      this.tagOnCreate('image', 'CreateImage'),
      this.tagOnCreate('snapshot', 'CreateImage'),
    ];
  }

  /** In the build region too: from an image that goes away again. */
  private copies(): Call[] {
    if (this.image.copyToRegions.length === 0) return [];
    return this.regions.flatMap((region) => [
      call('ec2:CopyImage', [this.shared('image', region)], [this.shared('snapshot', region)]),
      call('ec2:CreateTags', [this.shared('image', region), { 'ec2:CreateAction': 'CopyImage' }]),
      call('ec2:DescribeImages', ['*', { 'aws:RequestedRegion': region }]),
    ]);
  }

  private finish(): Call[] {
    const both = { ...this.tagged, ...this.requested };
    const ofSnapshot = this.image.copyToRegions.length === 0 ? both : this.requested;
    return this.regions.flatMap((region) => [
      call('ec2:EnableImageDeprecation', [this.shared('image', region), this.tagged]),
      call('ec2:ModifyImageAttribute', [this.shared('image', region), this.tagged]),
      call(
        'ec2:CreateTags',
        [this.shared('image', region), both],
        [this.shared('snapshot', region), ofSnapshot],
      ),
    ]);
  }

  private removal(): Call[] {
    return [
      call('ec2:TerminateInstances', [this.own('instance'), this.tagged]),
      call('ec2:DeleteSecurityGroup', [this.own('security-group'), this.tagged]),
      call('ec2:DeleteKeyPair', [this.own('key-pair'), this.tagged]),
      call('ec2:DeregisterImage', [this.shared('image'), this.tagged]),
      call('ec2:DeleteSnapshot', [this.shared('snapshot'), this.tagged]),
    ];
  }

  private keys(): Call[] {
    const copies = this.image.copyToRegions.map(({ kmsKeyArn }) => kmsKeyArn);
    const keys = [this.environment.kmsKeyArn, ...copies].filter((key) => key !== undefined);
    const uses = [
      'DescribeKey',
      'Decrypt',
      'ReEncryptFrom',
      'ReEncryptTo',
      'GenerateDataKeyWithoutPlaintext',
    ];
    return keys.flatMap((key) => [
      ...uses.map((name) => call(`kms:${name}`, [key])),
      call('kms:CreateGrant', [key, { 'kms:GrantIsForAWSResource': 'true' }]),
    ]);
  }
}
