import type { EnvironmentInput } from '../../src/config/environment';
import {
  KEY_ARN,
  PARAMETER_ARN,
  SECRET_ARN,
  minimal,
  withCreated,
  type AutoscalerInput,
  type AutoscalerRunnerInput,
  type DockerMachineInput,
  type FargateInput,
  type GroupInput,
  type JobMachineInput,
} from '../support/environments';

/** Fleets of every type, each as it can be built: for what holds for all of them. */

/** An environment with one fleet called `ci`. */
export interface Variant {
  /** Which it is. */
  readonly title: string;
  /** The environment. */
  readonly input: EnvironmentInput;
  /** What its managers are, each called like the fleet. */
  readonly manager: 'aws_autoscaling_group' | 'aws_ecs_service';
  /** Log groups, besides that of sessions. */
  readonly logs: readonly string[];
  /** What its managers do without. */
  readonly notNeeded: RegExp;
}

export const BOUNDARY = 'arn:aws:iam::111122223333:policy/boundary';

type Input = EnvironmentInput['fleets'][string];
type Keys = NonNullable<EnvironmentInput['encryption']>;

const environment = (fleet: Input, encryption: Keys): EnvironmentInput => ({
  ...minimal(),
  aws: { region: 'eu-central-1', permissionsBoundaryArn: BOUNDARY },
  tags: { team: 'platform' },
  encryption,
  images: { base: {} },
  fleets: { ci: fleet },
});

const keys: Record<string, Keys> = { 'a made key': {}, 'a given key': { kmsKeyArn: KEY_ARN } };

/** In every fleet. */
const fields = {
  securityGroupIds: ['sg-0a1b2c3d4e5f60718'],
  metrics: { allowedSecurityGroupIds: ['sg-0a1b2c3d4e5f60719'] },
  tags: { cost: 'ci' },
};
const runners = {
  made: {},
  secret: { token: { secretArn: SECRET_ARN } },
  parameter: { token: { parameterArn: PARAMETER_ARN } },
};

const group = (title: string, more: Partial<GroupInput>, encryption: Keys): Variant => ({
  title: `a group of instances (${title})`,
  input: environment(
    {
      type: 'autoscaling-group',
      capacity: { min: 1, max: 2 },
      policyArns: ['arn:aws:iam::aws:policy/A'],
      runners,
      ...fields,
      ...more,
    },
    encryption,
  ),
  manager: 'aws_autoscaling_group',
  logs: ['acme-dev-ci', ...(more.scaling?.type === 'jobs' ? ['acme-dev-ci-scaling'] : [])],
  notNeeded: /^aws_(kms_alias|ssm_document|autoscaling_group)\.|\.fleet-ci_scaling_/,
});

const images: Record<string, GroupInput['image']> = {
  stock: { stock: 'amazon-linux-2023' },
  ami: { ami: 'ami-0a1b2c3d4e5f60718', rootDeviceName: '/dev/sda1' },
  packer: { packer: 'base' },
};
const launches: Record<string, GroupInput['launch']> = {
  configuration: { type: 'configuration' },
  template: { type: 'template' },
};

/** Groups of instances, however they are built, launched and encrypted. */
export const groups: readonly Variant[] = [
  ...Object.entries(images).flatMap(([image, choice]) =>
    Object.entries(launches).flatMap(([launch, how]) =>
      Object.entries(keys).map(([key, encryption]) =>
        group(`${image}, ${launch}, ${key}`, { image: choice, launch: how }, encryption),
      ),
    ),
  ),
  group('scaled by its jobs', { scaling: { type: 'jobs' } }, {}),
];

type Workers = NonNullable<AutoscalerRunnerInput['workers']>;

const autoscaler = (
  title: string,
  more: Partial<AutoscalerInput>,
  workers: Workers,
  encryption: Keys,
): Variant => ({
  title: `a manager that starts machines (${title})`,
  input: environment(
    {
      type: 'docker-autoscaler',
      policyArns: ['arn:aws:iam::aws:policy/A'],
      runners: Object.fromEntries(
        Object.entries(runners).map(([name, runner]) => [name, { ...runner, workers }]),
      ),
      ...fields,
      ...more,
    },
    encryption,
  ),
  manager: 'aws_autoscaling_group',
  logs: ['acme-dev-ci', 'acme-dev-ci-made', 'acme-dev-ci-parameter', 'acme-dev-ci-secret'],
  notNeeded: /^aws_(kms_alias|ssm_document)\.|^aws_autoscaling_group\.fleet-ci_group_/,
});

const spot = { instanceTypes: ['m6i.large', 'm5.large'], spot: {} };

/** Managers that start machines, however these and the manager are built and encrypted. */
export const autoscalers: readonly Variant[] = [
  ...Object.entries(images).flatMap(([image, choice]) =>
    Object.entries(keys).map(([key, encryption]) =>
      autoscaler(`${image}, ${key}`, { manager: { image: choice } }, { image: choice }, encryption),
    ),
  ),
  autoscaler('several types on spot capacity', {}, spot, {}),
];

const withMachines = (
  title: string,
  more: Partial<DockerMachineInput>,
  machine: JobMachineInput,
  encryption: Keys,
): Variant => ({
  title: `a manager with Docker Machine (${title})`,
  input: environment(
    {
      type: 'docker-machine',
      policyArns: ['arn:aws:iam::aws:policy/A'],
      runners: Object.fromEntries(
        Object.entries(runners).map(([name, runner]) => [name, { ...runner, machine }]),
      ),
      ...fields,
      ...more,
    },
    encryption,
  ),
  manager: 'aws_autoscaling_group',
  logs: ['acme-dev-ci', 'acme-dev-ci-orphans'],
  notNeeded: /^aws_(kms_alias|ssm_document)\.|^aws_autoscaling_group\.fleet-ci_group_|\.fleet-ci_orphans_/,
});

const givenGroups = ['sg-0a1b2c3d4e5f6071b', 'sg-0a1b2c3d4e5f6071c'];

/** Managers with Docker Machine, however these and the machines are built and encrypted. */
export const machines: readonly Variant[] = [
  ...Object.entries(images).flatMap(([image, choice]) =>
    Object.entries(keys).map(([key, encryption]) =>
      withMachines(`${image}, ${key}`, { manager: { image: choice } }, {}, encryption),
    ),
  ),
  withMachines(
    'machines from a given AMI, in given security groups',
    {},
    { image: { ami: 'ami-0a1b2c3d4e5f60718' }, securityGroupIds: givenGroups },
    {},
  ),
  withMachines('orphans only counted', { orphans: { dryRun: true } }, {}, {}),
  withMachines('spot instances', {}, { spot: {} }, {}),
];

type Task = NonNullable<NonNullable<FargateInput['runners']>[string]['task']>;

const fargate = (title: string, more: Partial<FargateInput>, task: Task, encryption: Keys): Variant => ({
  title: `a fleet of Fargate tasks (${title})`,
  input: environment(
    {
      type: 'fargate',
      runners: Object.fromEntries(
        Object.entries(runners).map(([name, runner]) => [name, { ...runner, task }]),
      ),
      ...fields,
      ...more,
    },
    encryption,
  ),
  manager: 'aws_ecs_service',
  logs: ['acme-dev-ci', 'acme-dev-ci-orphans', 'acme-dev-ci-workers'],
  notNeeded: /^aws_(kms_alias|ssm_document|ecs_service)\.|\.session-logs_|\.fleet-ci_orphans_/,
});

/** An image that is not ours. */
const image = 'registry.example.com/ci/image:1';
/** Nothing is made that could be given. */
const given = {
  fleet: {
    cluster: { type: 'existing', arn: 'arn:aws:ecs:eu-central-1:111122223333:cluster/ci' },
    managers: { image },
  },
  task: { image, securityGroupId: 'sg-0a1b2c3d4e5f6071a' },
} as const;

/** Fleets of Fargate tasks, with everything made or given. */
export const tasks: readonly Variant[] = [
  ...Object.entries(keys).flatMap(([key, encryption]) => [
    fargate(`everything made, ${key}`, {}, {}, encryption),
    fargate(`everything given, ${key}`, given.fleet, given.task, encryption),
  ]),
  fargate('on spot capacity', {}, { spot: true, architecture: 'arm64' }, {}),
  fargate('orphans only counted', { orphans: { dryRun: true } }, {}, {}),
];

/** Behind a company's proxy, and with a mirror of Docker Hub of their own where they have a manager for it. */
export const behindProxies: readonly Variant[] = [groups, autoscalers, tasks].flatMap((variants) =>
  variants.slice(-1).map((variant) => ({
    ...variant,
    title: `${variant.title}, behind a proxy`,
    input: {
      ...variant.input,
      proxy: { http: 'http://proxy.acme.example:3128' },
      ...(variants === autoscalers && { registryMirror: { type: 'own' as const } }),
    },
  })),
);

/** What a network has besides what leads out of it; the second public subnet has no NAT gateway. */
const besides = /^aws_(default_security_group|flow_log)\.|\.flow-log|\.network_public_eu-central-1b_/;

/** One of each in a network that is made. */
export const inCreatedNetworks: readonly Variant[] = [groups, autoscalers, machines, tasks].flatMap(
  (variants) =>
    variants.slice(-1).map((variant) => ({
      ...variant,
      title: `${variant.title}, in a network that is made`,
      input: withCreated({ flowLogs: true }, variant.input),
      logs: [...variant.logs, 'acme-dev-flow-logs'],
      notNeeded: new RegExp(`${variant.notNeeded.source}|${besides.source}`),
    })),
);
