import { EncryptedLogGroup } from '../../src/constructs/encrypted-log-group';
import { GroupSchedules } from '../../src/constructs/group-schedules';
import { MachineGroup, type MachineGroupProps } from '../../src/constructs/machine-group';
import { addressesOf, blockOf, blocksOf, synthesizeScope } from '../support/synth';

/** Groups of machines, with everything that Terraform gets. */

const minimal: MachineGroupProps = {
  name: 'a',
  launched: { kind: 'launch-configuration', name: 'a-1' },
  subnetIds: ['subnet-1'],
  capacity: { min: 0, max: 1, maxInstanceLifetimeDays: 0 },
  movedElsewhere: [],
  suspendedProcesses: [],
  refresh: { minHealthyPercentage: 100, maxHealthyPercentage: 110 },
  hooks: [],
  drainTimeoutSeconds: 3600,
  forceDelete: false,
  tags: {},
  dependables: [],
};

const groupOf = (props: Partial<MachineGroupProps>) =>
  blockOf(
    synthesizeScope((scope) => {
      new MachineGroup(scope, 'group', { ...minimal, ...props });
    }),
    'aws_autoscaling_group',
  );

test('a group with the least: a capacity that a deploy never resets, and a refresh that nothing holds up', () => {
  expect(groupOf({})).toEqual({
    name: 'a',
    launch_configuration: 'a-1',
    vpc_zone_identifier: ['subnet-1'],
    min_size: 0,
    max_size: 1,
    max_instance_lifetime: 0,
    health_check_type: 'EC2',
    initial_lifecycle_hook: [],
    wait_for_capacity_timeout: '0',
    instance_refresh: {
      strategy: 'Rolling',
      preferences: {
        min_healthy_percentage: 100,
        max_healthy_percentage: 110,
        instance_warmup: '0',
        skip_matching: true,
        auto_rollback: false,
        scale_in_protected_instances: 'Refresh',
        standby_instances: 'Ignore',
      },
    },
    timeouts: { delete: '75m' },
    tag: [],
    depends_on: [],
  });
});

test('a group with everything', () => {
  const terraform = synthesizeScope((scope) => {
    const logs = new EncryptedLogGroup(scope, 'logs', { name: 'l', kmsKeyArn: 'arn:key', retentionDays: 1 });
    new MachineGroup(scope, 'group', {
      ...minimal,
      launched: { kind: 'launch-template', id: 'lt-1', version: '3' },
      subnetIds: ['subnet-1', 'subnet-2'],
      capacity: { min: 1, max: 3, desired: 2, maxInstanceLifetimeDays: 14 },
      movedElsewhere: ['desired_capacity', 'max_size'],
      suspendedProcesses: ['AZRebalance'],
      refresh: { minHealthyPercentage: 50, maxHealthyPercentage: 150 },
      hooks: [
        {
          name: 'drain',
          transition: 'x:TERMINATING',
          heartbeatTimeoutSeconds: 60,
          defaultResult: 'CONTINUE',
        },
      ],
      drainTimeoutSeconds: 61,
      forceDelete: true,
      tags: { Name: 'a', team: 'b' },
      dependables: logs.dependables,
    });
  });
  expect(blockOf(terraform, 'aws_autoscaling_group')).toMatchObject({
    launch_template: { id: 'lt-1', version: '3' },
    vpc_zone_identifier: ['subnet-1', 'subnet-2'],
    min_size: 1,
    max_size: 3,
    desired_capacity: 2,
    max_instance_lifetime: 1209600,
    suspended_processes: ['AZRebalance'],
    initial_lifecycle_hook: [
      {
        name: 'drain',
        lifecycle_transition: 'x:TERMINATING',
        heartbeat_timeout: 60,
        default_result: 'CONTINUE',
      },
    ],
    instance_refresh: {
      preferences: { min_healthy_percentage: 50, max_healthy_percentage: 150, auto_rollback: true },
    },
    force_delete: true,
    timeouts: { delete: '17m' },
    tag: [
      { key: 'Name', value: 'a', propagate_at_launch: true },
      { key: 'team', value: 'b', propagate_at_launch: true },
    ],
    lifecycle: { ignore_changes: ['desired_capacity', 'max_size'] },
    depends_on: [addressesOf(terraform).find((address) => address.startsWith('aws_cloudwatch_log_group.'))],
  });
});

test('a group of several types on demand prefers the first one, and rebalances nothing', () => {
  const mix = { instanceTypes: ['m6i.large', 'm5.large'], spot: undefined };
  const group = groupOf({ launched: { kind: 'mixed-instances', id: 'lt-1', version: '3', mix } });
  expect(group).toMatchObject({
    capacity_rebalance: false,
    mixed_instances_policy: {
      launch_template: {
        launch_template_specification: { launch_template_id: 'lt-1', version: '3' },
        override: [{ instance_type: 'm6i.large' }, { instance_type: 'm5.large' }],
      },
      instances_distribution: {
        on_demand_allocation_strategy: 'prioritized',
        on_demand_percentage_above_base_capacity: 100,
      },
    },
  });
  expect(group).not.toHaveProperty('launch_template');
});

test('a group with spot instances replaces those that EC2 is about to take', () => {
  const spot = { onDemandBase: 1, onDemandPercentage: 20, allocationStrategy: 'capacity-optimized' };
  const mix = { instanceTypes: ['m6i.large'], spot };
  expect(groupOf({ launched: { kind: 'mixed-instances', id: 'lt-1', version: '3', mix } })).toMatchObject({
    capacity_rebalance: true,
    instance_refresh: { preferences: { auto_rollback: true } },
    mixed_instances_policy: {
      launch_template: { override: [{ instance_type: 'm6i.large' }] },
      instances_distribution: {
        on_demand_base_capacity: 1,
        on_demand_percentage_above_base_capacity: 20,
        spot_allocation_strategy: 'capacity-optimized',
      },
    },
  });
});

test('schedules leave as it is what they do not set', () => {
  const terraform = synthesizeScope((scope) => {
    new GroupSchedules(scope, 'schedules', {
      groupName: 'a',
      schedules: {
        night: { cron: '0 20 * * *', timezone: 'Europe/Berlin', min: 0, max: 2, desired: 1 },
        day: { cron: '0 6 * * *', timezone: 'Etc/UTC', max: 9 },
      },
    });
  });
  const byName: Record<string, unknown> = Object.fromEntries(
    blocksOf(terraform, 'aws_autoscaling_schedule').map(
      (block) => [String(block.scheduled_action_name), block] as const,
    ),
  );
  expect(byName).toEqual({
    night: {
      autoscaling_group_name: 'a',
      scheduled_action_name: 'night',
      recurrence: '0 20 * * *',
      time_zone: 'Europe/Berlin',
      min_size: 0,
      max_size: 2,
      desired_capacity: 1,
    },
    day: {
      autoscaling_group_name: 'a',
      scheduled_action_name: 'day',
      recurrence: '0 6 * * *',
      time_zone: 'Etc/UTC',
      min_size: -1,
      max_size: 9,
      desired_capacity: -1,
    },
  });
});
