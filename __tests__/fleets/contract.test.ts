import { gunzipSync } from 'node:zlib';
import type { EnvironmentInput } from '../../src/config/environment';
import { KEY_ARN, PARAMETER_ARN, SECRET_ARN, minimal } from '../support/environments';
import {
  addressOf,
  addressesOf,
  blockAt,
  blockOf,
  blocksOf,
  needs,
  synthesize,
  type Block,
  type Terraform,
} from '../support/synth';

/** What holds for every fleet, however it is built, launched and encrypted. */

type FleetInput = EnvironmentInput['fleets'][string];

const images: Record<string, FleetInput['image']> = {
  stock: { stock: 'amazon-linux-2023' },
  ami: { ami: 'ami-0a1b2c3d4e5f60718', rootDeviceName: '/dev/sda1' },
  packer: { packer: 'base' },
};
const launches: Record<string, FleetInput['launch']> = {
  configuration: { type: 'configuration' },
  template: { type: 'template' },
};
const keys = { 'a made key': {}, 'a given key': { kmsKeyArn: KEY_ARN } };
const boundary = 'arn:aws:iam::111122223333:policy/boundary';

const variants = Object.entries(images).flatMap(([image, choice]) =>
  Object.entries(launches).flatMap(([launch, how]) =>
    Object.entries(keys).map(([key, encryption]): [string, EnvironmentInput] => [
      `${image}, ${launch}, ${key}`,
      {
        ...minimal(),
        aws: { region: 'eu-central-1', permissionsBoundaryArn: boundary },
        tags: { team: 'platform' },
        encryption,
        images: { base: {} },
        fleets: {
          linux: {
            type: 'autoscaling-group',
            image: choice,
            launch: how,
            capacity: { min: 1, max: 2 },
            runners: {
              made: {},
              secret: { token: { secretArn: SECRET_ARN } },
              parameter: { token: { parameterArn: PARAMETER_ARN } },
            },
            policyArns: ['arn:aws:iam::aws:policy/A'],
            securityGroupIds: ['sg-0a1b2c3d4e5f60718'],
            tags: { cost: 'ci' },
          },
        },
      },
    ]),
  ),
);

/** What launches instances: metadata, volumes and user data, however it is called. */
function launchOf(terraform: Terraform) {
  const { resource } = terraform;
  if (resource.aws_launch_configuration !== undefined) {
    const launch = blockOf(terraform, 'aws_launch_configuration');
    return {
      address: addressOf(terraform, 'aws_launch_configuration'),
      launch,
      volumes: [launch.root_block_device as Block],
      userData: launch.user_data_base64 as string,
    };
  }
  const launch = blockOf(terraform, 'aws_launch_template');
  const mappings = launch.block_device_mappings as readonly Block[];
  return {
    address: addressOf(terraform, 'aws_launch_template'),
    launch,
    volumes: mappings.map(({ ebs }) => ebs as Block),
    userData: launch.user_data as string,
  };
}

describe.each(variants)('a fleet (%s)', (_, input) => {
  const terraform = synthesize(input);
  const { address: launchAddress, launch, volumes, userData } = launchOf(terraform);
  const group = blockOf(terraform, 'aws_autoscaling_group');

  test('lets nothing in', () => {
    expect(blocksOf(terraform, 'aws_security_group').filter((block) => 'ingress' in block)).toEqual([]);
    const inbound = Object.keys(terraform.resource).filter(
      (type) => /ingress/.test(type) || type === 'aws_security_group_rule',
    );
    expect(inbound).toEqual([]);
  });

  test('answers metadata requests with a token only, and not to containers', () => {
    expect(launch.metadata_options).toEqual({
      http_endpoint: 'enabled',
      http_tokens: 'required',
      http_put_response_hop_limit: 1,
    });
  });

  test('has no public address and no key pair of its own', () => {
    expect(launch).not.toHaveProperty('associate_public_ip_address');
    expect(launch).not.toHaveProperty('network_interfaces');
    expect(launch).not.toHaveProperty('key_name');
  });

  test('has encrypted volumes, with the key of the environment where a launch can name one', () => {
    expect(volumes.length).toBeGreaterThan(0);
    for (const { encrypted } of volumes) expect(String(encrypted)).toBe('true');
    const made = terraform.resource.aws_kms_key && `\${${addressOf(terraform, 'aws_kms_key')}.arn}`;
    const expected = launch.block_device_mappings === undefined ? [undefined] : [made ?? KEY_ARN];
    expect(volumes.map(({ kms_key_id: key }) => key)).toEqual(expected);
  });

  test('has secrets without a value', () => {
    expect(blocksOf(terraform, 'aws_secretsmanager_secret')).toHaveLength(1);
    const values = Object.keys(terraform.resource).filter((type) =>
      /secret_version|ssm_parameter|random/.test(type),
    );
    expect(values).toEqual([]);
    expect(Object.keys(terraform.data).filter((type) => /secret/.test(type))).toEqual([]);
    expect(JSON.stringify(terraform)).not.toContain('glrt-');
  });

  test('has encrypted logs that are kept for a time', () => {
    const groups = blocksOf(terraform, 'aws_cloudwatch_log_group');
    expect(groups.map(({ name }) => name).sort()).toEqual(['acme-dev-ec2-session', 'acme-dev-linux']);
    for (const { kms_key_id: key, retention_in_days: days } of groups) {
      expect(key).toMatch(/^(arn:aws:kms:|\$\{aws_kms_key\.)/);
      expect(days).toBe(90);
    }
  });

  test('has roles within the boundary', () => {
    for (const role of blocksOf(terraform, 'aws_iam_role')) expect(role.permissions_boundary).toBe(boundary);
  });

  test('may read its tokens, and no others', () => {
    const { Statement: statements } = JSON.parse(
      String(blockOf(terraform, 'aws_iam_role_policy').policy),
    ) as {
      Statement: { Sid: string; Resource: string[] }[];
    };
    const resources = (sid: string) =>
      statements.filter(({ Sid }) => Sid === sid).flatMap(({ Resource }) => Resource);
    expect(resources('TokenSecrets')).toEqual([
      `\${${addressOf(terraform, 'aws_secretsmanager_secret')}.arn}`,
      SECRET_ARN,
    ]);
    expect(resources('TokenParameters')).toEqual([PARAMETER_ARN]);
    expect(resources('Logs')).toHaveLength(2);
  });

  test('keeps what its machines need until the last of them is gone', () => {
    const kept = needs(terraform, addressOf(terraform, 'aws_autoscaling_group'));
    const types = [
      'iam_role_policy',
      'iam_role_policy_attachment',
      'iam_instance_profile',
      'secretsmanager_secret',
      'vpc_security_group_egress_rule',
      'cloudwatch_log_group',
      'security_group',
    ];
    for (const type of types) {
      const addresses = addressesOf(terraform).filter((address) => address.startsWith(`aws_${type}.`));
      expect(addresses.length).toBeGreaterThan(0);
      expect([...kept]).toEqual(expect.arrayContaining(addresses));
    }
  });

  test('is named in AWS’s form', () => {
    expect(group.name).toBe('acme-dev-linux');
    expect(blockOf(terraform, 'aws_iam_role').name).toBe('acme-dev-linux');
    for (const name of ['acme-dev-linux', 'acme-dev-ec2-session'])
      expect(name).toMatch(/^[a-z][a-z0-9-]{2,63}$/);
  });

  test('tags its instances, and says whose they are', () => {
    expect(group.tag).toEqual(
      Object.entries({
        team: 'platform',
        'gitlab-runner-aws:project': 'acme',
        'gitlab-runner-aws:environment': 'dev',
        cost: 'ci',
        Name: 'acme-dev-linux',
        'gitlab-runner-aws:fleet': 'linux',
      }).map(([key, value]) => ({ key, value, propagate_at_launch: true })),
    );
  });

  test('refreshes its instances when what launches them changes', () => {
    expect(group.instance_refresh).toMatchObject({ strategy: 'Rolling' });
    const [reference] = [
      group.launch_configuration,
      (group.launch_template as Block | undefined)?.version,
    ].filter((value) => value !== undefined);
    expect(reference).toMatch(
      launchAddress.startsWith('aws_launch_configuration')
        ? /^\$\{aws_launch_configuration\..*\.name\}$/
        : /^\$\{aws_launch_template\..*\.latest_version\}$/,
    );
    expect(group).not.toHaveProperty('desired_capacity');
  });

  /**
   * A launch configuration is made before the old one goes, and so is all that it refers to: a fixed name would then
   * be taken, unless nothing of that resource can force a new one.
   */
  test('can be replaced: nothing that a launch refers to has a fixed name and a field that replaces it', () => {
    const replacing: Record<string, string[]> = {
      aws_iam_instance_profile: ['path'],
      aws_iam_role: ['path'],
      aws_security_group: ['description', 'vpc_id'],
    };
    const referred = [...needs(terraform, launchAddress)].filter(
      (address) => !address.startsWith('data.') && !address.startsWith('aws_kms_key.'),
    );
    expect(referred.length).toBeGreaterThan(2);
    for (const address of referred) {
      const fields = replacing[address.split('.')[0] ?? ''];
      expect(fields).toBeDefined();
      const block = blockAt(terraform, address);
      const isFixed = 'name' in block;
      expect(isFixed && (fields ?? []).some((field) => field in block)).toBe(false);
    }
    expect(launch.name === undefined).toBe(launchAddress.startsWith('aws_launch_configuration'));
  });

  test('carries user data that cloud-init reads', () => {
    expect(userData).toMatch(/^[A-Za-z0-9+/]+=*$/);
    const bytes = Buffer.from(userData, 'base64');
    expect(bytes.length).toBeLessThanOrEqual(16384);
    expect(gunzipSync(bytes).toString()).toMatch(/^#cloud-config\n\{"write_files":\[/);
  });

  test('tags volumes and network interfaces where a launch can', () => {
    if (launch.tag_specifications === undefined) {
      expect(launchAddress).toMatch(/^aws_launch_configuration\./);
      return;
    }
    const specifications = launch.tag_specifications as readonly { resource_type: string; tags: Block }[];
    expect(specifications.map(({ resource_type: type }) => type)).toEqual(['volume', 'network-interface']);
    for (const { tags } of specifications)
      expect(tags).toMatchObject({ team: 'platform', cost: 'ci', Name: 'acme-dev-linux' });
  });
});

describe('a fleet on an image of our own', () => {
  const [, input] = variants.find(([name]) => name.startsWith('packer, template, a made')) ?? [];
  const terraform = synthesize(input);

  test('fails at the plan, with the build command, when the image is missing', () => {
    const { lifecycle } = blockOf(terraform, 'aws_launch_template') as {
      lifecycle?: { precondition: Block[] };
    };
    expect(lifecycle?.precondition).toEqual([
      {
        condition: expect.stringMatching(/^\$\{length\(data\.aws_ami_ids\..*\.ids\) > 0\}$/) as string,
        error_message: expect.stringMatching(
          /^There is no machine image with hash [0-9a-f]{32} in this environment's account and region\. Build it: npm run packer:build -- dev base$/,
        ) as string,
      },
    ]);
    expect(blockOf(terraform, 'aws_launch_template').image_id).toMatch(/^\$\{try\(data\.aws_ami_ids\./);
  });
});
