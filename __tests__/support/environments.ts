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

/** The workers of its jobs. */
export type WorkersInput = NonNullable<AutoscalerRunnerInput['workers']>;

/** A runner of a group. */
export type RunnerInput = NonNullable<GroupInput['runners']>[string];

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
