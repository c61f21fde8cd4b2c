import { formatRefusal } from '../issues';
import type { Environment } from '../model';
import type { MadeName } from '../made-names';

/** Rules between environments: what only one of an account, or of an account and region, can have. */

/** An environment and the file that it is from. */
interface Loaded {
  readonly file: string;
  readonly environment: Environment;
}

const mayShareAccount = ({ aws: one }: Environment, { aws: other }: Environment): boolean =>
  one.accountId === undefined || other.accountId === undefined || one.accountId === other.accountId;

function rule({ space, name }: MadeName, where: string): string {
  switch (space) {
    case 'default session document':
      return `must not be account-default in two environments of ${where.replace('the same', 'one')}: there is only one such document`;
    case 'interface endpoints':
      return `must not be on in two environments of ${name}: a VPC has one endpoint of each service, and those of one environment serve both`;
    default:
      return `makes the name ${name}, as another environment of ${where} does`;
  }
}

/** What one environment makes that another one makes as well, once for each place in the model. */
function clashes({ environment, file }: Loaded, other: Loaded): string[] {
  if (!mayShareAccount(environment, other.environment)) return [];
  const isOneRegion = environment.aws.region === other.environment.aws.region;
  const where = isOneRegion ? 'the same account and region' : 'the same account';
  const taken = new Set(other.environment.names.map(({ space, name }) => `${space} ${name}`));
  const messages = environment.names
    .filter(({ space, name, scope }) => (isOneRegion || scope === 'account') && taken.has(`${space} ${name}`))
    .map((made) =>
      formatRefusal(file, {
        path: made.path,
        rule: `${rule(made, where)} (${other.file})`,
        value: made.value,
      }),
    );
  return [...new Set(messages)];
}

/** Every rule that two environments break together. */
export const rulesAcrossEnvironments = (loaded: readonly Loaded[]): string[] =>
  loaded.flatMap((one, index) => loaded.slice(0, index).flatMap((other) => clashes(one, other)));
