/**
 * A Terraform configuration of the shape that this project produces, written by hand, so that the emulated
 * AWS is proved without the code that it is there to prove.
 */

import { estateFunction, trust } from './emulated-function';
import { estateGroup } from './emulated-group';

/** What differs between the states of the estate. */
export interface EstateProps {
  /** Its names; also the key of the state file. */
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly boundaryArn: string;
  readonly stateBucket: string;
  /** The role that the provider assumes. */
  readonly roleArn: string;
  /** The tag that finds the image. */
  readonly imageHash: string;
  readonly instanceType: string;
  /** A key that exists already. */
  readonly volumeKeyArn: string;
  /** A secret's name is blocked for a week after it is destroyed, so a second estate needs another. */
  readonly keptSecretName: string;
  /** What follows the jobs: a group with hooks, and a function with its queue, which takes half a minute. */
  readonly scaling?: {
    /** What the function does. */
    readonly code: string;
    /** What the command says. */
    readonly command: string;
  };
}

/** The public parameter of Amazon Linux 2023. */
export const PUBLIC_PARAMETER = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64';

const allow = (principal: Record<string, string> | undefined, action: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', ...(principal && { Principal: principal }), Action: action, Resource: '*' },
    ],
  });

const sessionDocument = JSON.stringify({
  schemaVersion: '1.0',
  description: 'Logged sessions',
  sessionType: 'Standard_Stream',
  inputs: { cloudWatchLogGroupName: '${aws_cloudwatch_log_group.session.name}', idleSessionTimeout: '20' },
});

const settings = ({ account, region, stateBucket, name, roleArn }: EstateProps) => ({
  terraform: {
    required_providers: { aws: { source: 'hashicorp/aws', version: '5.100.0' } },
    backend: {
      s3: { bucket: stateBucket, key: `${name}.tfstate`, region, encrypt: true, use_lockfile: true },
    },
  },
  provider: {
    aws: {
      region,
      allowed_account_ids: [account],
      assume_role: [{ role_arn: roleArn, session_name: 'estate' }],
      default_tags: [{ tags: { Environment: name } }],
    },
  },
});

const data = ({ region, imageHash }: EstateProps) => ({
  aws_ami_ids: { packer: { owners: ['self'], filter: [{ name: 'tag:ImageHash', values: [imageHash] }] } },
  aws_ami: {
    packer: {
      owners: ['self'],
      include_deprecated: true,
      filter: [{ name: 'image-id', values: ['${data.aws_ami_ids.packer.ids[0]}'] }],
    },
  },
  aws_ssm_parameter: { stock: { name: PUBLIC_PARAMETER } },
  aws_caller_identity: { current: {} },
  aws_region: { current: { name: region } },
});

const storage = ({ name, account, region, keptSecretName }: EstateProps) => ({
  aws_kms_key: {
    key: {
      description: name,
      enable_key_rotation: true,
      deletion_window_in_days: 7,
      policy: allow(
        { AWS: `arn:aws:iam::${account}:root`, Service: `logs.${region}.amazonaws.com` },
        'kms:*',
      ),
    },
  },
  aws_kms_alias: { key: { name: `alias/${name}`, target_key_id: '${aws_kms_key.key.key_id}' } },
  aws_cloudwatch_log_group: {
    session: { name: `${name}-session`, retention_in_days: 30, kms_key_id: '${aws_kms_key.key.arn}' },
  },
  aws_secretsmanager_secret: {
    kept: { name: keptSecretName, kms_key_id: '${aws_kms_key.key.arn}', recovery_window_in_days: 7 },
    token: { name: `${name}-token`, kms_key_id: '${aws_kms_key.key.arn}', recovery_window_in_days: 0 },
  },
  aws_ssm_document: {
    session: {
      name: `${name}-session`,
      document_type: 'Session',
      document_format: 'JSON',
      content: sessionDocument,
    },
  },
});

const access = ({ name, boundaryArn, vpcId }: EstateProps) => ({
  aws_iam_role: {
    runner: {
      name: `${name}-runner`,
      assume_role_policy: trust('ec2.amazonaws.com'),
      permissions_boundary: boundaryArn,
    },
  },
  aws_iam_role_policy: {
    runner: {
      name: 'token',
      role: '${aws_iam_role.runner.name}',
      policy: allow(undefined, 'secretsmanager:GetSecretValue'),
    },
  },
  aws_iam_role_policy_attachment: {
    session: {
      role: '${aws_iam_role.runner.name}',
      policy_arn: 'arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore',
    },
  },
  aws_iam_instance_profile: { runner: { name: `${name}-runner`, role: '${aws_iam_role.runner.name}' } },
  aws_security_group: {
    runner: {
      name_prefix: `${name}-`,
      description: 'Runners',
      vpc_id: vpcId,
      lifecycle: { create_before_destroy: true },
    },
  },
  aws_vpc_security_group_egress_rule: {
    all: { security_group_id: '${aws_security_group.runner.id}', ip_protocol: '-1', cidr_ipv4: '0.0.0.0/0' },
  },
});

const metadata = { http_endpoint: 'enabled', http_tokens: 'required', http_put_response_hop_limit: 1 };

const launch = ({ name, instanceType, volumeKeyArn }: EstateProps) => ({
  aws_launch_configuration: {
    runner: {
      name_prefix: `${name}-`,
      image_id: '${data.aws_ami.packer.id}',
      instance_type: instanceType,
      iam_instance_profile: '${aws_iam_instance_profile.runner.name}',
      security_groups: ['${aws_security_group.runner.id}'],
      user_data_base64: Buffer.from('#!/bin/sh\n').toString('base64'),
      metadata_options: [metadata],
      root_block_device: [{ encrypted: true, volume_type: 'gp3', volume_size: 30 }],
      lifecycle: { create_before_destroy: true },
    },
  },
  aws_launch_template: {
    runner: {
      name: `${name}-mixed`,
      image_id: '${data.aws_ssm_parameter.stock.insecure_value}',
      instance_type: instanceType,
      update_default_version: true,
      user_data: Buffer.from('#!/bin/sh\n').toString('base64'),
      vpc_security_group_ids: ['${aws_security_group.runner.id}'],
      iam_instance_profile: [{ arn: '${aws_iam_instance_profile.runner.arn}' }],
      metadata_options: [metadata],
      block_device_mappings: [
        {
          device_name: '/dev/xvda',
          ebs: [{ encrypted: true, kms_key_id: volumeKeyArn, volume_type: 'gp3', volume_size: 40 }],
        },
      ],
      tag_specifications: [
        { resource_type: 'instance', tags: { Fleet: 'mixed' } },
        { resource_type: 'volume', tags: { Fleet: 'mixed', Environment: name } },
      ],
    },
  },
});

const tags = (name: string) => [
  { key: 'Name', value: name, propagate_at_launch: true },
  { key: 'Environment', value: name, propagate_at_launch: true },
];

const refresh = [
  {
    strategy: 'Rolling',
    preferences: [{ min_healthy_percentage: 100, max_healthy_percentage: 110, skip_matching: true }],
  },
];

const groups = ({ name, subnetIds }: EstateProps) => ({
  aws_autoscaling_group: {
    configuration: {
      name: `${name}-configuration`,
      launch_configuration: '${aws_launch_configuration.runner.name}',
      vpc_zone_identifier: subnetIds,
      min_size: 2,
      max_size: 3,
      desired_capacity: 2,
      default_instance_warmup: 60,
      max_instance_lifetime: 604800,
      health_check_type: 'EC2',
      wait_for_capacity_timeout: '0',
      enabled_metrics: ['GroupInServiceInstances'],
      instance_refresh: refresh,
      tag: tags(`${name}-configuration`),
    },
    mixed: {
      name: `${name}-mixed`,
      vpc_zone_identifier: subnetIds,
      min_size: 1,
      max_size: 2,
      protect_from_scale_in: true,
      capacity_rebalance: true,
      termination_policies: ['OldestInstance'],
      instance_maintenance_policy: [{ min_healthy_percentage: 100, max_healthy_percentage: 110 }],
      initial_lifecycle_hook: [
        {
          name: 'drain',
          lifecycle_transition: 'autoscaling:EC2_INSTANCE_TERMINATING',
          heartbeat_timeout: 300,
          default_result: 'CONTINUE',
        },
      ],
      mixed_instances_policy: [
        {
          instances_distribution: [
            { on_demand_percentage_above_base_capacity: 100, spot_allocation_strategy: 'capacity-optimized' },
          ],
          launch_template: [
            {
              launch_template_specification: [
                {
                  launch_template_id: '${aws_launch_template.runner.id}',
                  version: '${aws_launch_template.runner.latest_version}',
                },
              ],
              override: [
                { instance_type: '${aws_launch_template.runner.instance_type}' },
                { instance_type: 'm5.large' },
              ],
            },
          ],
        },
      ],
      instance_refresh: [
        {
          strategy: 'Rolling',
          preferences: [{ scale_in_protected_instances: 'Refresh', skip_matching: true }],
        },
      ],
      tag: tags(`${name}-mixed`),
    },
  },
  aws_autoscaling_lifecycle_hook: {
    drain: {
      name: 'drain-later',
      autoscaling_group_name: '${aws_autoscaling_group.configuration.name}',
      lifecycle_transition: 'autoscaling:EC2_INSTANCE_TERMINATING',
      heartbeat_timeout: 600,
    },
  },
});

/** Terraform's resources by type and name. */
type Resources = Readonly<Record<string, Readonly<Record<string, object>>>>;

const scaling = (props: EstateProps): readonly Resources[] =>
  props.scaling === undefined
    ? []
    : [estateFunction({ ...props, ...props.scaling }), estateGroup({ ...props, ...props.scaling })];

/** Several parts have resources of one type. */
const merged = (parts: readonly Resources[]): Resources =>
  parts.reduce((all, part) => {
    const shared = Object.entries(part).map(([type, named]) => [type, { ...all[type], ...named }]);
    return { ...all, ...(Object.fromEntries(shared) as Resources) };
  }, {});

/** The whole configuration, as it goes into `main.tf.json`. */
export const estate = (props: EstateProps) => ({
  ...settings(props),
  data: data(props),
  resource: merged([storage(props), access(props), launch(props), groups(props), ...scaling(props)]),
  output: {
    account: { value: '${data.aws_caller_identity.current.account_id}' },
    configuration: { value: '${aws_launch_configuration.runner.name}' },
  },
});
