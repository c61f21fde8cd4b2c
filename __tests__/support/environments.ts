import { parseEnvironment } from '../../src/config/parse';
import { formatRefusal } from '../../src/config/issues';
import type { EnvironmentInput } from '../../src/config/environment';
import type { AutoscalingGroupFleet, Environment } from '../../src/config/model';
import type { FileProblem } from '../../src/config/rules';

/** Environments for tests, and what the model makes of them. */

/** What people write, as plain data that tests take apart. */
export type Loose = Record<string, unknown>;

type FleetInput = EnvironmentInput['fleets'][string];
type RunnerInput = NonNullable<FleetInput['runners']>[string];

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
export const withFleet = (fields: Partial<FleetInput>): EnvironmentInput => ({
  ...minimal(),
  fleets: { linux: { type: 'autoscaling-group', capacity: { min: 1, max: 2 }, ...fields } },
});

/** The smallest environment with other fields of its one runner. */
export const withRunner = (runner: RunnerInput): EnvironmentInput =>
  withFleet({ runners: { default: runner } });

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
  if (value === undefined) delete target[last];
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
    throw new Error((broken ?? []).map((refusal) => formatRefusal(name, refusal)).join('\n'));
  return environment;
}

/** The first fleet of a sound environment. */
export function fleetOf(input: unknown, name = 'dev'): AutoscalingGroupFleet {
  const [fleet] = parsed(input, name).fleets;
  if (fleet === undefined) throw new Error('there is no fleet');
  return fleet;
}
