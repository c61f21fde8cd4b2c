import { ManagerService, type ManagerServiceProps } from '../../src/constructs/manager-service';
import { TaskCluster } from '../../src/constructs/task-cluster';
import { TaskDefinition, type TaskDefinitionProps } from '../../src/constructs/task-definition';
import { addressOf, blockOf, synthesizeScope } from '../support/synth';

/** Clusters, definitions and services of Fargate fleets, with everything that Terraform gets. */

test('TaskCluster: its default is the capacity that tasks without a strategy get', () => {
  const terraform = synthesizeScope((scope) => {
    const cluster = new TaskCluster(scope, 'cluster', { name: 'a', capacityProvider: 'FARGATE_SPOT' });
    expect(cluster.dependables).toHaveLength(1);
  });
  expect(blockOf(terraform, 'aws_ecs_cluster')).toEqual({
    name: 'a',
    setting: [{ name: 'containerInsights', value: 'enabled' }],
  });
  expect(blockOf(terraform, 'aws_ecs_cluster_capacity_providers')).toEqual({
    cluster_name: `\${${addressOf(terraform, 'aws_ecs_cluster')}.name}`,
    capacity_providers: ['FARGATE_SPOT'],
    default_capacity_provider_strategy: [{ capacity_provider: 'FARGATE_SPOT', weight: 1 }],
  });
});

describe('TaskDefinition', () => {
  const minimal: TaskDefinitionProps = {
    family: 'a',
    containers: '[]',
    cpu: 256,
    memoryMib: 512,
    ephemeralStorageGib: 20,
    architecture: 'x86_64',
    executionRoleArn: 'arn:execution',
    taskRoleArn: undefined,
    preconditions: [],
  };
  const definition = (props: Partial<TaskDefinitionProps>) =>
    blockOf(
      synthesizeScope((scope) => {
        new TaskDefinition(scope, 'task', { ...minimal, ...props });
      }),
      'aws_ecs_task_definition',
    );

  test('with the least: no disk of its own, no role', () => {
    expect(definition({})).toEqual({
      family: 'a',
      container_definitions: '[]',
      requires_compatibilities: ['FARGATE'],
      network_mode: 'awsvpc',
      cpu: '256',
      memory: '512',
      runtime_platform: { cpu_architecture: 'X86_64', operating_system_family: 'LINUX' },
      execution_role_arn: 'arn:execution',
      lifecycle: { precondition: [] },
    });
  });

  test('with everything', () => {
    expect(
      definition({
        architecture: 'arm64',
        ephemeralStorageGib: 30,
        taskRoleArn: 'arn:task',
        preconditions: [{ condition: '${true}', errorMessage: 'There is none' }],
      }),
    ).toMatchObject({
      runtime_platform: { cpu_architecture: 'ARM64' },
      ephemeral_storage: { size_in_gib: 30 },
      task_role_arn: 'arn:task',
      lifecycle: { precondition: [{ condition: '${true}', error_message: 'There is none' }] },
    });
  });
});

test('ManagerService: a deployment that fails is taken back, and destroying waits for the drain', () => {
  const props: ManagerServiceProps = {
    name: 'a',
    clusterArn: 'arn:cluster',
    taskDefinitionArn: 'arn:task:1',
    count: 2,
    subnetIds: ['subnet-1'],
    securityGroupIds: ['sg-1'],
    assignPublicIp: false,
    minHealthyPercentage: 100,
    maxPercentage: 200,
    forceDelete: false,
    drainTimeoutSeconds: 3600,
    dependables: [],
  };
  const service = (fields: Partial<ManagerServiceProps>) =>
    blockOf(
      synthesizeScope((scope) => {
        new ManagerService(scope, 'service', { ...props, ...fields });
      }),
      'aws_ecs_service',
    );
  expect(service({})).toEqual({
    name: 'a',
    cluster: 'arn:cluster',
    task_definition: 'arn:task:1',
    desired_count: 2,
    capacity_provider_strategy: [{ capacity_provider: 'FARGATE', weight: 1 }],
    platform_version: '1.4.0',
    network_configuration: { subnets: ['subnet-1'], security_groups: ['sg-1'], assign_public_ip: false },
    deployment_minimum_healthy_percent: 100,
    deployment_maximum_percent: 200,
    deployment_circuit_breaker: { enable: true, rollback: true },
    enable_ecs_managed_tags: true,
    propagate_tags: 'SERVICE',
    timeouts: { delete: '75m' },
    depends_on: [],
  });
  expect(service({ forceDelete: true })).toMatchObject({ force_delete: true });
});
