import { join } from 'node:path';
import { ManagerService, type ManagerServiceProps } from '../../src/constructs/manager-service';
import { TaskCluster } from '../../src/constructs/task-cluster';
import { TaskDefinition, type TaskDefinitionProps } from '../../src/constructs/task-definition';
import { BuiltTaskImage, givenTaskImage } from '../../src/constructs/task-image';
import { TaskOrphanFunction } from '../../src/constructs/task-orphan-function';
import { addressOf, blockOf, synthesizeScope } from '../support/synth';

/** Clusters, definitions, images and services of Fargate fleets, with everything that Terraform gets. */

test('TaskCluster: its default is the capacity that tasks without a strategy get', () => {
  const terraform = synthesizeScope((scope) => {
    const cluster = new TaskCluster(scope, 'cluster', {
      name: 'a',
      capacityProvider: 'FARGATE_SPOT',
      tags: { team: 'ci' },
    });
    expect(cluster.dependables).toHaveLength(1);
  });
  expect(blockOf(terraform, 'aws_ecs_cluster')).toEqual({
    name: 'a',
    setting: [{ name: 'containerInsights', value: 'enabled' }],
    tags: { team: 'ci' },
    lifecycle: { create_before_destroy: true },
  });
  expect(blockOf(terraform, 'aws_ecs_cluster_capacity_providers')).toEqual({
    cluster_name: `\${${addressOf(terraform, 'aws_ecs_cluster')}.name}`,
    capacity_providers: ['FARGATE_SPOT'],
    default_capacity_provider_strategy: [{ capacity_provider: 'FARGATE_SPOT', weight: 1 }],
    lifecycle: { create_before_destroy: true },
  });
});

const definitionProps: TaskDefinitionProps = {
  family: 'a',
  containers: '[]',
  cpu: 256,
  memoryMib: 512,
  ephemeralStorageGib: 20,
  architecture: 'x86_64',
  executionRoleArn: 'arn:execution',
  taskRoleArn: undefined,
  tags: { team: 'ci' },
  keepsRevisions: false,
  preconditions: [],
};

describe('TaskDefinition', () => {
  const definition = (props: Partial<TaskDefinitionProps>) =>
    blockOf(
      synthesizeScope((scope) => {
        new TaskDefinition(scope, 'task', { ...definitionProps, ...props });
      }),
      'aws_ecs_task_definition',
    );

  test('with the least: no disk of its own, no role, and a new revision before the old one goes', () => {
    expect(definition({})).toEqual({
      family: 'a',
      container_definitions: '[]',
      requires_compatibilities: ['FARGATE'],
      network_mode: 'awsvpc',
      cpu: '256',
      memory: '512',
      runtime_platform: { cpu_architecture: 'X86_64', operating_system_family: 'LINUX' },
      execution_role_arn: 'arn:execution',
      tags: { team: 'ci' },
      lifecycle: { create_before_destroy: true, precondition: [] },
    });
  });

  test('with everything', () => {
    expect(
      definition({
        architecture: 'arm64',
        ephemeralStorageGib: 21,
        taskRoleArn: 'arn:task',
        keepsRevisions: true,
        preconditions: [{ condition: '${true}', errorMessage: 'There is none' }],
      }),
    ).toMatchObject({
      runtime_platform: { cpu_architecture: 'ARM64' },
      ephemeral_storage: { size_in_gib: 21 },
      task_role_arn: 'arn:task',
      skip_destroy: true,
      lifecycle: {
        create_before_destroy: true,
        precondition: [{ condition: '${true}', error_message: 'There is none' }],
      },
    });
  });

  test('is known by its ARN with the revision, and is there before whoever starts tasks from it', () => {
    synthesizeScope((scope) => {
      const definition = new TaskDefinition(scope, 'task', definitionProps);
      expect(definition.arn).toMatch(/TfToken/);
      expect(definition.dependables).toHaveLength(1);
    });
  });
});

describe('the image of a task', () => {
  const props = {
    repository: 'acme-dev-worker',
    hash: '0123456789abcdef',
    hashTag: 'gitlab-runner-aws:image-0123456789abcdef',
    buildCommand: 'npm run docker:build -- dev worker',
  };
  const terraform = synthesizeScope((scope) => {
    const { name: image, preconditions } = new BuiltTaskImage(scope, 'image', props);
    const containers = JSON.stringify([{ name: 'a', image }]);
    new TaskDefinition(scope, 'task', { ...definitionProps, containers, preconditions });
  });
  const all = addressOf(terraform, 'data.aws_ecr_repositories');
  const one = addressOf(terraform, 'data.aws_ecr_repository');
  const { container_definitions: containers, lifecycle } = blockOf(terraform, 'aws_ecs_task_definition');

  test('that we built is looked for only where its repository is: a missing one is no error of the lookup', () => {
    expect(blockOf(terraform, 'data.aws_ecr_repository')).toEqual({
      name: 'acme-dev-worker',
      count: `\${try(contains(${all}.names, "acme-dev-worker"), false) ? 1 : 0}`,
    });
  });

  test('is an expression in the containers, whose quotes are not those of their JSON', () => {
    expect(containers).toBe(
      `[{"name":"a","image":"\${try(${one}[0].repository_url, "missing")}:0123456789abcdef"}]`,
    );
  });

  test('that is missing is an error of what is started from it, which names the command', () => {
    expect(lifecycle).toMatchObject({
      precondition: [
        {
          condition: `\${try(contains(keys(${one}[0].tags), "gitlab-runner-aws:image-0123456789abcdef"), false)}`,
          error_message:
            "There is no container image acme-dev-worker:0123456789abcdef in this environment's account and region. Build it: npm run docker:build -- dev worker",
        },
      ],
    });
  });

  test('that is given is taken as it is', () => {
    expect(givenTaskImage('registry.example.com/ci/node:22')).toEqual({
      name: 'registry.example.com/ci/node:22',
      preconditions: [],
    });
  });
});

describe('ManagerService', () => {
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
    tags: { team: 'ci' },
    dependables: [],
  };
  const service = (fields: Partial<ManagerServiceProps>) =>
    blockOf(
      synthesizeScope((scope) => {
        new ManagerService(scope, 'service', { ...props, ...fields });
      }),
      'aws_ecs_service',
    );

  test('takes back a deployment that fails, and destroying waits for the drain', () => {
    expect(service({})).toEqual({
      name: 'a',
      cluster: 'arn:cluster',
      task_definition: 'arn:task:1',
      desired_count: 2,
      launch_type: 'FARGATE',
      platform_version: '1.4.0',
      network_configuration: { subnets: ['subnet-1'], security_groups: ['sg-1'], assign_public_ip: false },
      deployment_minimum_healthy_percent: 100,
      deployment_maximum_percent: 200,
      deployment_circuit_breaker: { enable: true, rollback: true },
      enable_ecs_managed_tags: true,
      propagate_tags: 'SERVICE',
      tags: { team: 'ci' },
      timeouts: { delete: '75m' },
      depends_on: [],
      lifecycle: { create_before_destroy: true },
    });
  });

  test('with everything: public addresses, one manager at most, a destroy that waits for nothing', () => {
    expect(
      service({ assignPublicIp: true, minHealthyPercentage: 0, maxPercentage: 100, forceDelete: true }),
    ).toMatchObject({
      network_configuration: { assign_public_ip: true },
      deployment_minimum_healthy_percent: 0,
      deployment_maximum_percent: 100,
      force_delete: true,
    });
  });
});

test('TaskOrphanFunction: runs every 15 minutes, in no VPC, and is told what its settings say', () => {
  const settings = {
    fleet: 'acme-dev-jobs',
    families: { 'arn:cluster': ['acme-dev-jobs-node'] },
    managerCluster: 'arn:cluster',
    managerService: 'acme-dev-jobs',
    maxAgeHours: 24,
    dryRun: false,
    namespace: 'GitLabRunner',
  };
  const terraform = synthesizeScope((scope) => {
    new TaskOrphanFunction(scope, 'orphans', {
      name: 'a',
      archive: { path: join(__dirname, 'tasks.test.ts'), hash: 'aGFzaA==' },
      settings,
      roleArn: 'arn:role',
      logGroupName: 'a-logs',
      deadLetterArn: 'arn:queue',
      dependables: [],
    });
  });
  const lambda = blockOf(terraform, 'aws_lambda_function');
  expect(lambda).toMatchObject({
    function_name: 'a',
    description: 'Ends jobs of acme-dev-jobs that no manager looks after',
    role: 'arn:role',
    environment: { variables: { SETTINGS: JSON.stringify(settings) } },
    logging_config: { log_group: 'a-logs' },
    dead_letter_config: { target_arn: 'arn:queue' },
  });
  expect(lambda).not.toHaveProperty('vpc_config');
  expect(blockOf(terraform, 'aws_cloudwatch_event_rule').schedule_expression).toBe('rate(15 minutes)');
});
