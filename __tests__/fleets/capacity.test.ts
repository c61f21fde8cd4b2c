import { KEY_ARN, withFleet, type GroupInput } from '../support/environments';
import {
  addressOf,
  addressesOf,
  blockAt,
  blockOf,
  blocksOf,
  needs,
  synthesize,
  type Block,
} from '../support/synth';

/** Who decides how large a group is, and what a deploy leaves to them. */

type Fleet = Partial<GroupInput>;

const groupOf = (fields: Fleet) => blockOf(synthesize(withFleet(fields)), 'aws_autoscaling_group');
const night = { cron: '0 20 * * *' };

describe('a deploy leaves alone', () => {
  test.each<[string, Fleet, string[] | undefined]>([
    ['nothing of a fixed group', {}, undefined],
    [
      'the wanted size, where schedules set only that',
      { capacity: { min: 1, max: 2, schedules: { night: { ...night, desired: 1 } } } },
      ['desired_capacity'],
    ],
    [
      'the minimum that a schedule sets',
      { capacity: { min: 1, max: 2, schedules: { night: { ...night, min: 0 } } } },
      ['min_size', 'desired_capacity'],
    ],
    [
      'the maximum that a schedule sets',
      { capacity: { min: 1, max: 2, schedules: { night: { ...night, max: 9 } } } },
      ['max_size', 'desired_capacity'],
    ],
    ['the wanted size, where the jobs set it', { scaling: { type: 'jobs' } }, ['desired_capacity']],
  ])('%s', (_, fields, expected) => {
    const { lifecycle } = groupOf(fields) as { lifecycle?: { ignore_changes: string[] } };
    expect(lifecycle?.ignore_changes).toEqual(expected);
  });
});

test('schedules become scheduled actions of the group', () => {
  const schedules = { night: { ...night, timezone: 'Europe/Berlin', min: 0, max: 0 } };
  const terraform = synthesize(withFleet({ capacity: { min: 1, max: 2, schedules } }));
  expect(blockOf(terraform, 'aws_autoscaling_schedule')).toMatchObject({
    autoscaling_group_name: `\${${addressOf(terraform, 'aws_autoscaling_group')}.name}`,
    scheduled_action_name: 'night',
    recurrence: '0 20 * * *',
    time_zone: 'Europe/Berlin',
  });
});

test('every group holds its instances at their start and at their end, by hooks of its own', () => {
  expect(groupOf({}).initial_lifecycle_hook).toEqual([
    {
      name: 'launch',
      lifecycle_transition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
      heartbeat_timeout: 1800,
      default_result: 'ABANDON',
    },
    {
      name: 'drain',
      lifecycle_transition: 'autoscaling:EC2_INSTANCE_TERMINATING',
      heartbeat_timeout: 3600,
      default_result: 'CONTINUE',
    },
  ]);
  expect(synthesize(withFleet({})).resource).not.toHaveProperty('aws_autoscaling_lifecycle_hook');
});

test('destroying a group waits as long as a drain may take, and 15 minutes; or not at all', () => {
  expect(groupOf({}).timeouts).toEqual({ delete: '1455m' });
  expect(groupOf({ drainTimeoutSeconds: 600 }).timeouts).toEqual({ delete: '25m' });
  expect(groupOf({})).not.toHaveProperty('force_delete');
  expect(groupOf({ forceDelete: true }).force_delete).toBe(true);
});

test('several types and spot make a mixed group, which replaces what EC2 is about to take', () => {
  const launch = {
    type: 'template' as const,
    instanceTypes: ['m6i.large', 'm5.large'],
    spot: { onDemandBase: 1 },
  };
  const group = groupOf({ launch });
  expect(group).not.toHaveProperty('launch_template');
  expect(group).toMatchObject({
    capacity_rebalance: true,
    mixed_instances_policy: {
      launch_template: { override: [{ instance_type: 'm6i.large' }, { instance_type: 'm5.large' }] },
      instances_distribution: {
        on_demand_base_capacity: 1,
        on_demand_percentage_above_base_capacity: 0,
        spot_allocation_strategy: 'price-capacity-optimized',
      },
    },
  });
});

test('metrics are for the named groups only', () => {
  const ids = ['sg-0a1b2c3d4e5f60718', 'sg-0a1b2c3d4e5f60719'];
  const terraform = synthesize(withFleet({ metrics: { port: 9100, allowedSecurityGroupIds: ids } }));
  const rules = blocksOf(terraform, 'aws_vpc_security_group_ingress_rule');
  expect(rules.map(({ referenced_security_group_id: from }) => from).sort()).toEqual(ids);
  for (const rule of rules)
    expect(rule).toMatchObject({ ip_protocol: 'tcp', from_port: 9100, to_port: 9100 });
});

describe('a group that follows its jobs', () => {
  const boundary = 'arn:aws:iam::111122223333:policy/boundary';
  const terraform = synthesize({
    ...withFleet({ scaling: { type: 'jobs', headroomJobs: 3, idleTimeSeconds: 300 }, concurrent: 6 }),
    aws: { region: 'eu-central-1', permissionsBoundaryArn: boundary },
    encryption: { kmsKeyArn: KEY_ARN },
  });
  const lambda = blockOf(terraform, 'aws_lambda_function') as Block & {
    environment: { variables: { SETTINGS: string } };
    vpc_config: { subnet_ids: string[]; security_group_ids: string[] };
  };
  const named = (type: string, name: string) =>
    addressesOf(terraform).find(
      (address) =>
        address.startsWith(`${type}.`) && JSON.stringify(blockAt(terraform, address)).includes(name),
    ) ?? '';
  const functionGroup = named('aws_security_group', 'acme-dev-linux-scaling-');
  const machineGroup = named('aws_security_group', '"acme-dev-linux-"');

  test('does not move instances from zone to zone', () => {
    expect(blockOf(terraform, 'aws_autoscaling_group').suspended_processes).toEqual(['AZRebalance']);
    expect(groupOf({})).not.toHaveProperty('suspended_processes');
  });

  test('tells its function what the model says', () => {
    expect(JSON.parse(lambda.environment.variables.SETTINGS)).toEqual({
      groupName: 'acme-dev-linux',
      metricsPort: 9252,
      namespace: 'GitLabRunner',
      headroomJobs: 3,
      idleTimeSeconds: 300,
      capacityPerInstance: 4,
    });
  });

  test('has its function in the network, where only it reaches the metrics', () => {
    expect(lambda.vpc_config).toEqual({
      subnet_ids: ['subnet-0a1b2c3d4e5f60718'],
      security_group_ids: [`\${${functionGroup}.id}`],
    });
    expect(blockOf(terraform, 'aws_vpc_security_group_ingress_rule')).toEqual({
      security_group_id: `\${${machineGroup}.id}`,
      referenced_security_group_id: `\${${functionGroup}.id}`,
      ip_protocol: 'tcp',
      from_port: 9252,
      to_port: 9252,
      lifecycle: { create_before_destroy: true },
    });
  });

  test('lets its function send to the metrics and to AWS, and nowhere else', () => {
    const rules = blocksOf(terraform, 'aws_vpc_security_group_egress_rule').filter(
      ({ security_group_id: id }) => id === `\${${functionGroup}.id}`,
    );
    expect(rules.map(({ from_port: from, to_port: to }) => [from, to]).sort()).toEqual([
      [443, 443],
      [443, 443],
      [9252, 9252],
    ]);
  });

  test('encrypts logs and dead letters of its function, which has a role within the boundary', () => {
    expect(blockOf(terraform, 'aws_sqs_queue').kms_master_key_id).toBe(KEY_ARN);
    expect(named('aws_cloudwatch_log_group', '"acme-dev-linux-scaling"')).not.toBe('');
    const roles = blocksOf(terraform, 'aws_iam_role');
    expect(roles).toHaveLength(2);
    for (const role of roles) expect(role.permissions_boundary).toBe(boundary);
  });

  test('has its function’s permissions before the function, and takes them away after it', () => {
    const kept = needs(terraform, addressOf(terraform, 'aws_lambda_function'));
    expect([...kept]).toEqual(expect.arrayContaining([named('aws_iam_role_policy', 'ScaleGroup')]));
  });

  test('keeps what its machines need until the last of them is gone', () => {
    const kept = needs(terraform, addressOf(terraform, 'aws_autoscaling_group'));
    const types = [
      'ingress_rule',
      'iam_instance_profile',
      'secretsmanager_secret',
      'log_group.fleet-linux_logs',
    ];
    for (const type of types) expect([...kept].join()).toContain(type);
  });
});
