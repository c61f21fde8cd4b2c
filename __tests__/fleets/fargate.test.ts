import { parseSettings } from '../../src/functions/task-orphans/settings';
import { KEY_ARN, withFargate, type FargateInput } from '../support/environments';
import {
  addressOf,
  addressesOf,
  blockAt,
  blockOf,
  blocksOf,
  carriedBy,
  needs,
  permissionsOf,
  referencesOf,
  synthesize,
  type Terraform,
} from '../support/synth';
import {
  ACCOUNT,
  containerOf,
  definitionOf,
  ecsArn,
  groupOf,
  named,
  stackOf,
  variablesOf,
  withTask,
} from './fargate-stack';

/** A fleet of Fargate tasks: its service, definitions, roles and clusters, and what looks after its jobs. */

const existing = { type: 'existing', arn: ecsArn('cluster/ci') } as const;
const own = ecsArn('cluster/acme-dev-jobs');
const image = 'registry.example.com/ci/node:22';

const smallest = stackOf();
const manager = definitionOf(smallest, 'acme-dev-jobs');
const worker = definitionOf(smallest, 'acme-dev-jobs-default');

describe('the service', () => {
  const serviceOf = (fields: Partial<FargateInput>) => blockOf(stackOf(fields), 'aws_ecs_service');

  test('is of one manager on Fargate, is replaced without a gap, and goes back where that fails', () => {
    const { depends_on: needed, tags, ...service } = blockOf(smallest, 'aws_ecs_service');
    expect(service).toEqual({
      name: 'acme-dev-jobs',
      cluster: own,
      task_definition: `\${${named(smallest, 'aws_ecs_task_definition', '"family":"acme-dev-jobs"')}.arn}`,
      desired_count: 1,
      launch_type: 'FARGATE',
      platform_version: '1.4.0',
      network_configuration: {
        subnets: ['subnet-0a1b2c3d4e5f60718'],
        security_groups: [groupOf(smallest, 'Managers')],
        assign_public_ip: false,
      },
      deployment_minimum_healthy_percent: 100,
      deployment_maximum_percent: 200,
      deployment_circuit_breaker: { enable: true, rollback: true },
      enable_ecs_managed_tags: true,
      propagate_tags: 'SERVICE',
      timeouts: { delete: '1455m' },
      lifecycle: { create_before_destroy: true },
    });
    expect(needed).not.toHaveLength(0);
    expect(tags).toMatchObject({ 'gitlab-runner-aws:fleet': 'jobs' });
  });

  test('has as many managers as the model says, where it says', () => {
    const given = 'sg-0a1b2c3d4e5f60719';
    const subnetIds = ['subnet-0a1b2c3d4e5f6071a', 'subnet-0a1b2c3d4e5f6071b'];
    const managers = {
      count: 3,
      subnetIds,
      assignPublicIp: true,
      minHealthyPercentage: 0,
      maxPercentage: 100,
    };
    const terraform = stackOf({ managers, securityGroupIds: [given] });
    expect(blockOf(terraform, 'aws_ecs_service')).toMatchObject({
      desired_count: 3,
      network_configuration: {
        subnets: subnetIds,
        security_groups: [groupOf(terraform, 'Managers'), given],
        assign_public_ip: true,
      },
      deployment_minimum_healthy_percent: 0,
      deployment_maximum_percent: 100,
    });
  });

  test('is waited for as long as a drain may take, and 15 minutes; or not at all', () => {
    expect(serviceOf({ drainTimeoutSeconds: 600 }).timeouts).toEqual({ delete: '25m' });
    expect(serviceOf({})).not.toHaveProperty('force_delete');
    expect(serviceOf({ forceDelete: true }).force_delete).toBe(true);
  });

  test('keeps, until its managers are gone, what they need: among it the definitions of their jobs', () => {
    const kept = [...needs(smallest, addressOf(smallest, 'aws_ecs_service'))];
    expect(kept).toEqual(
      expect.arrayContaining([
        named(smallest, 'aws_ecs_task_definition', '"family":"acme-dev-jobs-default"'),
        addressOf(smallest, 'aws_ecs_cluster_capacity_providers'),
        addressOf(smallest, 'aws_vpc_security_group_ingress_rule'),
        addressOf(smallest, 'aws_secretsmanager_secret'),
        named(smallest, 'aws_iam_role_policy', 'StartJobs'),
        named(smallest, 'aws_iam_role_policy', 'PullImages'),
      ]),
    );
    expect(kept.filter((address) => address.includes('orphans'))).toEqual([]);
  });
});

describe('the definition of the managers', () => {
  test('runs our image with the managers’ role, and can be gone back to', () => {
    expect(manager).toMatchObject({
      cpu: '512',
      memory: '1024',
      requires_compatibilities: ['FARGATE'],
      network_mode: 'awsvpc',
      runtime_platform: { cpu_architecture: 'X86_64', operating_system_family: 'LINUX' },
      execution_role_arn: `\${${named(smallest, 'aws_iam_role', '"acme-dev-jobs-execution"')}.arn}`,
      task_role_arn: `\${${named(smallest, 'aws_iam_role', '"acme-dev-jobs"')}.arn}`,
      skip_destroy: true,
      lifecycle: { create_before_destroy: true },
    });
    expect(manager).not.toHaveProperty('ephemeral_storage');
  });

  test('fails at the plan, with the command, when its image is missing', () => {
    const { name, image: of } = containerOf(manager);
    expect(name).toBe('manager');
    const [, hash = ''] = /\}:([0-9a-f]{32})$/.exec(of) ?? [];
    expect(hash).not.toBe('');
    expect(manager.lifecycle).toMatchObject({
      precondition: [
        {
          condition: expect.stringContaining(`"gitlab-runner-aws:image-${hash}"`) as string,
          error_message: `There is no container image acme-dev-manager:${hash} in this environment's account and region. Build it: npm run docker:build -- dev manager`,
        },
      ],
    });
  });

  test('tells them their cluster, their service, and the security group of jobs', () => {
    expect(variablesOf(containerOf(manager))).toMatchObject({
      AWS_REGION: 'eu-central-1',
      ECS_CLUSTER: own,
      ECS_SERVICE: 'acme-dev-jobs',
      WORKERS_SECURITY_GROUP: groupOf(smallest, 'Jobs'),
    });
  });

  test('carries a file for each runner, and nobody else’s definition', () => {
    const terraform = stackOf({ runners: { a: {}, b: { task: { assignPublicIp: true } } } });
    const [files = ''] = carriedBy(terraform);
    const carried = JSON.parse(files) as Record<string, string>;
    expect(Object.keys(carried)).toEqual(['config.template.toml', 'fargate-a.toml', 'fargate-b.toml']);
    expect(carried['fargate-a.toml']).toContain('TaskDefinition = "acme-dev-jobs-a"');
    expect(carried['fargate-a.toml']).toContain('EnablePublicIP = false');
    expect(carried['fargate-b.toml']).toContain('EnablePublicIP = true');
  });

  test('takes size and image from the model', () => {
    const terraform = stackOf({ managers: { cpu: 1024, memoryMib: 3072, image } });
    const definition = definitionOf(terraform, 'acme-dev-jobs');
    expect(definition).toMatchObject({ cpu: '1024', memory: '3072', lifecycle: { precondition: [] } });
    expect(containerOf(definition).image).toBe(image);
  });
});

describe('the definition of jobs', () => {
  test('runs our image without any role, and its old revisions go', () => {
    expect(worker).toMatchObject({ cpu: '1024', memory: '2048', lifecycle: { create_before_destroy: true } });
    expect(worker).not.toHaveProperty('task_role_arn');
    expect(worker).not.toHaveProperty('skip_destroy');
    expect(worker.execution_role_arn).toBe(manager.execution_role_arn);
    const { name, image: of } = containerOf(worker);
    expect(name).toBe('ci-coordinator');
    expect(worker.lifecycle).toMatchObject({
      precondition: [
        {
          error_message: `There is no container image acme-dev-worker:${of.slice(-32)} in this environment's account and region. Build it: npm run docker:build -- dev worker`,
        },
      ],
    });
  });

  test('takes everything from the model', () => {
    const taskRoleArn = `arn:aws:iam::${ACCOUNT}:role/deploy`;
    const terraform = withTask({
      image,
      cpu: 4096,
      memoryMib: 30720,
      ephemeralStorageGib: 100,
      architecture: 'arm64',
      taskRoleArn,
      sshUser: 'ci',
    });
    const definition = definitionOf(terraform, 'acme-dev-jobs-default');
    expect(definition).toMatchObject({
      cpu: '4096',
      memory: '30720',
      ephemeral_storage: { size_in_gib: 100 },
      runtime_platform: { cpu_architecture: 'ARM64' },
      task_role_arn: taskRoleArn,
      lifecycle: { precondition: [] },
    });
    const container = containerOf(definition);
    expect(container.image).toBe(image);
    expect(variablesOf(container)).toMatchObject({ SSH_USER: 'ci' });
  });

  test('knows no token, and no role that could read one', () => {
    expect(JSON.stringify(worker)).not.toMatch(/secretsmanager|ssm|MANAGER_FILES|"secrets"/);
    expect(needs(smallest, named(smallest, 'aws_ecs_task_definition', 'ci-coordinator'))).not.toContain(
      named(smallest, 'aws_iam_role_policy', 'TokenSecrets'),
    );
  });

  test('looks up one image of ours for each instruction set, whoever has it', () => {
    const arm = { task: { architecture: 'arm64' } } as const;
    const terraform = stackOf({ runners: { a: {}, b: arm, c: arm, d: { task: { image } } } });
    const names = blocksOf(terraform, 'data.aws_ecr_repository').map(({ name }) => name);
    expect(names.sort()).toEqual(['acme-dev-manager', 'acme-dev-worker', 'acme-dev-worker']);
    const images = ['b', 'c'].map(
      (key) => containerOf(definitionOf(terraform, `acme-dev-jobs-${key}`)).image,
    );
    expect(images[0]).toBe(images[1]);
    expect(containerOf(definitionOf(terraform, 'acme-dev-jobs-a')).image).not.toBe(images[0]);
  });
});

describe('roles', () => {
  const resourcesOf = (terraform: Terraform, role: string, sid: string) =>
    permissionsOf(terraform)[role]?.find(({ Sid }) => Sid === sid)?.Resource;

  test('ECS starts tasks with a role that pulls their images, and writes the logs of managers and jobs', () => {
    const ofElsewhere = '444455556666.dkr.ecr.eu-west-1.amazonaws.com/ci/node:22';
    const terraform = stackOf({ runners: { a: { task: { image: ofElsewhere } }, b: {} } });
    expect(resourcesOf(terraform, 'acme-dev-jobs-execution', 'PullImages')).toEqual([
      `arn:aws:ecr:eu-central-1:${ACCOUNT}:repository/acme-dev-manager`,
      'arn:aws:ecr:eu-west-1:444455556666:repository/ci/node',
      `arn:aws:ecr:eu-central-1:${ACCOUNT}:repository/acme-dev-worker`,
    ]);
    expect(resourcesOf(terraform, 'acme-dev-jobs-execution', 'Logs')).toEqual(
      ['acme-dev-jobs', 'acme-dev-jobs-workers'].map(
        (name) => `\${${named(terraform, 'aws_cloudwatch_log_group', `"name":"${name}"`)}.arn}:*`,
      ),
    );
  });

  test('managers pass the roles of tasks, each once, and no other', () => {
    const taskRoleArn = `arn:aws:iam::${ACCOUNT}:role/deploy`;
    const terraform = stackOf({
      runners: { a: { task: { taskRoleArn } }, b: { task: { taskRoleArn } }, c: {} },
    });
    expect(resourcesOf(terraform, 'acme-dev-jobs', 'PassRolesOfJobs')).toEqual([
      `\${${named(terraform, 'aws_iam_role', '"acme-dev-jobs-execution"')}.arn}`,
      taskRoleArn,
    ]);
  });

  test('managers look up addresses only where a task has a public one', () => {
    expect(resourcesOf(smallest, 'acme-dev-jobs', 'SeeAddresses')).toBeUndefined();
    const open = withTask({ assignPublicIp: true });
    expect(resourcesOf(open, 'acme-dev-jobs', 'SeeAddresses')).toEqual(['*']);
  });
});

describe('clusters', () => {
  const providers = (terraform: Terraform) =>
    Object.fromEntries(
      blocksOf(terraform, 'aws_ecs_cluster_capacity_providers').map((block) => [
        String(blockAt(terraform, referencesOf(block.cluster_name)[0] ?? '').name),
        [block.capacity_providers, block.default_capacity_provider_strategy],
      ]),
    );
  const only = (provider: string) => [[provider], [{ capacity_provider: provider, weight: 1 }]];

  test('one is made for managers and jobs, whose default is Fargate', () => {
    expect(providers(smallest)).toEqual({ 'acme-dev-jobs': only('FARGATE') });
  });

  test('none is made where one is given', () => {
    const terraform = stackOf({ cluster: existing });
    expect(Object.keys(terraform.resource).filter((type) => type.startsWith('aws_ecs_cluster'))).toEqual([]);
    expect(blockOf(terraform, 'aws_ecs_service').cluster).toBe(existing.arn);
    expect(variablesOf(containerOf(definitionOf(terraform, 'acme-dev-jobs'))).ECS_CLUSTER).toBe(existing.arn);
  });

  test('one is made for each runner on spot capacity, whose default that is', () => {
    const runners = { a: { task: { spot: true } }, b: {}, c: { task: { spot: true } } };
    expect(providers(stackOf({ runners }))).toEqual({
      'acme-dev-jobs': only('FARGATE'),
      'acme-dev-jobs-a': only('FARGATE_SPOT'),
      'acme-dev-jobs-c': only('FARGATE_SPOT'),
    });
    expect(providers(stackOf({ runners, cluster: existing }))).toEqual({
      'acme-dev-jobs-a': only('FARGATE_SPOT'),
      'acme-dev-jobs-c': only('FARGATE_SPOT'),
    });
  });

  test('a runner’s own is where its jobs are started, watched and looked after, and no manager runs there', () => {
    const runners = { a: {}, b: { task: { cluster: existing } }, c: { task: { spot: true } } };
    const terraform = stackOf({ runners });
    const clusters = [own, `${own}-*`, existing.arn];
    const [start] = permissionsOf(terraform)['acme-dev-jobs']?.filter(({ Sid }) => Sid === 'StartJobs') ?? [];
    expect(start?.Condition).toEqual({ ArnLike: { 'ecs:cluster': clusters } });
    expect(blockOf(terraform, 'aws_ecs_service').cluster).toBe(own);
    expect(
      carriedBy(terraform)
        .join()
        .match(/(?<=Cluster = \\")[^"\\]+/g),
    ).toEqual(['acme-dev-jobs', existing.arn, 'acme-dev-jobs-c']);
  });

  test('that are given are looked at by the managers, which may look at no others', () => {
    const given = { task: { cluster: existing } };
    const lookedAt = (fields: Partial<FargateInput>) => {
      const terraform = stackOf(fields);
      const [check] =
        permissionsOf(terraform)['acme-dev-jobs']?.filter(({ Sid }) => Sid === 'CheckClusters') ?? [];
      return [
        variablesOf(containerOf(definitionOf(terraform, 'acme-dev-jobs'))).GIVEN_CLUSTERS,
        check?.Resource,
      ];
    };
    expect(lookedAt({ runners: { a: {}, b: { task: { spot: true } } } })).toEqual(['', undefined]);
    expect(lookedAt({ runners: { a: {}, b: given, c: given } })).toEqual([existing.arn, [existing.arn]]);
    const other = { type: 'existing', arn: ecsArn('cluster/jobs') } as const;
    expect(lookedAt({ cluster: existing, runners: { a: {}, b: { task: { cluster: other } } } })).toEqual([
      `${existing.arn} ${other.arn}`,
      [existing.arn, other.arn],
    ]);
  });
});

describe('the function that ends jobs without a manager', () => {
  const runners = { a: {}, b: { task: { spot: true } }, c: { task: { spot: true } } };
  const settingsOf = (terraform: Terraform) => {
    const { environment } = blockOf(terraform, 'aws_lambda_function') as {
      environment?: { variables: { SETTINGS: string } };
    };
    return parseSettings(environment?.variables.SETTINGS);
  };

  test('is told what the model says, in a form that it takes', () => {
    expect(settingsOf(stackOf({ runners, orphans: { maxAgeHours: 12, dryRun: true } }))).toEqual({
      fleet: 'acme-dev-jobs',
      families: {
        [own]: ['acme-dev-jobs-a'],
        [ecsArn('cluster/acme-dev-jobs-b')]: ['acme-dev-jobs-b'],
        [ecsArn('cluster/acme-dev-jobs-c')]: ['acme-dev-jobs-c'],
      },
      managerCluster: own,
      managerService: 'acme-dev-jobs',
      maxAgeHours: 12,
      dryRun: true,
      namespace: 'GitLabRunner',
    });
    expect(settingsOf(stackOf({ cluster: existing, runners: { a: {}, b: {} } }))).toMatchObject({
      families: { [existing.arn]: ['acme-dev-jobs-a', 'acme-dev-jobs-b'] },
      managerCluster: existing.arn,
      maxAgeHours: 24,
      dryRun: false,
    });
  });

  test('runs every 15 minutes, as itself, and writes its own log', () => {
    expect(blockOf(smallest, 'aws_cloudwatch_event_rule')).toMatchObject({
      name: 'acme-dev-jobs-orphans',
      schedule_expression: 'rate(15 minutes)',
    });
    const lambda = blockOf(smallest, 'aws_lambda_function');
    expect(lambda).toMatchObject({
      function_name: 'acme-dev-jobs-orphans',
      role: `\${${named(smallest, 'aws_iam_role', '"acme-dev-jobs-orphans"')}.arn}`,
      logging_config: {
        log_group: `\${${named(smallest, 'aws_cloudwatch_log_group', '"acme-dev-jobs-orphans"')}.name}`,
      },
    });
    expect(lambda).not.toHaveProperty('vpc_config');
    expect([...needs(smallest, addressOf(smallest, 'aws_lambda_function'))]).toContain(
      named(smallest, 'aws_iam_role_policy', 'ListTasks'),
    );
  });

  test('may stop tasks in the clusters of jobs, and none where it only counts', () => {
    const actions = (fields: Partial<FargateInput>) =>
      permissionsOf(stackOf(fields))['acme-dev-jobs-orphans']?.flatMap(({ Action }) => Action);
    expect(actions({})).toContain('ecs:StopTask');
    const counting = actions({ orphans: { dryRun: true } });
    expect(counting).toContain('ecs:ListTasks');
    expect(counting).not.toContain('ecs:StopTask');
  });
});

test('clusters and definitions have the tags of the fleet', () => {
  const terraform = stackOf({ tags: { cost: 'ci' }, runners: { a: {}, b: { task: { spot: true } } } });
  const tagged = [
    ...blocksOf(terraform, 'aws_ecs_cluster'),
    ...blocksOf(terraform, 'aws_ecs_task_definition'),
  ];
  expect(tagged).toHaveLength(5);
  for (const { tags } of tagged)
    expect(tags).toEqual({
      cost: 'ci',
      Name: 'acme-dev-jobs',
      'gitlab-runner-aws:project': 'acme',
      'gitlab-runner-aws:environment': 'dev',
      'gitlab-runner-aws:fleet': 'jobs',
    });
});

test('managers and jobs write to logs of their own, each runner’s under its name', () => {
  const options = [manager, worker].map((definition) => containerOf(definition).logConfiguration.options);
  expect(options).toEqual(
    [
      ['acme-dev-jobs', 'manager'],
      ['acme-dev-jobs-workers', 'default'],
    ].map(([name, prefix]) => ({
      'awslogs-group': `\${${named(smallest, 'aws_cloudwatch_log_group', `"name":"${name}"`)}.name}`,
      'awslogs-region': 'eu-central-1',
      'awslogs-stream-prefix': prefix,
    })),
  );
});

describe('a runner that comes or goes', () => {
  /** Addresses whose block is not the same in both, or in one of them only. */
  const differences = (one: Terraform, other: Terraform): string[] => {
    const text = (terraform: Terraform, address: string) =>
      addressesOf(terraform).includes(address) ? JSON.stringify(blockAt(terraform, address)) : '';
    const all = new Set([...addressesOf(one), ...addressesOf(other)]);
    return [...all].filter((address) => text(one, address) !== text(other, address)).sort();
  };
  const prefixes = (addresses: readonly string[]) =>
    addresses.map((address) => address.replace(/_[0-9A-F]{8}$/, ''));
  const always = [
    'aws_ecs_service.fleet-jobs_service',
    'aws_ecs_task_definition.fleet-jobs_manager_definition',
    'aws_iam_role_policy.fleet-jobs_role_policy',
    'aws_lambda_function.fleet-jobs_orphans_function_scheduled_function',
  ];

  test('changes its own secret and definition, what managers may and know, and who looks after jobs', () => {
    const more = stackOf({ runners: { default: {}, java: {} } });
    expect(prefixes(differences(smallest, more))).toEqual(
      [
        ...always,
        'aws_ecs_task_definition.fleet-jobs_worker-java_definition',
        'aws_secretsmanager_secret.fleet-jobs_tokens_java_secret',
      ].sort(),
    );
  });

  test('on spot capacity changes its own cluster besides, and where jobs without a manager are ended', () => {
    const more = stackOf({ runners: { default: {}, java: { task: { spot: true } } } });
    expect(prefixes(differences(smallest, more))).toEqual(
      [
        ...always,
        'aws_ecs_cluster.fleet-jobs_clusters_runner-java_cluster',
        'aws_ecs_cluster_capacity_providers.fleet-jobs_clusters_runner-java_capacity-providers',
        'aws_ecs_task_definition.fleet-jobs_worker-java_definition',
        'aws_secretsmanager_secret.fleet-jobs_tokens_java_secret',
      ].sort(),
    );
  });

  test('in another place of the file changes no job’s definition', () => {
    const [one, other] = [stackOf({ runners: { a: {}, b: {} } }), stackOf({ runners: { b: {}, a: {} } })];
    expect(prefixes(differences(one, other))).toEqual(always);
  });
});

test('a given key encrypts the logs of managers, jobs and the function, and its queue', () => {
  const terraform = synthesize({ ...withFargate(), encryption: { kmsKeyArn: KEY_ARN } });
  const logs = blocksOf(terraform, 'aws_cloudwatch_log_group');
  expect(logs).toHaveLength(4);
  for (const { kms_key_id: key } of logs) expect(key).toBe(KEY_ARN);
  expect(blockOf(terraform, 'aws_sqs_queue').kms_master_key_id).toBe(KEY_ARN);
});
