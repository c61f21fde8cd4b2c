import { AutoscalingGroup } from '@cdktf/provider-aws/lib/autoscaling-group';
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { DataAwsSsmParameter } from '@cdktf/provider-aws/lib/data-aws-ssm-parameter';
import { IamInstanceProfile } from '@cdktf/provider-aws/lib/iam-instance-profile';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { KmsAlias } from '@cdktf/provider-aws/lib/kms-alias';
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key';
import { LaunchTemplate } from '@cdktf/provider-aws/lib/launch-template';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { SecretsmanagerSecret } from '@cdktf/provider-aws/lib/secretsmanager-secret';
import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { SsmDocument } from '@cdktf/provider-aws/lib/ssm-document';
import { VpcSecurityGroupEgressRule } from '@cdktf/provider-aws/lib/vpc-security-group-egress-rule';
import { LocalBackend, TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';

/**
 * What EnvironmentStack makes of `dev`, as one would write it in CDKTF without a model: flat, one class for each
 * resource, values in place. Long texts are handed in ready-made.
 */

/** Texts that a hand-written stack would read from files. */
export interface Texts {
  /** User data of one machine, in base64. */
  readonly userData: string;
  /** Policy of the machines' role. */
  readonly policy: string;
  /** Policy of the key. */
  readonly keyPolicy: string;
  /** Session Manager preferences. */
  readonly sessionDocument: string;
  /** Command that drains an instance. */
  readonly drainDocument: string;
}

const region = 'eu-central-1';
const environmentTags = { 'gitlab-runner-aws:project': 'acme', 'gitlab-runner-aws:environment': 'dev' };
const console = `https://${region}.console.aws.amazon.com`;

/** The environment `dev` with as many fleets as wanted. */
export class RawEstate extends TerraformStack {
  constructor(scope: Construct, fleets: readonly string[], texts: Texts) {
    super(scope, 'dev');
    this.addOverride('terraform.required_version', '>= 1.10');
    new LocalBackend(this, { path: '../../../terraform.dev.tfstate' });
    new AwsProvider(this, 'aws', { region, defaultTags: [{ tags: environmentTags }] });
    new DataAwsCallerIdentity(this, 'account');
    const key = new KmsKey(this, 'key', {
      description: 'Secrets, logs and volumes of acme-dev',
      enableKeyRotation: true,
      policy: texts.keyPolicy,
    });
    new KmsAlias(this, 'alias', { name: 'alias/acme-dev', targetKeyId: key.keyId });
    new CloudwatchLogGroup(this, 'session-logs', {
      name: 'acme-dev-ec2-session',
      kmsKeyId: key.arn,
      retentionInDays: 90,
    });
    new SsmDocument(this, 'session-document', {
      name: 'acme-dev-ec2-session',
      documentType: 'Session',
      documentFormat: 'JSON',
      content: texts.sessionDocument,
    });
    new SsmDocument(this, 'drain-document', {
      name: 'acme-dev-drain',
      documentType: 'Command',
      documentFormat: 'JSON',
      targetType: '/AWS::EC2::Instance',
      content: texts.drainDocument,
    });
    outputs(this, {
      session_start_command: `aws ssm start-session --region ${region} --document-name acme-dev-ec2-session`,
      session_logs_name: 'acme-dev-ec2-session',
      session_logs_console: `${console}/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/acme-dev-ec2-session`,
      drain_command: `aws ssm send-command --region ${region} --document-name acme-dev-drain`,
    });
    for (const fleet of fleets) {
      addFleet(this, fleet, key.arn, texts);
      outputs(this, fleetOutputs(fleet));
    }
  }
}

function outputs(stack: TerraformStack, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values))
    new TerraformOutput(stack, name, { value, staticId: true });
}

const fleetOutputs = (fleet: string) => ({
  [`${fleet}_group_name`]: `acme-dev-${fleet}`,
  [`${fleet}_group_console`]: `${console}/ec2/home?region=${region}#AutoScalingGroupDetails:id=acme-dev-${fleet};view=details`,
  [`${fleet}_log_group`]: `acme-dev-${fleet}`,
  [`${fleet}_log_console`]: `${console}/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/acme-dev-${fleet}`,
  [`${fleet}_secret_names`]: { default: `acme-dev-${fleet}-default-token` },
  [`${fleet}_secret_console`]: {
    default: `${console}/secretsmanager/secret?name=acme-dev-${fleet}-default-token&region=${region}`,
  },
  [`${fleet}_set_token_commands`]: {
    default: `aws secretsmanager put-secret-value --region ${region} --secret-id acme-dev-${fleet}-default-token --secret-string file:///dev/stdin`,
  },
});

function addFleet(stack: TerraformStack, fleet: string, kmsKeyArn: string, texts: Texts): void {
  const name = `acme-dev-${fleet}`;
  const tags = { ...environmentTags, Name: name, 'gitlab-runner-aws:fleet': fleet };
  const secret = new SecretsmanagerSecret(stack, `${fleet}-secret`, {
    name: `${name}-default-token`,
    description: `GitLab authentication token of runner ${name}-default; its value is set by hand`,
    kmsKeyId: kmsKeyArn,
    recoveryWindowInDays: 7,
  });
  const logs = new CloudwatchLogGroup(stack, `${fleet}-logs`, {
    name,
    kmsKeyId: kmsKeyArn,
    retentionInDays: 90,
  });
  const { policy, profile } = addRole(stack, fleet, name, texts.policy);
  const { group, rules } = addSecurityGroup(stack, fleet, name);
  const launched = { profile: profile.name, groupId: group.id, userData: texts.userData, kmsKeyArn, tags };
  const template = addTemplate(stack, fleet, name, launched);
  new AutoscalingGroup(stack, `${fleet}-group`, {
    name,
    launchTemplate: { id: template.id, version: template.getStringAttribute('latest_version') },
    vpcZoneIdentifier: ['subnet-0a1b2c3d4e5f60718'],
    minSize: 1,
    maxSize: 2,
    maxInstanceLifetime: 0,
    healthCheckType: 'EC2',
    instanceRefresh: {
      strategy: 'Rolling',
      preferences: {
        minHealthyPercentage: 100,
        maxHealthyPercentage: 110,
        instanceWarmup: '0',
        skipMatching: true,
        autoRollback: true,
        scaleInProtectedInstances: 'Refresh',
        standbyInstances: 'Ignore',
      },
    },
    initialLifecycleHook: hooks,
    waitForCapacityTimeout: '0',
    timeouts: { delete: '1455m' },
    tag: Object.entries(tags).map(([key, value]) => ({ key, value, propagateAtLaunch: true })),
    dependsOn: [secret, logs, policy, profile, ...rules],
  });
}

const hooks = [
  {
    name: 'launch',
    lifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
    heartbeatTimeout: 1800,
    defaultResult: 'ABANDON',
  },
  {
    name: 'drain',
    lifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
    heartbeatTimeout: 3600,
    defaultResult: 'CONTINUE',
  },
];

interface Launched {
  readonly profile: string;
  readonly groupId: string;
  readonly userData: string;
  readonly kmsKeyArn: string;
  readonly tags: Record<string, string>;
}

function addTemplate(stack: TerraformStack, fleet: string, name: string, launched: Launched): LaunchTemplate {
  const image = new DataAwsSsmParameter(stack, `${fleet}-image`, {
    name: '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64',
  });
  const { profile, groupId, userData, kmsKeyArn: kmsKeyId, tags } = launched;
  const volume = {
    encrypted: 'true',
    kmsKeyId,
    deleteOnTermination: 'true',
    volumeType: 'gp3',
    volumeSize: 30,
  };
  return new LaunchTemplate(stack, `${fleet}-template`, {
    name,
    updateDefaultVersion: true,
    imageId: image.insecureValue,
    instanceType: 'm6i.large',
    iamInstanceProfile: { name: profile },
    vpcSecurityGroupIds: [groupId],
    userData,
    metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1 },
    blockDeviceMappings: [{ deviceName: '/dev/xvda', ebs: volume }],
    tagSpecifications: [
      { resourceType: 'volume', tags },
      { resourceType: 'network-interface', tags },
    ],
  });
}

function addRole(stack: TerraformStack, fleet: string, name: string, statements: string) {
  const role = new IamRole(stack, `${fleet}-role`, {
    name,
    assumeRolePolicy: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    }),
  });
  const policy = new IamRolePolicy(stack, `${fleet}-policy`, { name, role: role.name, policy: statements });
  const profile = new IamInstanceProfile(stack, `${fleet}-profile`, { name, role: role.name });
  return { policy, profile };
}

function addSecurityGroup(stack: TerraformStack, fleet: string, name: string) {
  const group = new SecurityGroup(stack, `${fleet}-security-group`, {
    namePrefix: `${name}-`,
    description: `Machines of ${name}`,
    vpcId: 'vpc-0a1b2c3d4e5f60718',
    lifecycle: { createBeforeDestroy: true },
  });
  const rules = [{ cidrIpv4: '0.0.0.0/0' }, { cidrIpv6: '::/0' }].map(
    (range, index) =>
      new VpcSecurityGroupEgressRule(stack, `${fleet}-egress-${index}`, {
        securityGroupId: group.id,
        ipProtocol: '-1',
        ...range,
      }),
  );
  return { group, rules };
}
