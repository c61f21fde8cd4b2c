import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { load } from 'js-toml';
import { managerContainer, workerContainer } from '../../src/rendering/container-definitions';
import { renderConfigTemplate } from '../../src/rendering/config-toml';
import { renderFargateToml } from '../../src/rendering/fargate-toml';
import { managerPaths, workerFolders } from '../../src/rendering/manager-paths';
import { CERTIFICATE, minimal, parsed } from '../support/environments';
import { fargateFleet } from '../support/fargate';
import { REPOSITORY } from '../support/folders';

/** What a Fargate fleet's manager and jobs are told, read back. */

const withoutCache = parsed({ ...minimal(), cache: false });
const toml = (text: string) => load(text.replace(/^#:.*$/gm, '')) as Record<string, unknown>;

const spot = {
  runners: {
    node: { limit: 2, task: { cpu: 256, memoryMib: 512, spot: true, sshUser: 'ci' } },
    java: { task: { securityGroupId: 'sg-0a1b2c3d4e5f60718', assignPublicIp: true } },
  },
};

test('config.toml has the driver as executor, with the definition where no job can change it', () => {
  const args = (step: string, ...more: string[]) => [
    '--config',
    '/etc/gitlab-runner/fargate-default.toml',
    'custom',
    step,
    ...more,
  ];
  expect(toml(renderConfigTemplate(fargateFleet(), withoutCache))).toEqual({
    concurrent: 4,
    check_interval: 3,
    log_level: 'info',
    log_format: 'json',
    listen_address: ':9252',
    runners: [
      {
        name: 'acme-dev-jobs-default',
        url: 'https://gitlab.com',
        token: '@token@',
        executor: 'custom',
        limit: 4,
        request_concurrency: 1,
        output_limit: 4096,
        environment: [],
        builds_dir: '/opt/gitlab-runner/builds',
        cache_dir: '/opt/gitlab-runner/cache',
        feature_flags: { FF_DISABLE_AUTOMATIC_TOKEN_ROTATION: true },
        custom: {
          config_exec: '/opt/gitlab-runner/fargate',
          config_args: args('config'),
          prepare_exec: '/opt/gitlab-runner/fargate',
          prepare_args: args('prepare', '--task-def', 'acme-dev-jobs-default', '--platform-version', '1.4.0'),
          run_exec: '/opt/gitlab-runner/fargate',
          run_args: args('run'),
          cleanup_exec: '/opt/gitlab-runner/fargate',
          cleanup_args: args('cleanup'),
        },
      },
    ],
  });
});

test('fargate.toml has the fleet’s cluster, and a security group that is known only later', () => {
  const fleet = fargateFleet();
  const [runner] = fleet.runners;
  if (runner === undefined) throw new Error('there is no runner');
  expect(toml(renderFargateToml(fleet, runner, 'eu-central-1'))).toEqual({
    LogLevel: 'info',
    LogFormat: 'json',
    Fargate: {
      Cluster: 'acme-dev-jobs',
      Region: 'eu-central-1',
      Subnet: 'subnet-0a1b2c3d4e5f60718',
      SecurityGroup: '@security-group@',
      TaskDefinition: 'acme-dev-jobs-default',
      EnablePublicIP: false,
      UsePublicIP: false,
      PlatformVersion: '1.4.0',
    },
    TaskMetadata: { Directory: '/dev/shm/gitlab-runner/metadata' },
    SSH: { Username: 'root', Port: 22 },
  });
});

test('jobs on spot capacity have a cluster of their own, and given groups stay as given', () => {
  const fleet = fargateFleet(spot);
  const [node, java] = fleet.runners.map((runner) => toml(renderFargateToml(fleet, runner, 'eu-central-1')));
  expect(node).toMatchObject({ Fargate: { Cluster: 'acme-dev-jobs-node' }, SSH: { Username: 'ci' } });
  expect(java).toMatchObject({
    Fargate: { Cluster: 'acme-dev-jobs', SecurityGroup: 'sg-0a1b2c3d4e5f60718', EnablePublicIP: true },
  });
});

test('a given cluster is named by its ARN, for all jobs or for those of one runner', () => {
  const arn = (name: string) => `arn:aws:ecs:eu-central-1:111122223333:cluster/${name}`;
  const existing = (name: string) => ({ type: 'existing', arn: arn(name) }) as const;
  const fleet = fargateFleet({
    cluster: existing('ci'),
    runners: { a: {}, b: { task: { cluster: existing('b') } }, c: { task: { spot: true } } },
  });
  const clusters = fleet.runners.map(
    (runner) =>
      (toml(renderFargateToml(fleet, runner, 'eu-central-1')).Fargate as { Cluster: string }).Cluster,
  );
  expect(clusters).toEqual([arn('ci'), arn('b'), 'acme-dev-jobs-c']);
});

test('folders of a runner win over those of our image', () => {
  const runners = { default: { buildsDir: '/srv/builds', cacheDir: '/srv/cache' } };
  expect(toml(renderConfigTemplate(fargateFleet({ runners }), withoutCache))).toMatchObject({
    runners: [{ builds_dir: '/srv/builds', cache_dir: '/srv/cache' }],
  });
});

test('each runner’s token is looked for where it is', () => {
  const secretArn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:gitlab-token-a1B2c3';
  const parameterArn = 'arn:aws:ssm:eu-central-1:111122223333:parameter/gitlab/token';
  const fleet = fargateFleet({
    runners: { a: {}, b: { token: { secretArn } }, c: { token: { parameterArn } } },
  });
  expect(renderConfigTemplate(fleet, withoutCache).match(/^#:.*$/gm)).toEqual([
    '#: runner a secretsmanager acme-dev-jobs-a-token',
    `#: runner b secretsmanager ${secretArn}`,
    `#: runner c ssm ${parameterArn}`,
  ]);
});

describe('the container of a manager', () => {
  const environment = parsed({ ...minimal(), gitlab: { caCertificatePem: CERTIFICATE } });
  const surroundings = {
    image: 'manager:1',
    logGroupName: 'acme-dev-jobs',
    cluster: 'arn:cluster',
    workersGroupId: 'sg-1',
    workersSubnetId: 'subnet-1',
  };
  const container = managerContainer(
    fargateFleet({ ...spot, drainTimeoutSeconds: 7200, metrics: { port: 9100 } }),
    environment,
    surroundings,
  );
  const variables = Object.fromEntries(container.environment.map(({ name, value }) => [name, value]));

  test('carries its files, compressed and without a token', () => {
    const files = JSON.parse(
      gunzipSync(Buffer.from(variables.MANAGER_FILES ?? '', 'base64')).toString(),
    ) as Record<string, string>;
    expect(Object.keys(files)).toEqual([
      'config.template.toml',
      'fargate-node.toml',
      'fargate-java.toml',
      'gitlab-ca.pem',
    ]);
    expect(files['gitlab-ca.pem']).toBe(CERTIFICATE);
    expect(files['config.template.toml']).toContain('tls-ca-file = "/etc/gitlab-runner/gitlab-ca.pem"');
    expect(JSON.stringify(container)).not.toContain('glrt-');
  });

  test('knows its service, its port, its drain and the group and subnet of its jobs', () => {
    expect(variables).toMatchObject({
      AWS_REGION: 'eu-central-1',
      ECS_CLUSTER: 'arn:cluster',
      ECS_SERVICE: 'acme-dev-jobs',
      METRICS_PORT: '9100',
      DRAIN_TIMEOUT_SECONDS: '7200',
      WORKERS_SECURITY_GROUP: 'sg-1',
      WORKERS_SUBNET: 'subnet-1',
    });
    expect(container).toMatchObject({ name: 'manager', stopTimeout: 120, image: 'manager:1' });
  });

  test('writes its log, shows its metrics, says whether it works, and gets as long to stop as ECS can wait', () => {
    expect({ ...container, environment: undefined }).toEqual({
      name: 'manager',
      image: 'manager:1',
      essential: true,
      portMappings: [{ containerPort: 9100, protocol: 'tcp' }],
      logConfiguration: {
        logDriver: 'awslogs',
        options: {
          'awslogs-group': 'acme-dev-jobs',
          'awslogs-region': 'eu-central-1',
          'awslogs-stream-prefix': 'manager',
        },
      },
      linuxParameters: { initProcessEnabled: true },
      stopTimeout: 120,
      healthCheck: {
        command: ['CMD', '/usr/local/lib/gitlab-runner-aws/healthy.sh'],
        interval: 60,
        timeout: 10,
        retries: 3,
        startPeriod: 60,
      },
    });
  });
});

test('the container of a job has the name that the driver looks for', () => {
  const [runner] = fargateFleet(spot).runners;
  if (runner === undefined) throw new Error('there is no runner');
  expect(
    workerContainer(runner, parsed(minimal()), { image: 'worker:1', logGroupName: 'acme-dev-jobs-workers' }),
  ).toMatchObject({
    name: 'ci-coordinator',
    image: 'worker:1',
    environment: [
      { name: 'AWS_REGION', value: 'eu-central-1' },
      { name: 'AWS_DEFAULT_REGION', value: 'eu-central-1' },
      { name: 'SSH_USER', value: 'ci' },
    ],
    portMappings: [{ containerPort: 22, protocol: 'tcp' }],
    logConfiguration: {
      options: { 'awslogs-group': 'acme-dev-jobs-workers', 'awslogs-stream-prefix': 'node' },
    },
  });
});

test('the paths of manager and jobs are those of their images', () => {
  const file = (path: string) => readFileSync(join(REPOSITORY, 'docker', path), 'utf8');
  expect(file('manager/Dockerfile')).toContain(` ${managerPaths.driver}\n`);
  expect(file('manager/files.sh')).toContain(`FILES_DIR:-${managerPaths.files}}`);
  const [, runDir = ''] = /RUN_DIR:-([^}]+)}/.exec(file('manager/entrypoint.sh')) ?? [];
  const [, metadata = ''] = /METADATA_DIR=\$RUN_DIR(\S+)/.exec(file('manager/service.sh')) ?? [];
  expect(`${runDir}${metadata}`).toBe(managerPaths.metadata);
  expect(
    existsSync(join(REPOSITORY, 'docker/manager', managerPaths.healthCheck.split('/').at(-1) ?? '')),
  ).toBe(true);
  for (const folder of Object.values(workerFolders)) expect(file('worker/Dockerfile')).toContain(folder);
});
