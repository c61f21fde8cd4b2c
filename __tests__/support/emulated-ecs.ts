import { DescribeNetworkInterfacesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { ECRClient } from '@aws-sdk/client-ecr';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  type ListTasksCommandInput,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  RunTaskCommand,
  type RunTaskCommandInput,
  type Service,
  StopTaskCommand,
  type Task,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
  UpdateTaskProtectionCommand,
} from '@aws-sdk/client-ecs';
import { accessKey, SECRET_KEY } from '../../scripts/emulate/environment';
import { startEmulator } from '../../scripts/emulate/start-emulator';

/** Where everything is. */
export const ECS_PLACE = {
  account: '111122223333',
  region: 'eu-central-1',
  vpcId: 'vpc-0123456789abcdef0',
  subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  routeTableId: 'rtb-0123456789abcdef0',
  clusterArn: 'arn:aws:ecs:eu-central-1:111122223333:cluster/jobs',
  image: { repository: 'acme-manager', tag: 'abc' },
} as const;

const { account, region, vpcId, subnetIds, routeTableId, clusterArn, image } = ECS_PLACE;

/** What exists before anything is made. */
export const ECS_GIVEN = [
  {
    accountId: account,
    region,
    vpcs: [{ id: vpcId, subnetIds, routeTableIds: [routeTableId] }],
    clusters: [clusterArn],
    containerImages: [{ ...image, architecture: 'arm64' as const }],
  },
];

const network = { awsvpcConfiguration: { subnets: [...subnetIds] } };

/** Makes definitions, clusters and services, each of a name of its own. */
const makers = (ecs: ECSClient) => {
  let count = 0;

  const register = async (
    settings: Partial<RegisterTaskDefinitionCommandInput> = {},
    cpuArchitecture: 'ARM64' | 'X86_64' = 'X86_64',
  ): Promise<string> => {
    const definition = {
      family: `family-${(count += 1)}`,
      requiresCompatibilities: ['FARGATE' as const],
      networkMode: 'awsvpc' as const,
      cpu: '256',
      memory: '512',
      runtimePlatform: { cpuArchitecture },
      containerDefinitions: [{ name: 'ci-coordinator', image: 'worker' }],
      ...settings,
    };
    const { taskDefinition } = await ecs.send(new RegisterTaskDefinitionCommand(definition));
    return taskDefinition?.taskDefinitionArn ?? '';
  };

  /** A cluster with a default strategy of these weights; without any it has none. */
  const cluster = async (weights: Readonly<Record<string, number>> = {}): Promise<string> => {
    const clusterName = `cluster-${(count += 1)}`;
    const strategy = Object.entries(weights).map(([capacityProvider, weight]) => ({
      capacityProvider,
      weight,
    }));
    const providers = { capacityProviders: Object.keys(weights), defaultCapacityProviderStrategy: strategy };
    await ecs.send(new CreateClusterCommand({ clusterName, ...providers }));
    return clusterName;
  };

  const service = async (settings: Partial<CreateServiceCommandInput> = {}): Promise<string> => {
    const serviceName = `service-${(count += 1)}`;
    const own = { cluster: 'jobs', serviceName, networkConfiguration: network, desiredCount: 1 };
    const taskDefinition = settings.taskDefinition ?? (await register());
    const request = { ...own, ...settings, taskDefinition };
    await ecs.send(new CreateServiceCommand(request));
    return request.serviceName;
  };

  return { register, cluster, service };
};

/** The calls that tests make most, in the cluster `jobs`. */
const calls = (ecs: ECSClient) => ({
  run: async (settings: Partial<RunTaskCommandInput>): Promise<readonly Task[]> => {
    const request = { cluster: 'jobs', networkConfiguration: network, taskDefinition: '', ...settings };
    return (await ecs.send(new RunTaskCommand(request))).tasks ?? [];
  },

  update: async (service: string, settings: Partial<UpdateServiceCommandInput>) =>
    (await ecs.send(new UpdateServiceCommand({ cluster: 'jobs', service, ...settings }))).service,

  stop: async (task: string, reason?: string) =>
    (await ecs.send(new StopTaskCommand({ cluster: 'jobs', task, reason }))).task,

  protect: (tasks: readonly string[], protectionEnabled = true, expiresInMinutes?: number) =>
    ecs.send(
      new UpdateTaskProtectionCommand({
        cluster: 'jobs',
        tasks: [...tasks],
        protectionEnabled,
        expiresInMinutes,
      }),
    ),
});

/** What is asked of services and tasks in the cluster `jobs`. */
const questions = (ecs: ECSClient, ec2: EC2Client) => {
  const list = async (filter: Partial<ListTasksCommandInput>): Promise<readonly string[]> =>
    (await ecs.send(new ListTasksCommand({ cluster: 'jobs', ...filter }))).taskArns ?? [];

  const tasks = async (arns: readonly string[]): Promise<readonly Task[]> => {
    const request = { cluster: 'jobs', tasks: [...arns], include: ['TAGS' as const] };
    return arns.length === 0 ? [] : ((await ecs.send(new DescribeTasksCommand(request))).tasks ?? []);
  };

  const describe = async (name: string): Promise<Service | undefined> =>
    (await ecs.send(new DescribeServicesCommand({ cluster: 'jobs', services: [name] }))).services?.[0];

  return {
    list,
    tasks,
    describe,
    tasksOf: async (serviceName: string) => tasks(await list({ serviceName })),

    /** Status and running tasks of each deployment, the newest first. */
    deployments: async (name: string) =>
      (await describe(name))?.deployments?.map(({ status, runningCount }) => [status, runningCount]),

    /** The network interfaces of a subnet. */
    interfaces: async (subnetId: string) => {
      const Filters = [{ Name: 'subnet-id', Values: [subnetId] }];
      return (await ec2.send(new DescribeNetworkInterfacesCommand({ Filters }))).NetworkInterfaces ?? [];
    },
  };
};

/** Starts an emulated AWS with ECS and ECR as the SDK sees them. */
export const startEmulatedEcs = async (python: string) => {
  const emulator = await startEmulator({ python, given: ECS_GIVEN, defaultAccountId: account });
  const credentials = { accessKeyId: accessKey(account), secretAccessKey: SECRET_KEY };
  // A refusal is an answer, not to be asked for again.
  const client = { endpoint: emulator.url, region, credentials, maxAttempts: 1 };
  const [ecs, ecr, ec2] = [new ECSClient(client), new ECRClient(client), new EC2Client(client)];
  return {
    ...makers(ecs),
    ...calls(ecs),
    ...questions(ecs, ec2),
    ecs,
    ecr,
    url: emulator.url,
    /** Lets time pass for what expires. */
    pass: (seconds: number) =>
      fetch(`${emulator.url}/moto-api/emulator/clock`, {
        method: 'POST',
        body: JSON.stringify({ seconds }),
      }),
    stopEmulator: () => emulator.stop(),
  };
};

/** What `startEmulatedEcs` answers. */
export type EmulatedEcs = Awaited<ReturnType<typeof startEmulatedEcs>>;
