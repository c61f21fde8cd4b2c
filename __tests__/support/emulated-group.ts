/** What the group is, and whose it is. */
export interface EstateGroupProps {
  /** The estate's name; the names of its parts begin with it. */
  readonly name: string;
  /** Where its instances run. */
  readonly subnetIds: readonly string[];
  /** What the command says; a new text is a new version of the document. */
  readonly command: string;
}

const mixedInstances = [
  {
    instances_distribution: [
      {
        on_demand_allocation_strategy: 'prioritized',
        on_demand_base_capacity: 1,
        on_demand_percentage_above_base_capacity: 0,
        spot_allocation_strategy: 'price-capacity-optimized',
      },
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
          { instance_type: 'm5.xlarge' },
        ],
      },
    ],
  },
];

const refresh = [
  {
    strategy: 'Rolling',
    preferences: [
      {
        min_healthy_percentage: 100,
        max_healthy_percentage: 110,
        instance_warmup: '0',
        skip_matching: true,
        auto_rollback: true,
        scale_in_protected_instances: 'Refresh',
        standby_instances: 'Ignore',
      },
    ],
  },
];

/** Always as here: the provider replaces a group whose initial hooks are changed. */
const hook = (name: string, transition: string, result: string) => ({
  name,
  lifecycle_transition: `autoscaling:EC2_INSTANCE_${transition}`,
  heartbeat_timeout: 3600,
  default_result: result,
});

const group = ({ name, subnetIds }: EstateGroupProps) => ({
  name: `${name}-jobs`,
  vpc_zone_identifier: subnetIds,
  min_size: 2,
  max_size: 4,
  capacity_rebalance: true,
  max_instance_lifetime: 604800,
  suspended_processes: ['AZRebalance'],
  mixed_instances_policy: mixedInstances,
  initial_lifecycle_hook: [hook('boot', 'LAUNCHING', 'ABANDON'), hook('drain', 'TERMINATING', 'CONTINUE')],
  instance_refresh: refresh,
  timeouts: { delete: '75m' },
  tag: [{ key: 'Name', value: `${name}-jobs`, propagate_at_launch: true }],
  lifecycle: { ignore_changes: ['desired_capacity'] },
});

const schedule = (hour: number, sizes: object) => ({
  autoscaling_group_name: '${aws_autoscaling_group.jobs.name}',
  recurrence: `0 ${hour} * * 1-5`,
  time_zone: 'Europe/Berlin',
  min_size: -1,
  max_size: -1,
  desired_capacity: -1,
  ...sizes,
});

const document = (command: string) =>
  JSON.stringify({
    schemaVersion: '2.2',
    description: 'Drains an instance',
    parameters: { Reason: { type: 'String', default: 'none', description: 'Why' } },
    mainSteps: [{ action: 'aws:runShellScript', name: 'drain', inputs: { runCommand: [command] } }],
  });

/** A group of spot and On-Demand instances with hooks and schedules, and a command for its machines. */
export const estateGroup = (props: EstateGroupProps) => ({
  aws_autoscaling_group: { jobs: group(props) },
  aws_autoscaling_schedule: {
    morning: { ...schedule(7, { min_size: 2, max_size: 4 }), scheduled_action_name: 'morning' },
    evening: { ...schedule(19, { max_size: 3 }), scheduled_action_name: 'evening' },
    // Of another group, and of the same name.
    other: {
      ...schedule(7, { desired_capacity: 2 }),
      scheduled_action_name: 'morning',
      autoscaling_group_name: '${aws_autoscaling_group.configuration.name}',
    },
  },
  aws_ssm_document: {
    drain: {
      name: `${props.name}-drain`,
      document_type: 'Command',
      document_format: 'JSON',
      target_type: '/AWS::EC2::Instance',
      content: document(props.command),
    },
  },
});
