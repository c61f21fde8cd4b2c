import { withFargate, withValue, type FargateInput } from '../support/environments';
import { addressesOf, blockAt, synthesize, type Block, type Terraform } from '../support/synth';

/** The stack of a Fargate fleet called `jobs` in acme-dev, in an account that is known, taken apart. */

export const ACCOUNT = '111122223333';

/** An ARN of ECS in it. */
export const ecsArn = (rest: string) => `arn:aws:ecs:eu-central-1:${ACCOUNT}:${rest}`;

export const stackOf = (fields: Partial<FargateInput> = {}): Terraform =>
  synthesize(withValue(withFargate(fields), 'aws.accountId', ACCOUNT));

type Task = NonNullable<NonNullable<FargateInput['runners']>[string]['task']>;

/** The same with other fields of the jobs of its one runner. */
export const withTask = (task: Task) => stackOf({ runners: { default: { task } } });

/** The address of the only block of a type that has this text. */
export function named(terraform: Terraform, type: string, text: string): string {
  const [found, ...more] = addressesOf(terraform).filter(
    (address) => address.startsWith(`${type}.`) && JSON.stringify(blockAt(terraform, address)).includes(text),
  );
  if (found === undefined || more.length > 0) throw new Error(`there is not one ${type} with ${text}`);
  return found;
}

/** The task definition of a family. */
export const definitionOf = (terraform: Terraform, family: string): Block =>
  blockAt(terraform, named(terraform, 'aws_ecs_task_definition', `"family":"${family}"`));

/** A container of a task, as far as tests look at it. */
interface Container {
  readonly name: string;
  readonly image: string;
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly logConfiguration: { readonly options: Readonly<Record<string, string>> };
}

/** The only container of a definition; the quotes of its expressions are none of JSON's. */
export function containerOf(definition: Block): Container {
  const text = String(definition.container_definitions).replaceAll(', "missing"', ", 'missing'");
  const [container, ...more] = JSON.parse(text) as Container[];
  if (container === undefined || more.length > 0) throw new Error('there is not one container');
  return container;
}

/** What a container has in its environment. */
export const variablesOf = ({ environment }: Container) =>
  Object.fromEntries(environment.map(({ name, value }) => [name, value]));

/** The security group of managers or jobs, as blocks refer to it. */
export const groupOf = (terraform: Terraform, what: 'Managers' | 'Jobs') =>
  `\${${named(terraform, 'aws_security_group', `${what} of acme-dev-jobs`)}.id}`;
