/**
 * Managers on Fargate as a Terraform configuration, written by hand, so that the emulated AWS is proved without
 * the code that it is there to prove.
 */

import { trust } from './emulated-function';

/** What differs between the states of the estate. */
export interface EcsEstateProps {
  /** Its name; the names of its parts begin with it. */
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  /** The table that gets the way to S3. */
  readonly routeTableId: string;
  /** A cluster that exists already, for the tasks of jobs. */
  readonly clusterArn: string;
  /** A container image that exists already. */
  readonly image: { readonly repository: string; readonly tag: string };
  /** A setting of the manager; another one is another task definition. */
  readonly logLevel: string;
  /** How many managers. */
  readonly managers: number;
}

const data = ({ image, clusterArn }: EcsEstateProps) => ({
  aws_ecr_repository: { manager: { name: image.repository } },
  aws_ecr_image: { manager: { repository_name: image.repository, image_tag: image.tag } },
  aws_ecs_cluster: { jobs: { cluster_name: clusterArn.split('/')[1] } },
});

const access = ({ name, vpcId }: EcsEstateProps) => ({
  aws_iam_role: {
    execution: { name: `${name}-execution`, assume_role_policy: trust('ecs-tasks.amazonaws.com') },
    task: { name: `${name}-task`, assume_role_policy: trust('ecs-tasks.amazonaws.com') },
  },
  aws_security_group: {
    manager: { name_prefix: `${name}-manager-`, description: 'Managers', vpc_id: vpcId },
    endpoints: { name_prefix: `${name}-endpoints-`, description: 'Endpoints', vpc_id: vpcId },
  },
  aws_cloudwatch_log_group: { manager: { name: `${name}-manager`, retention_in_days: 30 } },
});

const interfaceServices = ['autoscaling', 'ecr.api', 'ecr.dkr', 'ecs', 'logs', 'ssmmessages'];

const endpoints = ({ region, vpcId, subnetIds, routeTableId }: EcsEstateProps) => ({
  aws_vpc_endpoint: {
    interface: {
      for_each: `\${toset(${JSON.stringify(interfaceServices)})}`,
      vpc_id: vpcId,
      service_name: `com.amazonaws.${region}.\${each.key}`,
      vpc_endpoint_type: 'Interface',
      private_dns_enabled: true,
      subnet_ids: subnetIds,
      security_group_ids: ['${aws_security_group.endpoints.id}'],
    },
    s3: {
      vpc_id: vpcId,
      service_name: `com.amazonaws.${region}.s3`,
      vpc_endpoint_type: 'Gateway',
      route_table_ids: [routeTableId],
    },
  },
});

const clusters = ({ name }: EcsEstateProps) => ({
  aws_ecs_cluster: {
    managers: {
      name: `${name}-managers`,
      setting: [{ name: 'containerInsights', value: 'enabled' }],
      configuration: [{ execute_command_configuration: [{ logging: 'NONE' }] }],
    },
  },
  aws_ecs_cluster_capacity_providers: {
    managers: {
      cluster_name: '${aws_ecs_cluster.managers.name}',
      capacity_providers: ['FARGATE', 'FARGATE_SPOT'],
      default_capacity_provider_strategy: [
        { capacity_provider: 'FARGATE', base: 1, weight: 1 },
        { capacity_provider: 'FARGATE_SPOT', weight: 3 },
      ],
    },
  },
});

const container = ({ name, region, logLevel }: EcsEstateProps) => ({
  name: 'manager',
  image: '${data.aws_ecr_repository.manager.repository_url}@${data.aws_ecr_image.manager.image_digest}',
  essential: true,
  stopTimeout: 120,
  environment: [{ name: 'LOG_LEVEL', value: logLevel }],
  linuxParameters: { initProcessEnabled: true },
  logConfiguration: {
    logDriver: 'awslogs',
    options: {
      'awslogs-group': `${name}-manager`,
      'awslogs-region': region,
      'awslogs-stream-prefix': 'manager',
    },
  },
});

const fargate = {
  requires_compatibilities: ['FARGATE'],
  network_mode: 'awsvpc',
  cpu: '256',
  memory: '512',
  execution_role_arn: '${aws_iam_role.execution.arn}',
  task_role_arn: '${aws_iam_role.task.arn}',
};

const definitions = (props: EcsEstateProps) => ({
  aws_ecs_task_definition: {
    manager: {
      ...fargate,
      family: `${props.name}-manager`,
      container_definitions: JSON.stringify([container(props)]),
      runtime_platform: [{ cpu_architecture: 'ARM64', operating_system_family: 'LINUX' }],
      ephemeral_storage: [{ size_in_gib: 30 }],
    },
    job: {
      ...fargate,
      family: `${props.name}-job`,
      track_latest: true,
      skip_destroy: true,
      container_definitions: JSON.stringify([{ ...container(props), name: 'ci-coordinator' }]),
    },
  },
});

const service = ({ name, subnetIds, managers }: EcsEstateProps) => ({
  aws_ecs_service: {
    managers: {
      name: `${name}-managers`,
      cluster: '${aws_ecs_cluster.managers.arn}',
      task_definition: '${aws_ecs_task_definition.manager.arn}',
      desired_count: managers,
      capacity_provider_strategy: [{ capacity_provider: 'FARGATE', weight: 1 }],
      force_new_deployment: true,
      deployment_circuit_breaker: [{ enable: true, rollback: true }],
      deployment_minimum_healthy_percent: 0,
      deployment_maximum_percent: 200,
      availability_zone_rebalancing: 'ENABLED',
      network_configuration: [
        {
          subnets: subnetIds,
          security_groups: ['${aws_security_group.manager.id}'],
          assign_public_ip: false,
        },
      ],
      propagate_tags: 'SERVICE',
      enable_ecs_managed_tags: true,
      wait_for_steady_state: false,
      depends_on: ['aws_ecs_cluster_capacity_providers.managers'],
    },
  },
});

/** The whole configuration, as it goes into `main.tf.json`. */
export const ecsEstate = (props: EcsEstateProps) => ({
  terraform: {
    required_providers: { aws: { source: 'hashicorp/aws', version: '5.100.0' } },
  },
  provider: {
    aws: {
      region: props.region,
      allowed_account_ids: [props.account],
      default_tags: [{ tags: { Environment: props.name } }],
    },
  },
  data: data(props),
  resource: {
    ...access(props),
    ...endpoints(props),
    ...clusters(props),
    ...definitions(props),
    ...service(props),
  },
});
