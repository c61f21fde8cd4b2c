import type { ContainerImage, FargateFleet, FargateRunner } from '../config/fleet-model';
import type { Environment } from '../config/model';
import { renderConfigTemplate } from './config-toml';
import { givenClusters, renderFargateToml } from './fargate-toml';
import { gzip } from './gzip';
import { driverFile, managerPaths } from './manager-paths';
import { proxyVariables } from './proxy';

/** A container of a task, as ECS takes it. @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html */
interface ContainerDefinition {
  readonly name: string;
  readonly image: string;
  readonly repositoryCredentials?: { readonly credentialsParameter: string };
  readonly essential: true;
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly portMappings: readonly { readonly containerPort: number; readonly protocol: 'tcp' }[];
  readonly logConfiguration: {
    readonly logDriver: 'awslogs';
    readonly options: Readonly<Record<string, string>>;
  };
  readonly linuxParameters: { readonly initProcessEnabled: true };
  readonly stopTimeout?: number;
  readonly healthCheck?: {
    readonly command: readonly string[];
    readonly interval: number;
    readonly timeout: number;
    readonly retries: number;
    readonly startPeriod: number;
  };
}

/** What is known only at apply, or by others. */
export interface ContainerSurroundings {
  /** Image. */
  readonly image: string;
  /** Name of the log group. */
  readonly logGroupName: string;
}

/** Most bytes of a task definition. @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html */
export const taskDefinitionLimit = 65536;

const variables = (values: Readonly<Record<string, string | number>>) =>
  Object.entries(values).map(([name, value]) => ({ name, value: String(value) }));

const logsTo = (group: string, region: string, prefix: string): ContainerDefinition['logConfiguration'] => ({
  logDriver: 'awslogs',
  options: { 'awslogs-group': group, 'awslogs-region': region, 'awslogs-stream-prefix': prefix },
});

/** ECS reads them with the execution role. @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html */
const credentialsOf = (image: ContainerImage): Pick<ContainerDefinition, 'repositoryCredentials'> =>
  image.kind === 'given' && image.credentials !== undefined
    ? { repositoryCredentials: { credentialsParameter: image.credentials.secretArn } }
    : {};

const region = (aws: Environment['aws']) => ({ AWS_REGION: aws.region, AWS_DEFAULT_REGION: aws.region });

/** Everything that a manager reads from files, compressed; without any token. */
function managerFiles(fleet: FargateFleet, environment: Environment): string {
  const { gitlab, aws } = environment;
  const files = {
    'config.template.toml': renderConfigTemplate(fleet, environment),
    ...Object.fromEntries(
      fleet.runners.map((runner) => [driverFile(runner.key), renderFargateToml(fleet, runner, aws.region)]),
    ),
    ...(gitlab.caCertificatePem === undefined ? {} : { 'gitlab-ca.pem': gitlab.caCertificatePem }),
  };
  return gzip(Buffer.from(JSON.stringify(files))).toString('base64');
}

/** The container of a manager. ECS gives it two minutes after its stop signal, which is as long as ECS can wait. */
export const managerContainer = (
  fleet: FargateFleet,
  environment: Environment,
  {
    image,
    logGroupName,
    cluster,
    workersGroupId,
    workersSubnetId,
  }: ContainerSurroundings & ManagerSurroundings,
): ContainerDefinition => ({
  name: 'manager',
  image,
  ...credentialsOf(fleet.managers.image),
  essential: true,
  environment: variables({
    ...region(environment.aws),
    ...proxyVariables(environment),
    ECS_CLUSTER: cluster,
    ECS_SERVICE: fleet.awsName,
    METRICS_PORT: fleet.metrics.port,
    DRAIN_TIMEOUT_SECONDS: fleet.drainTimeoutSeconds,
    WORKERS_SECURITY_GROUP: workersGroupId,
    WORKERS_SUBNET: workersSubnetId,
    GIVEN_CLUSTERS: givenClusters(fleet).join(' '),
    MANAGER_FILES: managerFiles(fleet, environment),
  }),
  portMappings: [fleet.metrics, fleet.sessionServer].flatMap((server) =>
    server === undefined ? [] : [{ containerPort: server.port, protocol: 'tcp' as const }],
  ),
  logConfiguration: logsTo(logGroupName, environment.aws.region, 'manager'),
  linuxParameters: { initProcessEnabled: true },
  stopTimeout: 120,
  healthCheck: {
    command: ['CMD', managerPaths.healthCheck],
    interval: 60,
    timeout: 10,
    retries: 3,
    startPeriod: 60,
  },
});

/** What a manager is told of its surroundings. */
export interface ManagerSurroundings {
  /** Cluster of the service. */
  readonly cluster: string;
  /** Security group of jobs that have none given, or an empty text where all have one. */
  readonly workersGroupId: string;
  /** Subnet of jobs of which none is known before a deploy, or an empty text where there is no such job. */
  readonly workersSubnetId: string;
}

/** The container of a job. The driver knows it by its name, and adds its public key. */
export const workerContainer = (
  { key, task }: FargateRunner,
  environment: Environment,
  { image, logGroupName }: ContainerSurroundings,
): ContainerDefinition => ({
  name: 'ci-coordinator',
  image,
  ...credentialsOf(task.image),
  essential: true,
  environment: variables({ ...region(environment.aws), SSH_USER: task.sshUser }),
  portMappings: [{ containerPort: 22, protocol: 'tcp' }],
  logConfiguration: logsTo(logGroupName, environment.aws.region, key),
  linuxParameters: { initProcessEnabled: true },
});
