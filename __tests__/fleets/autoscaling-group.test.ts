import { gunzipSync } from 'node:zlib';
import { KEY_ARN } from '../support/environments';
import { addressOf, blockOf, permissionsOf, synthesize, type Block, type Terraform } from '../support/synth';
import { groups } from './variants';

/** What holds for every group of instances, besides what holds for every fleet. */

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

describe.each(groups)('$title', ({ input }) => {
  const terraform = synthesize(input);
  const { address: launchAddress, launch, volumes, userData } = launchOf(terraform);
  const group = blockOf(terraform, 'aws_autoscaling_group');

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

  test('tags its instances, and says whose they are', () => {
    expect(group.tag).toEqual(
      Object.entries({
        team: 'platform',
        'gitlab-runner-aws:project': 'acme',
        'gitlab-runner-aws:environment': 'dev',
        cost: 'ci',
        Name: 'acme-dev-ci',
        'gitlab-runner-aws:fleet': 'ci',
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

  test('has a launch configuration without a fixed name: the next one is made before it goes', () => {
    expect(launch.name === undefined).toBe(launchAddress.startsWith('aws_launch_configuration'));
  });

  test('writes its own logs and those of sessions, and no others', () => {
    const logs = permissionsOf(terraform)['acme-dev-ci']?.find(({ Sid }) => Sid === 'Logs');
    expect(logs?.Resource).toEqual([
      expect.stringMatching(/^\$\{aws_cloudwatch_log_group\.fleet-ci_logs_.*\.arn\}:\*$/),
      expect.stringMatching(/^\$\{aws_cloudwatch_log_group\.session-logs_.*\.arn\}:\*$/),
    ]);
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
      expect(tags).toMatchObject({ team: 'platform', cost: 'ci', Name: 'acme-dev-ci' });
  });
});

describe('a fleet on an image of our own', () => {
  const { input } = groups.find(({ title }) => title.includes('packer, template, a made')) ?? {};
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
