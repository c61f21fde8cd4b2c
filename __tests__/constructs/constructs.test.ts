import { EncryptedLogGroup } from '../../src/constructs/encrypted-log-group';
import { EnvironmentKey } from '../../src/constructs/environment-key';
import type { InstanceMix, Launched, LaunchProps } from '../../src/constructs/launch';
import { builtImage, pinnedImage, stockImage } from '../../src/constructs/machine-image';
import { MachineLaunchConfiguration } from '../../src/constructs/machine-launch-configuration';
import { MachineLaunchTemplate } from '../../src/constructs/machine-launch-template';
import { MachineRole } from '../../src/constructs/machine-role';
import { OutboundSecurityGroup } from '../../src/constructs/outbound-security-group';
import { SessionDocument } from '../../src/constructs/session-document';
import { TokenSecret } from '../../src/constructs/token-secret';
import type { Statement } from '../../src/policies/statement';
import { addressesOf, blockOf, blocksOf, synthesizeScope } from '../support/synth';

/** Each construct with the least and the most that it takes: every property that Terraform gets. */

const keyArn = 'arn:aws:kms:eu-central-1:111122223333:key/1';
const statements: Statement[] = [
  { Sid: 'Read', Effect: 'Allow', Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::a/*'] },
];
const document = JSON.stringify({ Version: '2012-10-17', Statement: statements });

const launchMinimal: LaunchProps = {
  name: 'a',
  image: { imageId: 'ami-1', rootDeviceName: '/dev/xvda', preconditions: [] },
  instanceProfileName: 'profile',
  securityGroupIds: ['sg-1'],
  keyName: undefined,
  userDataBase64: 'ZGF0YQ==',
  metadataHopLimit: 1,
  rootVolume: { sizeGib: undefined, type: 'gp3', iops: undefined, throughputMibps: undefined },
};
const precondition = { condition: '${length([]) > 0}', errorMessage: 'There is none' };
const launchMaximal: LaunchProps = {
  ...launchMinimal,
  image: { imageId: 'ami-2', rootDeviceName: '/dev/sda1', preconditions: [precondition] },
  securityGroupIds: ['sg-1', 'sg-2'],
  keyName: 'break-glass',
  metadataHopLimit: 2,
  rootVolume: { sizeGib: 50, type: 'gp3', iops: 4000, throughputMibps: 500 },
};

/** What only a launch template has. */
const ofTemplate = { kmsKeyArn: keyArn, tags: { team: 'a' }, instanceTypes: ['m6i.large'], spot: undefined };

describe('EncryptedLogGroup', () => {
  test('properties', () => {
    let arn = '';
    const terraform = synthesizeScope((scope) => {
      const group = new EncryptedLogGroup(scope, 'logs', { name: 'a', kmsKeyArn: keyArn, retentionDays: 90 });
      arn = group.arn;
      expect(group.dependables).toHaveLength(1);
    });
    expect(blockOf(terraform, 'aws_cloudwatch_log_group')).toEqual({
      name: 'a',
      kms_key_id: keyArn,
      retention_in_days: 90,
    });
    expect(arn).toMatch(/TfToken/);
  });
});

describe('EnvironmentKey', () => {
  test('properties: a key that rotates, and its alias', () => {
    const terraform = synthesizeScope((scope) => {
      new EnvironmentKey(scope, 'key', { name: 'acme-dev', statements });
    });
    expect(blockOf(terraform, 'aws_kms_key')).toEqual({
      description: 'Secrets, logs and volumes of acme-dev',
      enable_key_rotation: true,
      policy: document,
    });
    const [address = ''] = addressesOf(terraform).filter((one) => one.startsWith('aws_kms_key.'));
    expect(blockOf(terraform, 'aws_kms_alias')).toEqual({
      name: 'alias/acme-dev',
      target_key_id: `\${${address}.key_id}`,
    });
  });
});

describe('TokenSecret', () => {
  test('properties: no value anywhere', () => {
    const terraform = synthesizeScope((scope) => {
      new TokenSecret(scope, 'secret', {
        name: 'a',
        runner: 'acme-dev-linux-default',
        kmsKeyArn: keyArn,
        recoveryDays: 0,
      });
    });
    expect(addressesOf(terraform)).toHaveLength(1);
    expect(blockOf(terraform, 'aws_secretsmanager_secret')).toEqual({
      name: 'a',
      description: 'GitLab authentication token of runner acme-dev-linux-default; its value is set by hand',
      kms_key_id: keyArn,
      recovery_window_in_days: 0,
      lifecycle: { create_before_destroy: true },
    });
  });
});

describe('SessionDocument', () => {
  const make = (importExisting: boolean) =>
    synthesizeScope((scope) => {
      new SessionDocument(scope, 'document', {
        name: 'SSM-SessionManagerRunShell',
        content: '{"a":1}',
        importExisting,
      });
    });
  const expected = {
    name: 'SSM-SessionManagerRunShell',
    document_type: 'Session',
    document_format: 'JSON',
    content: '{"a":1}',
  };

  test('minimal properties: it is made', () => {
    const terraform = make(false);
    expect(blockOf(terraform, 'aws_ssm_document')).toEqual(expected);
    expect(terraform.import).toBeUndefined();
  });

  test('maximal properties: it is taken over', () => {
    const terraform = make(true);
    expect(blockOf(terraform, 'aws_ssm_document')).toEqual(expected);
    expect(terraform.import).toEqual([{ id: 'SSM-SessionManagerRunShell', to: addressesOf(terraform)[0] }]);
  });
});

describe('MachineRole', () => {
  const trust = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  });

  test('minimal properties', () => {
    let dependables = 0;
    const terraform = synthesizeScope((scope) => {
      const role = new MachineRole(scope, 'role', {
        name: 'a',
        statements,
        policyArns: [],
        permissionsBoundaryArn: undefined,
      });
      dependables = role.dependables.length;
    });
    const [role = ''] = addressesOf(terraform).filter((address) => address.startsWith('aws_iam_role.'));
    expect(blockOf(terraform, 'aws_iam_role')).toEqual({ name: 'a', assume_role_policy: trust });
    expect(blockOf(terraform, 'aws_iam_role_policy')).toEqual({
      name: 'a',
      role: `\${${role}.name}`,
      policy: document,
    });
    expect(blockOf(terraform, 'aws_iam_instance_profile')).toEqual({ name: 'a', role: `\${${role}.name}` });
    expect(addressesOf(terraform)).toHaveLength(3);
    expect(dependables).toBe(2);
  });

  const policies = ['arn:aws:iam::aws:policy/service-role/A', 'arn:aws:iam::111122223333:policy/A'];
  const withPolicies = (policyArns: string[]) =>
    synthesizeScope((scope) => {
      new MachineRole(scope, 'role', {
        name: 'a',
        statements,
        policyArns,
        permissionsBoundaryArn: 'arn:aws:iam::111122223333:policy/boundary',
      });
    });

  test('maximal properties', () => {
    const terraform = withPolicies(policies);
    expect(blockOf(terraform, 'aws_iam_role')).toMatchObject({
      permissions_boundary: 'arn:aws:iam::111122223333:policy/boundary',
    });
    expect(
      blocksOf(terraform, 'aws_iam_role_policy_attachment')
        .map(({ policy_arn }) => policy_arn)
        .sort(),
    ).toEqual([...policies].sort());
  });

  test('another order of policies changes no address', () => {
    expect(addressesOf(withPolicies([...policies].reverse()))).toEqual(addressesOf(withPolicies(policies)));
  });

  test('two policies whose paths look alike can both be attached', () => {
    const alike = ['arn:aws:iam::aws:policy/a/b', 'arn:aws:iam::aws:policy/a--b'];
    expect(blocksOf(withPolicies(alike), 'aws_iam_role_policy_attachment')).toHaveLength(2);
  });
});

describe('OutboundSecurityGroup', () => {
  type Props = ConstructorParameters<typeof OutboundSecurityGroup>[2];
  const make = (egress: Props['egress'], egressToGroups: Props['egressToGroups'] = {}) =>
    synthesizeScope((scope) => {
      const group = new OutboundSecurityGroup(scope, 'group', {
        name: 'a',
        description: 'Machines of a',
        vpcId: 'vpc-1',
        egress,
        egressToGroups,
      });
      expect(group.dependables).toHaveLength(egress.length + Object.keys(egressToGroups).length);
    });

  test('minimal properties: nothing in, a name that a second one can have', () => {
    const terraform = make([]);
    expect(blockOf(terraform, 'aws_security_group')).toEqual({
      name_prefix: 'a-',
      description: 'Machines of a',
      vpc_id: 'vpc-1',
      lifecycle: { create_before_destroy: true },
    });
    expect(addressesOf(terraform)).toHaveLength(1);
  });

  test.each([
    [
      { cidr: '0.0.0.0/0', protocol: 'all' },
      { cidr_ipv4: '0.0.0.0/0', ip_protocol: '-1' },
    ],
    [
      { cidr: '::/0', protocol: 'all' },
      { cidr_ipv6: '::/0', ip_protocol: '-1' },
    ],
    [
      { cidr: '10.0.0.0/8', protocol: 'tcp', port: 443 },
      { cidr_ipv4: '10.0.0.0/8', ip_protocol: 'tcp', from_port: 443, to_port: 443 },
    ],
    [
      { cidr: '10.0.0.0/8', protocol: 'udp' },
      { cidr_ipv4: '10.0.0.0/8', ip_protocol: 'udp', from_port: 0, to_port: 65535 },
    ],
    [
      { cidr: '10.0.0.0/8', protocol: 'tcp', port: 0 },
      { cidr_ipv4: '10.0.0.0/8', ip_protocol: 'tcp', from_port: 0, to_port: 0 },
    ],
    [
      { cidr: '10.0.0.0/8', protocol: 'icmp' },
      { cidr_ipv4: '10.0.0.0/8', ip_protocol: 'icmp', from_port: -1, to_port: -1 },
    ],
    [
      { cidr: '2001:db8::/32', protocol: 'icmp' },
      { cidr_ipv6: '2001:db8::/32', ip_protocol: 'icmpv6', from_port: -1, to_port: -1 },
    ],
  ] as const)('egress %j', (rule, expected) => {
    const terraform = make([rule]);
    const [address = ''] = addressesOf(terraform).filter((one) => one.startsWith('aws_security_group.'));
    expect(blockOf(terraform, 'aws_vpc_security_group_egress_rule')).toEqual({
      ...expected,
      security_group_id: `\${${address}.id}`,
      lifecycle: { create_before_destroy: true },
    });
  });

  test('egress to another group, by its own name', () => {
    const terraform = make([], { metrics: { securityGroupId: 'sg-1', port: 9252 } });
    const [address = ''] = addressesOf(terraform).filter((one) => one.startsWith('aws_security_group.'));
    expect(blockOf(terraform, 'aws_vpc_security_group_egress_rule')).toEqual({
      security_group_id: `\${${address}.id}`,
      referenced_security_group_id: 'sg-1',
      ip_protocol: 'tcp',
      from_port: 9252,
      to_port: 9252,
      lifecycle: { create_before_destroy: true },
    });
  });

  test('maximal properties: rules of all kinds, whose order changes no address', () => {
    const rules = [
      { cidr: '10.0.0.0/8', protocol: 'tcp', port: 443 },
      { cidr: '10.0.0.0/8', protocol: 'tcp', port: 80 },
      { cidr: '10.0.0.0/8', protocol: 'udp', port: 443 },
      { cidr: '10.0.0.0/16', protocol: 'tcp', port: 443 },
    ] as const;
    expect(blocksOf(make(rules), 'aws_vpc_security_group_egress_rule')).toHaveLength(4);
    expect(addressesOf(make([...rules].reverse()))).toEqual(addressesOf(make(rules)));
  });
});

describe('the image of a machine', () => {
  const command = 'npm run packer:build -- dev linux';
  /** With a launch template that uses it. */
  const built = (ownerAccountId: string | undefined) =>
    synthesizeScope((scope) => {
      const image = builtImage(scope, 'image', {
        hash: 'abc',
        hashTag: 'x:image-hash',
        ownerAccountId,
        rootDeviceName: '/dev/sda1',
        buildCommand: command,
      });
      expect(image.rootDeviceName).toBe('/dev/sda1');
      new MachineLaunchTemplate(scope, 'launch', { ...ofTemplate, ...launchMinimal, image });
    });

  test('that we built is found by its tag, and missing is no error of the lookup', () => {
    const terraform = built(undefined);
    expect(blockOf(terraform, 'data.aws_ami_ids')).toEqual({
      owners: ['self'],
      include_deprecated: true,
      filter: [
        { name: 'tag:x:image-hash', values: ['abc'] },
        { name: 'state', values: ['available'] },
      ],
    });
    expect(blockOf(terraform, 'aws_launch_template')).toMatchObject({
      image_id: '${try(data.aws_ami_ids.image.ids[0], "ami-00000000")}',
      lifecycle: {
        precondition: [
          {
            condition: '${length(data.aws_ami_ids.image.ids) > 0}',
            error_message: `There is no machine image with hash abc in this environment's account and region. Build it: ${command}`,
          },
        ],
      },
    });
  });

  test('that another account shares is found by owner and name, since its tags are not shared', () => {
    const terraform = built('444455556666');
    expect(blockOf(terraform, 'data.aws_ami_ids')).toMatchObject({
      owners: ['444455556666'],
      filter: [
        { name: 'name', values: ['*-abc-*'] },
        { name: 'state', values: ['available'] },
      ],
    });
    expect(JSON.stringify(blockOf(terraform, 'aws_launch_template'))).toContain(
      'There is no machine image with hash abc in account 444455556666',
    );
  });

  test('of a distribution is found by its public parameter', () => {
    let image;
    const terraform = synthesizeScope((scope) => {
      image = stockImage(scope, 'image', { parameterName: '/aws/service/x', rootDeviceName: '/dev/sda1' });
    });
    expect(blockOf(terraform, 'data.aws_ssm_parameter')).toEqual({ name: '/aws/service/x' });
    expect(image).toMatchObject({ rootDeviceName: '/dev/sda1', preconditions: [] });
  });

  test('that is given is taken as it is', () => {
    expect(pinnedImage('ami-1', '/dev/sda1')).toEqual({
      imageId: 'ami-1',
      rootDeviceName: '/dev/sda1',
      preconditions: [],
    });
  });
});

const renderedPrecondition = { condition: '${length([]) > 0}', error_message: 'There is none' };

describe('MachineLaunchConfiguration', () => {
  const make = (props: LaunchProps) =>
    synthesizeScope((scope) => {
      const { launched } = new MachineLaunchConfiguration(scope, 'launch', {
        ...props,
        instanceType: 'm6i.large',
      });
      expect(launched.kind).toBe('launch-configuration');
    });

  test('minimal properties', () => {
    expect(blockOf(make(launchMinimal), 'aws_launch_configuration')).toEqual({
      name_prefix: 'a-',
      image_id: 'ami-1',
      instance_type: 'm6i.large',
      iam_instance_profile: 'profile',
      security_groups: ['sg-1'],
      user_data_base64: 'ZGF0YQ==',
      metadata_options: { http_endpoint: 'enabled', http_tokens: 'required', http_put_response_hop_limit: 1 },
      root_block_device: { encrypted: true, volume_type: 'gp3' },
      lifecycle: { create_before_destroy: true, precondition: [] },
    });
  });

  test('maximal properties', () => {
    expect(blockOf(make(launchMaximal), 'aws_launch_configuration')).toMatchObject({
      image_id: 'ami-2',
      security_groups: ['sg-1', 'sg-2'],
      key_name: 'break-glass',
      metadata_options: { http_put_response_hop_limit: 2 },
      root_block_device: {
        encrypted: true,
        volume_type: 'gp3',
        volume_size: 50,
        iops: 4000,
        throughput: 500,
      },
      lifecycle: { create_before_destroy: true, precondition: [renderedPrecondition] },
    });
  });
});

describe('MachineLaunchTemplate', () => {
  const make = (
    props: LaunchProps,
    mix: Partial<InstanceMix> = {},
    kind: Launched['kind'] = 'launch-template',
  ) =>
    synthesizeScope((scope) => {
      const { launched } = new MachineLaunchTemplate(scope, 'launch', { ...props, ...ofTemplate, ...mix });
      expect(launched.kind).toBe(kind);
    });

  test.each<[string, Partial<InstanceMix>]>([
    ['several types', { instanceTypes: ['m6i.large', 'm5.large'] }],
    ['spot', { spot: { onDemandBase: 0, onDemandPercentage: 0, allocationStrategy: 'lowest-price' } }],
  ])('with %s makes a mixed group, and names the first type itself', (_, mix) => {
    const terraform = make(launchMinimal, mix, 'mixed-instances');
    expect(blockOf(terraform, 'aws_launch_template')).toMatchObject({ instance_type: 'm6i.large' });
  });

  test('minimal properties', () => {
    expect(blockOf(make(launchMinimal), 'aws_launch_template')).toEqual({
      name: 'a',
      update_default_version: true,
      image_id: 'ami-1',
      instance_type: 'm6i.large',
      iam_instance_profile: { name: 'profile' },
      vpc_security_group_ids: ['sg-1'],
      user_data: 'ZGF0YQ==',
      metadata_options: { http_endpoint: 'enabled', http_tokens: 'required', http_put_response_hop_limit: 1 },
      block_device_mappings: [
        {
          device_name: '/dev/xvda',
          ebs: { encrypted: 'true', kms_key_id: keyArn, delete_on_termination: 'true', volume_type: 'gp3' },
        },
      ],
      tag_specifications: [
        { resource_type: 'volume', tags: { team: 'a' } },
        { resource_type: 'network-interface', tags: { team: 'a' } },
      ],
      lifecycle: { precondition: [] },
    });
  });

  test('maximal properties', () => {
    expect(blockOf(make(launchMaximal), 'aws_launch_template')).toMatchObject({
      image_id: 'ami-2',
      vpc_security_group_ids: ['sg-1', 'sg-2'],
      key_name: 'break-glass',
      metadata_options: { http_put_response_hop_limit: 2 },
      block_device_mappings: [
        {
          device_name: '/dev/sda1',
          ebs: { volume_type: 'gp3', volume_size: 50, iops: 4000, throughput: 500 },
        },
      ],
      lifecycle: { precondition: [renderedPrecondition] },
    });
  });
});
