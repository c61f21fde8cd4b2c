import { App } from 'cdktf';
import { gunzipSync } from 'node:zlib';
import { EnvironmentStack } from '../../src/stacks/environment-stack';
import { errorsOf } from '../../src/stacks/errors';
import { KEY_ARN, parsed, withAutoscaler, type AutoscalerInput } from '../support/environments';
import {
  addressesOf,
  blockAt,
  blocksOf,
  needs,
  permissionsOf,
  provisioning,
  referencesOf,
  synthesize,
  type Block,
  type Terraform,
} from '../support/synth';
import { autoscalers } from './variants';

/** What holds for every manager that starts machines, besides what holds for every fleet. */

const fleet = 'acme-dev-ci';
const groupsOfWorkers = ['made', 'parameter', 'secret'].map((name) => `${fleet}-${name}`);

/** The address of the one of a type that has this name, or whose name begins so. */
function addressNamed(terraform: Terraform, type: string, name: string): string {
  const found = addressesOf(terraform).filter((address) => {
    if (!address.startsWith(`${type}.`)) return false;
    const block = blockAt(terraform, address);
    return block.name === name || block.name_prefix === `${name}-`;
  });
  if (found.length !== 1 || found[0] === undefined) throw new Error(`there is not one ${type} ${name}`);
  return found[0];
}
const blockNamed = (terraform: Terraform, type: string, name: string): Block =>
  blockAt(terraform, addressNamed(terraform, type, name));

/** Inbound or outbound rules of a security group. */
const rulesOf = (terraform: Terraform, direction: 'ingress' | 'egress', name: string): Block[] => {
  const group = addressNamed(terraform, 'aws_security_group', name);
  return blocksOf(terraform, `aws_vpc_security_group_${direction}_rule`).filter(
    ({ security_group_id: id }) => id === `\${${group}.id}`,
  );
};
const idOf = (terraform: Terraform, name: string): string =>
  `\${${addressNamed(terraform, 'aws_security_group', name)}.id}`;

interface Launch extends Block {
  readonly block_device_mappings: readonly { readonly ebs: Block }[];
  readonly user_data: string;
  readonly tag_specifications: readonly { readonly tags: Block }[];
}
const launchOf = (terraform: Terraform, name: string) =>
  blockNamed(terraform, 'aws_launch_template', name) as Launch;
const userDataOf = (terraform: Terraform, name: string): string =>
  gunzipSync(Buffer.from(launchOf(terraform, name).user_data, 'base64')).toString();

describe.each(autoscalers)('$title', ({ input }) => {
  const terraform = synthesize(input);

  test('has one group for each runner, and one for the manager', () => {
    const names = blocksOf(terraform, 'aws_autoscaling_group').map(({ name }) => name);
    expect(names.sort()).toEqual([fleet, ...groupsOfWorkers]);
  });

  test('has always one manager, never spot, which a change replaces after a new one is there', () => {
    const group = blockNamed(terraform, 'aws_autoscaling_group', fleet);
    expect(group).toMatchObject({ min_size: 1, max_size: 1, desired_capacity: 1 });
    expect(group).not.toHaveProperty('mixed_instances_policy');
    expect(group.instance_refresh).toMatchObject({
      strategy: 'Rolling',
      preferences: { min_healthy_percentage: 100, max_healthy_percentage: 110 },
    });
    const hooks = group.initial_lifecycle_hook as Block[];
    expect(hooks.map(({ name }) => name)).toEqual(['launch', 'drain']);
  });

  test.each(groupsOfWorkers)(
    'leaves the size of %s to the plugin, and the end of its instances too',
    (name) => {
      const group = blockNamed(terraform, 'aws_autoscaling_group', name);
      expect(group).toMatchObject({
        min_size: 0,
        max_size: 4,
        protect_from_scale_in: true,
        suspended_processes: ['AZRebalance'],
        lifecycle: { ignore_changes: ['desired_capacity'] },
      });
      expect(group.capacity_rebalance).toBe('mixed_instances_policy' in group ? false : undefined);
      for (const key of ['desired_capacity', 'instance_refresh', 'initial_lifecycle_hook', 'force_delete'])
        expect(group).not.toHaveProperty(key);
      for (const type of [
        'aws_autoscaling_policy',
        'aws_autoscaling_schedule',
        'aws_autoscaling_lifecycle_hook',
      ])
        expect(terraform.resource).not.toHaveProperty(type);
    },
  );

  test.each([fleet, ...groupsOfWorkers])(
    'launches %s with tokens for metadata, encrypted volumes and no key',
    (name) => {
      const launch = launchOf(terraform, name);
      expect(launch.metadata_options).toEqual({
        http_endpoint: 'enabled',
        http_tokens: 'required',
        http_put_response_hop_limit: 1,
      });
      expect(launch).not.toHaveProperty('key_name');
      expect(launch).not.toHaveProperty('network_interfaces');
      expect(launch.block_device_mappings).toHaveLength(1);
      const key = launch.block_device_mappings[0]?.ebs.kms_key_id;
      expect(launch.block_device_mappings[0]?.ebs.encrypted).toBe('true');
      expect([
        KEY_ARN,
        `\${${addressesOf(terraform).find((one) => one.startsWith('aws_kms_key.'))}.arn}`,
      ]).toContain(key);
      for (const { tags } of launch.tag_specifications)
        expect(tags).toMatchObject({ Name: name, cost: 'ci' });
    },
  );

  test.each(groupsOfWorkers)('says on instances of %s whose they are', (name) => {
    const tags = blockNamed(terraform, 'aws_autoscaling_group', name).tag as { key: string; value: string }[];
    expect(Object.fromEntries(tags.map(({ key, value }) => [key, value]))).toMatchObject({
      Name: name,
      'gitlab-runner-aws:fleet': 'ci',
      'gitlab-runner-aws:runner': name.slice(`${fleet}-`.length),
    });
  });

  test.each(groupsOfWorkers)('lets its manager, and nobody else, come to %s, by SSH', (name) => {
    const ssh = { ip_protocol: 'tcp', from_port: 22, to_port: 22 };
    expect(rulesOf(terraform, 'ingress', name)).toEqual([
      expect.objectContaining({ ...ssh, referenced_security_group_id: idOf(terraform, fleet) }),
    ]);
    expect(rulesOf(terraform, 'egress', fleet)).toContainEqual(
      expect.objectContaining({ ...ssh, referenced_security_group_id: idOf(terraform, name) }),
    );
  });

  test('lets nobody come to the manager but to its metrics', () => {
    const ports = rulesOf(terraform, 'ingress', fleet).map(({ from_port: port }) => port);
    expect(ports).toEqual([9252]);
  });

  test.each(groupsOfWorkers)('gives %s neither a token nor a configuration of gitlab-runner', (name) => {
    const written = userDataOf(terraform, name);
    expect(written).not.toContain('/etc/gitlab-runner/config.template.toml","permissions');
    expect(written).not.toContain('LAUNCH_HOOK=');
    expect(written).toContain('/usr/local/lib/gitlab-runner-aws/worker.sh');
    const actions = permissionsOf(terraform)[name]?.flatMap(({ Action }) => Action) ?? [];
    expect(actions.filter((action) => !action.startsWith('logs:'))).toEqual([]);
  });

  test('has its manager wait for the one before it', () => {
    expect(userDataOf(terraform, fleet)).toContain('RUNNER_UNIT=gitlab-runner-predecessor.service\\n');
  });

  test('ends the manager, with its jobs done, before any worker', () => {
    const manager = addressNamed(terraform, 'aws_autoscaling_group', fleet);
    const kept = needs(terraform, manager);
    for (const name of groupsOfWorkers) {
      const group = addressNamed(terraform, 'aws_autoscaling_group', name);
      expect(kept.has(group)).toBe(true);
      expect(needs(terraform, group).has(manager)).toBe(false);
      expect(referencesOf(blockAt(terraform, group)).length).toBeGreaterThan(3);
    }
  });
});

describe('what only workers have', () => {
  const runners: NonNullable<AutoscalerInput['runners']> = {
    linux: {
      workers: {
        maxInstances: 4,
        capacityPerInstance: 4,
        instanceTypes: ['m6i.large', 'm5.large'],
        spot: { onDemandBase: 1 },
        subnetIds: ['subnet-0a1b2c3d4e5f6071d'],
        securityGroupIds: ['sg-0a1b2c3d4e5f6071b'],
        egress: [{ cidr: '10.1.0.0/16', port: 443 }],
        policyArns: ['arn:aws:iam::aws:policy/B'],
        rootVolume: { sizeGib: 70 },
        sshUser: 'ci',
      },
    },
  };
  const terraform = synthesize(withAutoscaler({ runners, forceDelete: true }));
  const name = 'acme-dev-builds-linux';
  const group = blockNamed(terraform, 'aws_autoscaling_group', name);

  test('subnets, and a mix of types on spot capacity that nothing rebalances', () => {
    expect(group.vpc_zone_identifier).toEqual(['subnet-0a1b2c3d4e5f6071d']);
    expect(group.capacity_rebalance).toBe(false);
    expect(group.mixed_instances_policy).toMatchObject({
      launch_template: { override: [{ instance_type: 'm6i.large' }, { instance_type: 'm5.large' }] },
      instances_distribution: { on_demand_base_capacity: 1, on_demand_percentage_above_base_capacity: 0 },
    });
    expect(group.force_delete).toBe(true);
  });

  test('security groups, ways out, policies and a volume', () => {
    const launch = launchOf(terraform, name);
    expect(launch.vpc_security_group_ids).toEqual([idOf(terraform, name), 'sg-0a1b2c3d4e5f6071b']);
    expect(launch.block_device_mappings[0]?.ebs.volume_size).toBe(70);
    expect(rulesOf(terraform, 'egress', name)).toEqual([
      expect.objectContaining({ cidr_ipv4: '10.1.0.0/16', ip_protocol: 'tcp', from_port: 443, to_port: 443 }),
    ]);
    const attached = blocksOf(terraform, 'aws_iam_role_policy_attachment').map((one) => one.policy_arn);
    expect(attached).toEqual(['arn:aws:iam::aws:policy/B']);
  });

  test('as many sessions of SSH as their jobs need, and the user that the manager comes as', () => {
    const written = userDataOf(terraform, name);
    expect(written).toContain('"content":"MaxSessions 18\\nMaxStartups 18:30:118\\n"');
    expect(written).toContain('WORKER_USER=ci\\n');
    expect(written).toContain('log_group_name\\":\\"acme-dev-builds-linux\\"');
  });

  test('no part in what the manager has', () => {
    const manager = blockNamed(terraform, 'aws_autoscaling_group', 'acme-dev-builds');
    expect(manager.vpc_zone_identifier).toEqual(['subnet-0a1b2c3d4e5f60718']);
    expect(launchOf(terraform, 'acme-dev-builds').vpc_security_group_ids).toEqual([
      idOf(terraform, 'acme-dev-builds'),
    ]);
  });
});

test('user data of workers that is too large is an error at the runner that has them', () => {
  const packages = Array.from({ length: 2500 }, (_, index) => `package-${(index * 7919 ** 3) % 1e9}`);
  const workers = { image: { stock: 'amazon-linux-2023', packages } } as const;
  const app = new App({ stackTraces: false });
  const model = parsed(withAutoscaler({ runners: { default: { workers } } }));
  new EnvironmentStack(app, model, provisioning);
  expect(errorsOf(app)).toEqual([
    expect.stringMatching(
      /^dev\.ts: fleets\.builds\.runners\.default\.workers must not make user data larger than 16384 bytes \(build an image with Packer, or carry less\), got \d{5}$/,
    ),
  ]);
});
