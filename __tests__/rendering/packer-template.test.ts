import type { EnvironmentInput } from '../../src/config/environment';
import {
  buildTag,
  imageHashTag,
  packerPlugins,
  renderPackerTemplate,
} from '../../src/rendering/packer-template';
import { packerFields, type PackerField } from '../support/fixtures';
import { KEY_ARN, minimal, parsed, withCreated, withImage, withValue } from '../support/environments';
import { maximal } from '../support/maximal';

/** The template of an image: what Packer and its plugin know, and what the model says. */

const hash = '0123456789abcdef0123456789abcdef';
type Table = Record<string, unknown>;
type ImageInput = NonNullable<Parameters<typeof withImage>[0]>;

function templateOf(input: EnvironmentInput | object) {
  const environment = parsed(input);
  const [image] = environment.images;
  if (image === undefined) throw new Error('there is no image');
  const template = renderPackerTemplate(image, environment, hash);
  const source = template.source['amazon-ebs'][image.name];
  if (source === undefined) throw new Error('there is no source');
  return { template, source, build: template.build[0] };
}
const sourceOf = (image: ImageInput = {}, fields: Partial<EnvironmentInput> = {}) =>
  templateOf(withImage(image, fields)).source;

/** Machines of Docker Machine use it, and no fleet of this environment. */
const onUbuntu = (image: ImageInput = {}, fields: Partial<EnvironmentInput> = {}): EnvironmentInput => ({
  ...minimal(),
  images: { base: { base: 'ubuntu-24.04', ...image } },
  ...fields,
});

const west = KEY_ARN.replace('eu-central-1', 'eu-west-1');
const variants: [string, object][] = [
  ['minimal', withImage()],
  ['maximal', maximal()],
  ['private', withImage({ build: { sshInterface: 'private_ip' } })],
  ['public', withImage({ build: { sshInterface: 'public_ip', iamInstanceProfile: 'packer' } })],
  ['copied', withImage({ copyToRegions: { 'eu-west-1': {} } })],
  ['encrypted', withImage({}, { encryption: { kmsKeyArn: KEY_ARN } })],
  ['in the default VPC', withCreated({}, withImage())],
  ['on Ubuntu', onUbuntu()],
];

describe.each(variants)('the template of an image (%s)', (_, input) => {
  const { template, source, build } = templateOf(input);

  /** Fields of a block that Packer doesn't know, and maps and lists that are none. */
  function strangers(block: Table, fields: readonly PackerField[], path = ''): string[] {
    return Object.entries(block).flatMap(([name, value]) => {
      const here = `${path}${name}`;
      const field = fields.find((known) => known.name === name);
      if (field === undefined) return [here];
      if (value === null || value === undefined) return [`${here} has no value`];
      if (field.fields !== undefined)
        return (Array.isArray(value) ? value : [value]).flatMap((inner) =>
          strangers(inner as Table, field.fields ?? [], `${here}.`),
        );
      return isOf(field.type, value) ? [] : [`${here} is no ${field.type}`];
    });
  }

  const isOf = (type: string, value: unknown): boolean => {
    switch (type) {
      case 'string':
        return typeof value === 'string';
      case 'bool':
        return typeof value === 'boolean';
      case 'number':
        return typeof value === 'number';
      case 'list(string)':
        return Array.isArray(value) && value.every((inner) => typeof inner === 'string');
      case 'map(string)':
        return (
          !Array.isArray(value) && Object.values(value as Table).every((inner) => typeof inner === 'string')
        );
      default:
        return false;
    }
  };

  test('has only fields that Packer knows, nested ones too', () => {
    const { core, sources, provisioners } = packerFields;
    const ebs = sources['amazon-ebs'] ?? [];
    expect(ebs.length).toBeGreaterThan(140);
    expect(Object.keys(core.top_level_blocks)).toEqual(expect.arrayContaining(Object.keys(template)));
    expect(strangers(source as unknown as Table, ebs)).toEqual([]);
    const buildFields = [...core.build.map(({ name }) => name), ...Object.keys(core.build_blocks)];
    expect(buildFields).toEqual(expect.arrayContaining(Object.keys(build)));
    for (const step of [...build.provisioner, ...build['post-processor']]) {
      const [type = '', block] = Object.entries(step)[0] ?? [];
      const fields = provisioners[type] ?? packerFields['post-processors'][type];
      expect(fields).toBeDefined();
      expect(strangers(block as Table, fields ?? [])).toEqual([]);
    }
  });

  test('has what Packer requires', () => {
    const required = (packerFields.sources['amazon-ebs'] ?? [])
      .filter((field) => field.required === true)
      .map(({ name }) => name);
    expect(required).toEqual(['ami_name']);
    expect(Object.keys(source)).toEqual(
      expect.arrayContaining([
        ...required,
        'region',
        'instance_type',
        'source_ami_filter',
        'ssh_username',
        'communicator',
      ]),
    );
    expect(source.source_ami_filter.owners).not.toHaveLength(0);
  });

  /** Every text of a value, keys of maps included. */
  const textsOf = (value: unknown): string[] => {
    if (typeof value === 'string') return [value];
    if (value === null || typeof value !== 'object') return [];
    return Object.entries(value).flatMap(([key, inner]) => [key, ...textsOf(inner)]);
  };

  test('has expressions only where it means them', () => {
    const expressions = textsOf(template).filter((text) => /[$%]\{/.test(text));
    const [deletion, name, ...others] = [/^\$\{timeadd/, /^acme-base/, /path\.root/].map((start) =>
      expressions.filter((text) => start.test(text)).sort(),
    );
    expect(deletion).toEqual([expect.stringMatching(/^\$\{timeadd\(timestamp\(\), "\d+h"\)\}$/)]);
    expect(name).toEqual([
      expect.stringMatching(/^acme-base-[0-9a-f]{32}-\$\{formatdate\("YYYYMMDDhhmmss", timestamp\(\)\)\}$/),
    ]);
    expect(others).toEqual([['${path.root}/manifest.json', '${path.root}/provisioning']]);
    expect(expressions).toHaveLength(4);
    expect(
      textsOf(template)
        .filter((text) => text.includes('{{'))
        .sort(),
    ).toEqual(['{{ .SourceAMIName }}', '{{ .SourceAMI }}'].sort());
  });

  test('has no way in from the internet', () => {
    expect(JSON.stringify(source)).not.toContain('0.0.0.0/0');
    const limits = [
      source.temporary_security_group_source_cidrs !== undefined,
      source.temporary_security_group_source_public_ip === true,
    ];
    expect(limits.filter(Boolean)).toHaveLength(1);
  });

  test('builds with IMDSv2, encrypted, and the hash on nothing but the finished image', () => {
    expect(source).toMatchObject({
      imds_support: 'v2.0',
      metadata_options: { http_endpoint: 'enabled', http_tokens: 'required', http_put_response_hop_limit: 1 },
    });
    expect(source.launch_block_device_mappings.map(({ encrypted }) => encrypted)).toEqual([true]);
    expect(source.tags[imageHashTag]).toBe(hash);
    for (const tags of [source.run_tags, source.run_volume_tags, source.snapshot_tags]) {
      expect(tags[buildTag]).toBe('base');
      expect(tags).not.toHaveProperty([imageHashTag]);
    }
  });

  test('encrypts every region that it copies to, its own included', () => {
    const regions = Object.keys(source.region_kms_key_ids ?? {});
    expect(source.ami_regions ?? []).toEqual(regions);
    expect(source.encrypt_boot).toBe(regions.length > 0 ? true : undefined);
    if (regions.length > 0) expect(regions).toContain(source.region);
    expect('kms_key_id' in source && source.encrypt_boot !== true).toBe(false);
  });

  test('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(template))).toEqual(template);
  });
});

describe('the source', () => {
  test('of the smallest image', () => {
    expect(sourceOf()).toEqual({
      region: 'eu-central-1',
      ami_name: `acme-base-${hash}-\${formatdate("YYYYMMDDhhmmss", timestamp())}`,
      ami_description: 'gitlab-runner 19.3.0 on amazon-linux-2023',
      deprecate_at: '${timeadd(timestamp(), "2160h")}',
      imds_support: 'v2.0',
      source_ami_filter: {
        filters: {
          name: 'al2023-ami-2023.*-kernel-*-x86_64',
          architecture: 'x86_64',
          'root-device-type': 'ebs',
          'virtualization-type': 'hvm',
        },
        owners: ['amazon'],
        most_recent: true,
      },
      instance_type: 't3.large',
      subnet_id: 'subnet-0a1b2c3d4e5f60718',
      temporary_iam_instance_profile_policy_document: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: [
              'ssm:UpdateInstanceInformation',
              'ssmmessages:CreateControlChannel',
              'ssmmessages:CreateDataChannel',
              'ssmmessages:OpenControlChannel',
              'ssmmessages:OpenDataChannel',
            ],
            Resource: ['*'],
          },
        ],
      },
      temporary_security_group_source_cidrs: ['127.0.0.1/32'],
      temporary_key_pair_type: 'ed25519',
      metadata_options: { http_endpoint: 'enabled', http_tokens: 'required', http_put_response_hop_limit: 1 },
      launch_block_device_mappings: [
        {
          device_name: '/dev/xvda',
          volume_size: 30,
          volume_type: 'gp3',
          iops: 3000,
          throughput: 125,
          delete_on_termination: true,
          encrypted: true,
        },
      ],
      aws_polling: { delay_seconds: 15, max_attempts: 240 },
      communicator: 'ssh',
      ssh_interface: 'session_manager',
      ssh_username: 'ec2-user',
      ssh_timeout: '10m',
      ssh_clear_authorized_keys: true,
      run_tags: { Name: 'acme-base', 'gitlab-runner-aws:image': 'base' },
      run_volume_tags: { Name: 'acme-base', 'gitlab-runner-aws:image': 'base' },
      snapshot_tags: { Name: 'acme-base', 'gitlab-runner-aws:image': 'base' },
      tags: {
        Name: 'acme-base',
        'gitlab-runner-aws:image': 'base',
        'gitlab-runner-aws:image-hash': hash,
        'gitlab-runner-aws:gitlab-runner-version': '19.3.0',
        'gitlab-runner-aws:base': 'amazon-linux-2023',
        'gitlab-runner-aws:base-ami': '{{ .SourceAMI }}',
        'gitlab-runner-aws:base-ami-name': '{{ .SourceAMIName }}',
      },
    });
  });

  test('has a name that AWS takes, with the longest project and image', () => {
    const long = 'a'.repeat(32);
    const input = {
      ...withImage(),
      project: long,
      images: { [long]: {} },
      fleets: { linux: { type: 'autoscaling-group', capacity: { min: 0, max: 0 } } },
    };
    const { ami_name: name } = templateOf(input).source;
    expect(name.replace(/\$\{.*\}/, '20260101000000').length).toBeLessThanOrEqual(128);
  });

  test('follows the architecture', () => {
    const source = sourceOf({ architecture: 'arm64' });
    expect(source.instance_type).toBe('t4g.large');
    expect(source.source_ami_filter.filters).toMatchObject({
      name: 'al2023-ami-2023.*-kernel-*-arm64',
      architecture: 'arm64',
    });
  });

  test('on Ubuntu is the same but for what Canonical has otherwise, and says no version of gitlab-runner', () => {
    const amazon = sourceOf();
    const { 'gitlab-runner-aws:gitlab-runner-version': version, ...tags } = amazon.tags;
    expect(version).toBe('19.3.0');
    expect(templateOf(onUbuntu({ gitlabRunnerVersion: '18.2.1' })).source).toEqual({
      ...amazon,
      ami_description: 'machines of Docker Machine on ubuntu-24.04',
      source_ami_filter: {
        filters: {
          name: 'ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*',
          architecture: 'x86_64',
          'root-device-type': 'ebs',
          'virtualization-type': 'hvm',
        },
        owners: ['099720109477'],
        most_recent: true,
      },
      launch_block_device_mappings: [{ ...amazon.launch_block_device_mappings[0], device_name: '/dev/sda1' }],
      ssh_username: 'ubuntu',
      tags: { ...tags, 'gitlab-runner-aws:base': 'ubuntu-24.04' },
    });
  });

  test('on Ubuntu for arm64 is of the same architecture, which Canonical calls arm64 too', () => {
    expect(templateOf(onUbuntu({ architecture: 'arm64' })).source.source_ami_filter.filters).toMatchObject({
      name: 'ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-*',
      architecture: 'arm64',
    });
  });

  test.each([
    ['cn-north-1', '837727238323'],
    ['us-gov-west-1', '513442679011'],
  ])('on Ubuntu in %s is of the account that Canonical has there', (region, account) => {
    const { source } = templateOf(onUbuntu({}, { aws: { region } }));
    expect(source.source_ami_filter.owners).toEqual([account]);
  });

  test('has the sizes, versions, days and places of the model', () => {
    const source = sourceOf({
      rootVolumeGib: 44,
      gitlabRunnerVersion: '18.2.1',
      deprecateAfterDays: 2,
      build: { instanceType: 'c6i.large', subnetId: 'subnet-0a1b2c3d' },
    });
    expect(source.launch_block_device_mappings[0]?.volume_size).toBe(44);
    expect(source.ami_description).toBe('gitlab-runner 18.2.1 on amazon-linux-2023');
    expect(source.tags['gitlab-runner-aws:gitlab-runner-version']).toBe('18.2.1');
    expect(source.deprecate_at).toBe('${timeadd(timestamp(), "48h")}');
    expect(source).toMatchObject({ instance_type: 'c6i.large', subnet_id: 'subnet-0a1b2c3d' });
  });

  test('assumes the role of the environment', () => {
    const { source } = templateOf(
      withValue(withImage(), 'aws.assumeRoleArn', 'arn:aws:iam::111122223333:role/terraform'),
    );
    expect(source.assume_role).toEqual({
      role_arn: 'arn:aws:iam::111122223333:role/terraform',
      session_name: 'packer',
    });
  });

  test('encrypts with the given key', () => {
    const source = sourceOf({}, { encryption: { kmsKeyArn: KEY_ARN } });
    expect(source.launch_block_device_mappings[0]).toMatchObject({ encrypted: true, kms_key_id: KEY_ARN });
    expect(source).not.toHaveProperty('encrypt_boot');
  });

  test('is shared with accounts', () => {
    const source = sourceOf(
      { shareWithAccountIds: ['444455556666'] },
      { encryption: { kmsKeyArn: KEY_ARN } },
    );
    expect(source.ami_users).toEqual(['444455556666']);
    expect(sourceOf()).not.toHaveProperty('ami_users');
  });

  test.each<[string, Partial<EnvironmentInput>, ImageInput['copyToRegions'], object]>([
    [
      'default keys',
      {},
      { 'eu-west-1': {}, 'us-east-1': {} },
      {
        ami_regions: ['eu-central-1', 'eu-west-1', 'us-east-1'],
        region_kms_key_ids: { 'eu-central-1': '', 'eu-west-1': '', 'us-east-1': '' },
      },
    ],
    [
      'given keys',
      { encryption: { kmsKeyArn: KEY_ARN } },
      { 'eu-west-1': { kmsKeyArn: west } },
      {
        kms_key_id: KEY_ARN,
        ami_regions: ['eu-central-1', 'eu-west-1'],
        region_kms_key_ids: { 'eu-central-1': KEY_ARN, 'eu-west-1': west },
      },
    ],
  ])('is copied with %s', (_, fields, copyToRegions = {}, expected) => {
    expect(sourceOf({ copyToRegions }, fields)).toMatchObject({ encrypt_boot: true, ...expected });
  });

  test('is reached through Session Manager with a given profile', () => {
    const source = sourceOf({ build: { iamInstanceProfile: 'packer' } });
    expect(source).toMatchObject({ ssh_interface: 'session_manager', iam_instance_profile: 'packer' });
    expect(source).not.toHaveProperty('temporary_iam_instance_profile_policy_document');
  });

  test('is reached by its private address from private addresses', () => {
    const source = sourceOf({ build: { sshInterface: 'private_ip' } });
    expect(source).toMatchObject({
      ssh_interface: 'private_ip',
      temporary_security_group_source_cidrs: [
        '10.0.0.0/8',
        '172.16.0.0/12',
        '192.168.0.0/16',
        '100.64.0.0/10',
      ],
    });
    expect(source).not.toHaveProperty('temporary_iam_instance_profile_policy_document');
    expect(source).not.toHaveProperty('iam_instance_profile');
  });

  test('is reached by its public address from ours only', () => {
    const source = sourceOf({ build: { sshInterface: 'public_ip', iamInstanceProfile: 'packer' } });
    expect(source).toMatchObject({
      ssh_interface: 'public_ip',
      associate_public_ip_address: true,
      temporary_security_group_source_public_ip: true,
      iam_instance_profile: 'packer',
    });
    expect(source).not.toHaveProperty('temporary_security_group_source_cidrs');
  });

  test('keeps its own tags over those of the user, which cannot claim a hash', () => {
    const tags = { team: 'platform', Name: 'mine', [imageHashTag]: 'f'.repeat(32) };
    let source;
    try {
      source = sourceOf({}, { tags });
    } catch {
      return; // refused: just as good
    }
    expect(source.tags).toMatchObject({ team: 'platform', [imageHashTag]: hash });
    expect(source.run_tags).not.toHaveProperty([imageHashTag]);
  });
});

describe('the build', () => {
  const { build } = templateOf(withImage());

  test('is called as the image', () => {
    expect(build).toMatchObject({ name: 'acme-base', sources: ['source.amazon-ebs.base'] });
  });

  test('waits for cloud-init, provisions, cleans up and checks, in this order and from any working directory', () => {
    expect(build.provisioner).toEqual([
      { shell: { inline: ['sudo cloud-init status --wait || [ $? -eq 2 ]'] } },
      { file: { source: '${path.root}/provisioning', destination: '/tmp' } },
      { shell: { inline: ['sudo bash /tmp/provisioning/scripts/provision.sh'] } },
      {
        shell: {
          inline: [
            'sudo cp /tmp/provisioning/scripts/check-clean.sh /run/check-clean.sh',
            'sudo bash /tmp/provisioning/scripts/clean-up.sh',
            'sudo bash /run/check-clean.sh',
          ],
        },
      },
    ]);
  });

  test('writes down what it built', () => {
    expect(build['post-processor']).toEqual([
      {
        manifest: {
          output: '${path.root}/manifest.json',
          strip_path: true,
          custom_data: { environment: 'dev', image: 'base', hash },
        },
      },
    ]);
  });
});

test('Packer and plugin are of versions that know all of this, in a file of their own', () => {
  expect(packerPlugins).toEqual({
    packer: [
      {
        required_version: '>= 1.10.0',
        required_plugins: [
          { amazon: { source: 'github.com/hashicorp/amazon', version: '>= 1.8.2, < 2.0.0' } },
        ],
      },
    ],
  });
  expect(packerFields.core.packer.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['required_version', 'required_plugins']),
  );
});
