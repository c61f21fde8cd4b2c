import { parseEnvironment } from '../../src/config/parse';
import { formatRefusal } from '../../src/config/issues';
import type { EnvironmentInput } from '../../src/config/environment';
import type { AutoscalingGroupFleet } from '../../src/config/fleet-model';
import type { Environment } from '../../src/config/model';

/** Environments for tests, and what the model makes of them. */

type FileProblem = Parameters<typeof parseEnvironment>[2];

/** What people write, as plain data that tests take apart. */
export type Loose = Record<string, unknown>;

/** A fleet whose instances run gitlab-runner, as people write it. */
export type GroupInput = Extract<EnvironmentInput['fleets'][string], { type: 'autoscaling-group' }>;

/** A fleet of Fargate tasks, as people write it. */
export type FargateInput = Extract<EnvironmentInput['fleets'][string], { type: 'fargate' }>;

/** A manager and the workers that it starts, as people write them. */
export type AutoscalerInput = Extract<EnvironmentInput['fleets'][string], { type: 'docker-autoscaler' }>;

/** A runner of such a fleet. */
export type AutoscalerRunnerInput = NonNullable<AutoscalerInput['runners']>[string];

/** A manager and the machines that it starts with Docker Machine, as people write them. */
export type DockerMachineInput = Extract<EnvironmentInput['fleets'][string], { type: 'docker-machine' }>;

/** A runner of such a fleet. */
export type MachineRunnerInput = NonNullable<DockerMachineInput['runners']>[string];

/** The machines of its jobs. */
export type JobMachineInput = NonNullable<MachineRunnerInput['machine']>;

type WorkersInput = NonNullable<AutoscalerRunnerInput['workers']>;

type RunnerInput = NonNullable<GroupInput['runners']>[string];

export const KEY_ARN = 'arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9';
export const SECRET_ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:gitlab-token-a1B2c3';
export const PARAMETER_ARN = 'arn:aws:ssm:eu-central-1:111122223333:parameter/gitlab/token';
export const CERTIFICATE =
  '-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n';

/** The smallest environment. */
export const minimal = (): EnvironmentInput => ({
  project: 'acme',
  aws: { region: 'eu-central-1' },
  network: { type: 'existing', vpcId: 'vpc-0a1b2c3d4e5f60718', subnetIds: ['subnet-0a1b2c3d4e5f60718'] },
  fleets: { linux: { type: 'autoscaling-group', capacity: { min: 1, max: 2 } } },
});

/** The smallest environment with other fields of its one fleet. */
export const withFleet = (fields: Partial<GroupInput>): EnvironmentInput => ({
  ...minimal(),
  fleets: { linux: { type: 'autoscaling-group', capacity: { min: 1, max: 2 }, ...fields } },
});

/** The smallest environment with other fields of its one runner. */
export const withRunner = (runner: RunnerInput): EnvironmentInput =>
  withFleet({ runners: { default: runner } });

/** The smallest environment of the fleet type `fargate`, with other fields of its fleet. */
export const withFargate = (fields: Partial<FargateInput> = {}): EnvironmentInput => ({
  ...minimal(),
  fleets: { jobs: { type: 'fargate', ...fields } },
});

/** The smallest environment of the fleet type `docker-autoscaler`, with other fields of its fleet. */
export const withAutoscaler = (fields: Partial<AutoscalerInput> = {}): EnvironmentInput => ({
  ...minimal(),
  fleets: { builds: { type: 'docker-autoscaler', ...fields } },
});

/** The same, with other fields of the workers of its one runner. */
export const withWorkers = (workers: WorkersInput, runner: AutoscalerRunnerInput = {}): EnvironmentInput =>
  withAutoscaler({ runners: { default: { ...runner, workers } } });

/** The smallest environment of the fleet type `docker-machine`, with other fields of its fleet. */
export const withDockerMachine = (fields: Partial<DockerMachineInput> = {}): EnvironmentInput => ({
  ...minimal(),
  fleets: { builds: { type: 'docker-machine', ...fields } },
});

/** The same, with other fields of the machines of its one runner. */
export const withMachine = (machine: JobMachineInput, runner: MachineRunnerInput = {}): EnvironmentInput =>
  withDockerMachine({ runners: { default: { ...runner, machine } } });

/** A network that is made, in two zones, as people write it. */
export type CreatedInput = Extract<EnvironmentInput['network'], { type: 'create' }>;

/** An environment, the smallest one if none is given, in a network that is made. */
export const withCreated = (
  fields: Partial<CreatedInput> = {},
  input: EnvironmentInput = minimal(),
): EnvironmentInput => ({
  ...input,
  network: { type: 'create', availabilityZones: ['eu-central-1a', 'eu-central-1b'], ...fields },
});

/** The same for the docker executor. */
export const withDocker = (docker: NonNullable<RunnerInput['docker']>): EnvironmentInput =>
  withRunner({ docker });

/** The smallest environment with an image of our own, which its fleet uses. */
export const withImage = (
  image: NonNullable<EnvironmentInput['images']>[string] = {},
  fields: Partial<EnvironmentInput> = {},
): EnvironmentInput => ({
  ...withFleet({ image: { packer: 'base' } }),
  images: { base: image },
  ...fields,
});

/** A copy in which the value at a path such as `fleets.linux.capacity.min` is another one; `undefined` removes it. */
export function withValue(input: object, path: string, value: unknown): Loose {
  const copy = structuredClone(input) as Loose;
  const parts = path.split('.');
  const last = parts.pop() as string;
  let target = copy;
  for (const part of parts) target = (target[part] ??= {}) as Loose;
  if (value === undefined) Reflect.deleteProperty(target, last);
  else target[last] = value;
  return copy;
}

/** Every file is there. */
export const noFileProblem: FileProblem = () => undefined;

/** Messages of everything that is wrong with an environment called `dev`; none for a sound one. */
export function refusals(input: unknown, fileProblem: FileProblem = noFileProblem, name = 'dev'): string[] {
  const result = parseEnvironment(name, input, fileProblem);
  return (result.refusals ?? []).map((refusal) => formatRefusal(`environments/${name}.ts`, refusal));
}

/** The model of a sound environment; fails with its refusals otherwise. */
export function parsed(input: unknown, name = 'dev'): Environment {
  const { environment, refusals: broken } = parseEnvironment(name, input, noFileProblem);
  if (environment === undefined)
    throw new Error(broken.map((refusal) => formatRefusal(name, refusal)).join('\n'));
  return environment;
}

/** The first group of instances of a sound environment. */
export function fleetOf(input: unknown, name = 'dev'): AutoscalingGroupFleet {
  const [fleet] = groupsOf(parsed(input, name));
  if (fleet === undefined) throw new Error('there is no group of instances');
  return fleet;
}

/** The fleets of an environment whose instances run gitlab-runner. */
export const groupsOf = ({ fleets }: Environment): AutoscalingGroupFleet[] =>
  fleets.filter((fleet) => fleet.type === 'autoscaling-group');

/** Every key of the docker executor, none with its default. */
export const maximalDocker = (): NonNullable<RunnerInput['docker']> => ({
  image: 'ruby:3.4',
  privileged: true,
  pullPolicy: ['always', 'if-not-present'],
  allowedPullPolicies: ['always', 'if-not-present'],
  allowedImages: ['ruby:*', 'alpine:*'],
  allowedServices: ['postgres:*'],
  allowedPrivilegedImages: ['docker:*'],
  allowedPrivilegedServices: ['docker:*-dind'],
  allowedUsers: ['1000', 'nobody'],
  volumes: ['/cache', '/srv/tools:/tools:ro'],
  volumesFrom: ['storage'],
  volumeDriver: 'local',
  volumeDriverOps: { size: '10G' },
  volumeKeep: true,
  cacheDir: '/srv/cache',
  disableCache: true,
  host: 'tcp://10.0.0.1:2376',
  hostname: 'job',
  tlsCertPath: '/etc/docker/certs',
  tlsVerify: true,
  helperImage: 'registry.example.com/helper:1.0',
  helperImageFlavor: 'ubuntu',
  user: 'nobody',
  groupAdd: ['docker'],
  memory: '2g',
  memorySwap: '3g',
  memoryReservation: '512m',
  serviceMemory: '1g',
  serviceMemorySwap: '2g',
  serviceMemoryReservation: '256m',
  cpus: '1.5',
  cpusetCpus: '0-3',
  cpusetMems: '0,1',
  cpuShares: 2048,
  serviceCpus: '0.5',
  serviceCpusetCpus: '0',
  serviceCpuShares: 512,
  gpus: 'all',
  serviceGpus: 'device=1',
  cgroupParent: 'jobs.slice',
  serviceCgroupParent: 'services.slice',
  serviceSlotCgroupTemplate: 'service-${slot}',
  shmSizeBytes: 300000,
  oomKillDisable: true,
  oomScoreAdjust: -500,
  networkMode: 'host',
  networkMtu: 1400,
  enableIpv6: true,
  extraHosts: ['gitlab.example.com:10.0.0.2'],
  links: ['database:db'],
  dns: ['10.0.0.3'],
  dnsSearch: ['example.com'],
  macAddress: '92:d0:c6:0a:29:33',
  devices: ['/dev/kvm'],
  deviceCgroupRules: ['c 81:* rmw'],
  servicesDevices: { 'android:*': ['/dev/kvm'] },
  capAdd: ['NET_ADMIN'],
  capDrop: ['MKNOD'],
  securityOpt: ['no-new-privileges'],
  servicesSecurityOpt: ['label=disable'],
  servicesPrivileged: true,
  pidMode: 'host',
  ipcmode: 'private',
  usernsMode: 'host',
  isolation: 'default',
  runtime: 'runc',
  sysctls: { 'net.ipv4.ip_forward': '1' },
  ulimit: { nofile: '1024:2048' },
  tmpfs: { '/tmp': 'rw,noexec' },
  servicesTmpfs: { '/var/lib/mysql': 'rw' },
  services: [
    {
      name: 'postgres:17',
      alias: 'db',
      command: ['postgres', '-c', 'fsync=off'],
      entrypoint: ['docker-entrypoint.sh'],
      environment: ['POSTGRES_DB=test'],
    },
  ],
  servicesLimit: 3,
  waitForServicesTimeoutSeconds: 60,
  disableEntrypointOverwrite: true,
  containerLabels: { team: 'platform' },
  logOptions: { env: 'CI' },
});

/** Every key of a runner of any fleet, none with its default. */
const maximalRunnerFields = () => ({
  token: { secretName: 'gitlab-token' },
  limit: 3,
  requestConcurrency: 2,
  outputLimitKib: 8192,
  environment: { LANG: 'C.UTF-8', GREETING: 'a "b" \\ c' },
  cloneUrl: 'https://clone.example.com',
  preGetSourcesScript: 'echo before sources',
  postGetSourcesScript: 'echo after sources',
  preBuildScript: 'echo before\necho "two lines"\n',
  postBuildScript: 'echo after',
  featureFlags: { FF_NETWORK_PER_BUILD: true },
  buildsDir: '/srv/builds',
  cacheDir: '/srv/runner-cache',
  shell: 'sh' as const,
  labels: { stage: 'test' },
  customBuildDir: { enabled: true },
  cleanGitConfig: true,
  safeDirectoryCheckout: true,
  debugTraceDisabled: true,
  getSourcesTimeout: '10m',
  prepareTimeout: '30m',
  jobStatusFinalUpdateRetryLimit: 5,
  strictCheckInterval: true,
  unhealthyRequestsLimit: 6,
  unhealthyInterval: '30m',
  tlsCertFile: '/etc/gitlab-runner/client.crt',
  tlsKeyFile: '/etc/gitlab-runner/client.key',
  stepRunnerImage: 'registry.example.com/step-runner:1',
  proxyExec: true,
  useSlotCgroups: true,
  slotCgroupTemplate: 'job-${slot}',
  artifact: { uploadTimeout: '1h', responseHeaderTimeout: '5m' },
  monitoring: {
    jobQueuingDurations: [
      {
        periods: ['* * * * *'],
        timezone: 'Europe/Berlin',
        threshold: '1m30s',
        jobsRunningForProject: '.*',
      },
    ],
  },
  referees: {
    metrics: { prometheusAddress: 'http://10.0.0.4:9090', queryIntervalSeconds: 10, queries: ['cpu:rate'] },
  },
  experimental: {
    bootVerify: { enabled: true, timeout: '2m', acquireMinBackoff: '1s', acquireMaxBackoff: '20s' },
  },
});

/** Every key of a runner whose jobs run in Docker, none with its default. */
export const maximalRunner = (): RunnerInput => ({
  ...maximalRunnerFields(),
  docker: maximalDocker(),
  extraConfig: { newer_key: [1, 'two', { three: true }], docker: { newer_docker_key: 1.5 } },
});

const contents = () => ({
  gitlabRunnerVersion: '18.11.2',
  dockerMachineSha256: '0123456789abcdef'.repeat(4),
  packages: ['git-lfs', 'jq'],
  scripts: ['__tests__/fixtures/user/tools.sh'],
  files: [{ source: '__tests__/fixtures/user/gitconfig', destination: '/etc/gitconfig', mode: '0640' }],
});

const fleetFields = () => ({
  concurrent: 10,
  checkIntervalSeconds: 5,
  logLevel: 'debug' as const,
  securityGroupIds: ['sg-0a1b2c3d4e5f60718'],
  egress: [
    { cidr: '10.0.0.0/8', port: 443, protocol: 'udp' as const },
    { cidr: '2001:db8::/32', protocol: 'all' as const },
  ],
  tags: { cost: 'ci' },
  drainTimeoutSeconds: 7200,
  forceDelete: true,
  metrics: { port: 9100, allowedSecurityGroupIds: ['sg-0a1b2c3d4e5f60719'] },
});

const groupFields = () => ({
  metadataHopLimit: 2,
  keyName: 'break-glass',
  scaling: { type: 'fixed' as const },
  policyArns: ['arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'],
  refresh: { minHealthyPercentage: 90, maxHealthyPercentage: 150 },
  ...fleetFields(),
});

/** Every field of a fleet of Fargate tasks, none with its default. */
const maximalFargate = (): FargateInput => ({
  type: 'fargate',
  cluster: { type: 'existing', arn: 'arn:aws:ecs:eu-central-1:111122223333:cluster/ci-1' },
  managers: {
    count: 3,
    cpu: 2048,
    memoryMib: 4096,
    image: '111122223333.dkr.ecr.eu-central-1.amazonaws.com/ci/manager:1',
    subnetIds: ['subnet-0a1b2c3d4e5f6071a', 'subnet-0a1b2c3d4e5f6071b'],
    assignPublicIp: true,
    minHealthyPercentage: 50,
    maxPercentage: 150,
  },
  runners: {
    node: {
      ...maximalRunnerFields(),
      token: { secretName: 'tasks-token' },
      extraConfig: { newer_key: [1, 'two', { three: true }] },
      task: {
        image: '111122223333.dkr.ecr.eu-central-1.amazonaws.com/ci/node:22',
        cpu: 2048,
        memoryMib: 5120,
        ephemeralStorageGib: 30,
        subnetId: 'subnet-0a1b2c3d4e5f6071c',
        securityGroupId: 'sg-0a1b2c3d4e5f6071d',
        assignPublicIp: true,
        taskRoleArn: 'arn:aws:iam::111122223333:role/deploy-1',
        sshUser: 'ci',
        cluster: { type: 'existing', arn: 'arn:aws:ecs:eu-central-1:111122223333:cluster/jobs-1' },
      },
    },
    tools: {
      token: { secretArn: `${SECRET_ARN.slice(0, -1)}9`, kmsKeyArn: KEY_ARN },
      task: { architecture: 'arm64', spot: true },
    },
  },
  ...fleetFields(),
  orphans: { maxAgeHours: 48, dryRun: true },
});

/** Every field of workers, none with its default. */
export const maximalWorkers = (): WorkersInput => ({
  image: { ami: 'ami-0a1b2c3d4e5f6071b', architecture: 'arm64', rootDeviceName: '/dev/sda1' },
  instanceTypes: ['c7g.large', 'm7g.large'],
  spot: { onDemandBase: 1, onDemandPercentage: 25, allocationStrategy: 'capacity-optimized' },
  rootVolume: { sizeGib: 80, type: 'gp3', iops: 4000, throughputMibps: 250 },
  maxInstances: 8,
  capacityPerInstance: 2,
  maxUseCount: 5,
  policies: [
    {
      periods: ['* 8-17 * * MON-FRI'],
      timezone: 'Europe/Berlin',
      idleCount: 4,
      idleTimeSeconds: 1800,
      scaleFactor: 1.5,
      scaleFactorLimit: 6,
      preemptiveMode: false,
    },
  ],
  policyArns: ['arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'],
  securityGroupIds: ['sg-0a1b2c3d4e5f6071b'],
  egress: [{ cidr: '10.1.0.0/16', port: 443, protocol: 'udp' }],
  subnetIds: ['subnet-0a1b2c3d4e5f6071d', 'subnet-0a1b2c3d4e5f6071e'],
  metadataHopLimit: 2,
  sshUser: 'ci',
  instanceAcquireTimeoutSeconds: 600,
  updateIntervalSeconds: 30,
  updateIntervalWhenExpectingSeconds: 5,
  deletionRetryIntervalSeconds: 40,
  failureThreshold: 4,
  deleteInstancesOnShutdown: true,
  shutdownDeletionIntervalSeconds: 20,
  shutdownDeletionRetries: 5,
  reservationThrottling: true,
  scaleThrottle: { limit: 10, burst: 20 },
  keepInstanceWithAcquisitions: true,
  connectorTimeoutSeconds: 50,
  connectorKeepaliveSeconds: 15,
  instanceReadyCommand: 'test -d /srv/tools1',
  logInternalIp: true,
  logExternalIp: true,
  instanceOperationTimeBuckets: [0.5, 1],
  instanceCreationTimeBuckets: [2, 3],
  instanceIsRunningTimeBuckets: [4, 5],
  instanceReadinessTimeBuckets: [6, 7],
  instanceDeletionTimeBuckets: [8, 9],
  instanceLifeDurationBuckets: [10, 11],
});

/** Every field of a manager with workers, none with its default. */
const maximalAutoscaler = (): AutoscalerInput => ({
  type: 'docker-autoscaler',
  manager: {
    instanceType: 't4g.medium',
    image: { packer: 'base' },
    rootVolume: { sizeGib: 50, type: 'gp3', iops: 3500, throughputMibps: 200 },
    keyName: 'break-glass',
  },
  metadataHopLimit: 2,
  policyArns: ['arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'],
  refresh: { minHealthyPercentage: 90, maxHealthyPercentage: 150 },
  runners: {
    builds: { limit: 9, workers: maximalWorkers() },
    others: {
      ...maximalRunner(),
      token: { secretName: 'others-token' },
    },
  },
  ...fleetFields(),
});

/** Every field of machines of Docker Machine, none with its default. */
export const maximalMachine = (): JobMachineInput => ({
  image: {
    ami: 'ami-0a1b2c3d4e5f6071b',
    architecture: 'arm64',
    rootDeviceName: '/dev/xvda',
    sshUser: 'ci',
  },
  instanceType: 'c7g.large',
  rootVolumeGib: 80,
  subnetId: 'subnet-0a1b2c3d4e5f6071d',
  securityGroupIds: ['sg-0a1b2c3d4e5f6071b', 'sg-0a1b2c3d4e5f6071c'],
  egress: [{ cidr: '10.1.0.0/16', port: 443, protocol: 'udp' }],
  policyArns: ['arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'],
  metadataHopLimit: 2,
  idleCount: 1,
  idleTimeSeconds: 1800,
  idleScaleFactor: 1.5,
  idleCountMin: 2,
  maxBuilds: 20,
  maxGrowthRate: 5,
  maxRemovalAttempts: 4,
  autoscaling: [
    {
      periods: ['* * 9-17 * * mon-fri *', '0 0,30 8 1 1 * 2027'],
      timezone: 'Europe/Berlin',
      idleCount: 5,
      idleTimeSeconds: 3600,
      idleScaleFactor: 0.5,
      idleCountMin: 3,
    },
  ],
  spot: { maxPriceUsdPerHour: 0.1 },
  options: ['amazonec2-monitoring=true', 'engine-opt=log-level=warn'],
  optionsWithName: ['engine-label=machine=%s'],
});

/** Every field of a manager with Docker Machine, none with its default. */
const maximalDockerMachine = (): DockerMachineInput => ({
  type: 'docker-machine',
  manager: {
    instanceType: 't4g.medium',
    image: { packer: 'base' },
    rootVolume: { sizeGib: 50, type: 'gp3', iops: 3500, throughputMibps: 200 },
    keyName: 'break-glass',
  },
  metadataHopLimit: 2,
  policyArns: ['arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'],
  refresh: { minHealthyPercentage: 90, maxHealthyPercentage: 150 },
  orphans: { maxAgeHours: 48, dryRun: true },
  runners: {
    builds: { limit: 9, machine: maximalMachine() },
    stock: { machine: { image: { stock: 'ubuntu-24.04', architecture: 'arm64' } } },
    others: { ...maximalRunner(), token: { secretName: 'machines-token' } },
  },
  ...fleetFields(),
});

const capacity = () => ({
  min: 1,
  max: 8,
  desired: 2,
  maxInstanceLifetimeDays: 14,
  schedules: { night: { cron: '0 20 * * MON-FRI', timezone: 'Europe/Berlin', min: 0, max: 2, desired: 1 } },
});

/** Every field of every fleet type, and of every kind of image and launch, none with its default. */
export const maximal = (): EnvironmentInput => ({
  project: 'acme',
  aws: {
    region: 'eu-central-1',
    accountId: '111122223333',
    assumeRoleArn: 'arn:aws:iam::111122223333:role/terraform',
    permissionsBoundaryArn: 'arn:aws:iam::111122223333:policy/boundary',
  },
  gitlab: { url: 'https://gitlab.example.com', caCertificatePem: CERTIFICATE },
  state: {
    bucket: 'acme-terraform-state',
    region: 'eu-central-1',
    kmsKeyArn: KEY_ARN,
    assumeRoleArn: 'arn:aws:iam::444455556666:role/state',
  },
  network: {
    type: 'existing',
    vpcId: 'vpc-0a1b2c3d4e5f60718',
    subnetIds: ['subnet-0a1b2c3d4e5f60718', 'subnet-0a1b2c3d4e5f60719'],
    interfaceEndpoints: true,
    routeTableIds: ['rtb-0a1b2c3d4e5f60718', 'rtb-0a1b2c3d4e5f60719'],
  },
  encryption: { kmsKeyArn: KEY_ARN },
  logs: { retentionDays: 365 },
  sessionLogging: {
    document: 'account-default',
    importExisting: true,
    idleTimeoutMinutes: 10,
    maxDurationMinutes: 120,
  },
  cache: { expirationDays: 30 },
  artifacts: { expirationDays: 14, vpcOnly: false },
  secretRecoveryDays: 0,
  tags: { team: 'platform' },
  images: {
    base: {
      base: 'amazon-linux-2023',
      architecture: 'arm64',
      rootVolumeGib: 40,
      ...contents(),
      shareWithAccountIds: ['444455556666'],
      copyToRegions: { 'eu-west-1': { kmsKeyArn: KEY_ARN.replace('eu-central-1', 'eu-west-1') } },
      deprecateAfterDays: 30,
      build: {
        instanceType: 'c7g.xlarge',
        subnetId: 'subnet-0a1b2c3d4e5f6071a',
        iamInstanceProfile: 'packer',
        sshInterface: 'private_ip',
      },
    },
  },
  fleets: {
    built: {
      type: 'autoscaling-group',
      image: { packer: 'base', ownerAccountId: '444455556666' },
      launch: { type: 'configuration', instanceType: 'm7g.xlarge' },
      rootVolume: { sizeGib: 60, type: 'gp3', iops: 4000, throughputMibps: 250 },
      capacity: capacity(),
      runners: {
        default: maximalRunner(),
        given: { token: { secretArn: SECRET_ARN, kmsKeyArn: KEY_ARN } },
        parameter: { token: { parameterArn: PARAMETER_ARN, kmsKeyArn: KEY_ARN } },
      },
      ...groupFields(),
    },
    pinned: {
      type: 'autoscaling-group',
      image: {
        ami: 'ami-0a1b2c3d4e5f60718',
        architecture: 'arm64',
        rootDeviceName: '/dev/sda1',
        provisioned: false,
      },
      launch: {
        type: 'template',
        instanceTypes: ['c7g.large', 'm7g.large'],
        spot: { onDemandBase: 1, onDemandPercentage: 25, allocationStrategy: 'capacity-optimized' },
      },
      rootVolume: { sizeGib: 70, type: 'io2', iops: 5000 },
      capacity: { min: 0, max: 4 },
      scaling: { type: 'jobs', headroomJobs: 3, idleTimeSeconds: 600 },
    },
    stock: {
      type: 'autoscaling-group',
      image: { stock: 'amazon-linux-2023', architecture: 'arm64', ...contents() },
      capacity: { min: 0, max: 1 },
      sessionServer: {
        port: 9093,
        advertiseAddress: 'terminals.example.com:443',
        timeoutSeconds: 600,
        allowedSecurityGroupIds: ['sg-0a1b2c3d4e5f60718'],
      },
      registryCredentials: { 'docker.io': { secretArn: SECRET_ARN, kmsKeyArn: KEY_ARN } },
    },
    autoscaled: maximalAutoscaler(),
    machines: maximalDockerMachine(),
    tasks: maximalFargate(),
  },
});
