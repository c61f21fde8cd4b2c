import type { ParsedEnvironment, ParsedFleet } from '../environment';
import { formatPath } from '../issues';
import type { Refusal } from '../refusal';
import type { MadeName } from '../made-names';
import { refuseIf } from './refusals';

/** Names and secrets that only one thing can have; paths from the root. */

/** Names that AWS takes once they are prefixed, each made once. */
export function nameRules(names: readonly MadeName[]): Refusal[] {
  const first = new Map<string, MadeName>();
  return names.flatMap((made) => {
    const { path, value, space, name, limit } = made;
    const other = first.get(`${space} ${name}`);
    if (other === undefined) first.set(`${space} ${name}`, made);
    const makes = `makes the ${space} name ${name}`;
    return [
      ...refuseIf(
        name.length > limit,
        path,
        `${makes} of ${name.length} characters, and AWS takes ${limit}`,
        value,
      ),
      ...refuseIf(
        other !== undefined,
        path,
        `${makes}, which ${formatPath(other?.path ?? [])} makes already`,
        value,
      ),
    ];
  });
}

/** Rights of a Fargate fleet reach the clusters whose names begin with its own. */
export function fleetNameRules({ fleets }: ParsedEnvironment): Refusal[] {
  const names = Object.entries(fleets).flatMap(([name, { type }]) => (type === 'fargate' ? [name] : []));
  return names.flatMap((name) =>
    names
      .filter((other) => name.startsWith(`${other}-`))
      .flatMap((other) =>
        refuseIf(
          true,
          ['fleets', name],
          `is a name that must not begin with ${other}-: the rights of the Fargate fleet ${other} reach what is called so`,
          name,
        ),
      ),
  );
}

type ParsedRunner = ParsedFleet['runners'][string];

const givenToken = (token: ParsedRunner['token']): readonly [string, string] | undefined => {
  if (token === undefined || 'secretName' in token) return undefined;
  return 'secretArn' in token ? ['secretArn', token.secretArn] : ['parameterArn', token.parameterArn];
};

interface GivenToken {
  readonly path: readonly string[];
  readonly value: string;
}

const givenTokens = ({ fleets }: ParsedEnvironment): GivenToken[] =>
  Object.entries(fleets).flatMap(([fleet, { runners }]) =>
    Object.entries<ParsedRunner>(runners).flatMap(([runner, { token }]) => {
      const [key, value] = givenToken(token) ?? [];
      return key === undefined || value === undefined
        ? []
        : [{ path: ['fleets', fleet, 'runners', runner, 'token', key], value }];
    }),
  );

/** A given secret that has the name of one that is made: it would have to exist before and be made too. */
function givenAndMadeRules(
  names: readonly MadeName[],
  parsed: ParsedEnvironment,
  { region, accountId }: ParsedEnvironment['aws'],
): Refusal[] {
  const made = names.filter(({ space }) => space === 'secret');
  return givenTokens(parsed).flatMap(({ path, value }) => {
    const [, , , itsRegion, itsAccount, , nameAndSuffix = ''] = value.split(':');
    const isElsewhere = itsRegion !== region || (accountId !== undefined && itsAccount !== accountId);
    const same = made.find(({ name }) => !isElsewhere && `${name}-` === nameAndSuffix.slice(0, -6));
    return refuseIf(
      same !== undefined,
      path,
      `is the secret that ${formatPath(same?.path ?? [])} makes`,
      value,
    );
  });
}

/** One token, one runner: two runners with one secret would be one in GitLab. `aws` is missing where it is not sound itself. */
export function tokenRules(
  names: readonly MadeName[],
  parsed: ParsedEnvironment,
  aws: ParsedEnvironment['aws'] | undefined,
): Refusal[] {
  const given = givenTokens(parsed);
  const repeated = given.flatMap(({ path, value }, index) => {
    const first = given.findIndex((other) => other.value === value);
    const other = formatPath(given[first]?.path ?? []);
    return refuseIf(first < index, path, `must not be the secret of another runner (${other})`, value);
  });
  return [...repeated, ...(aws === undefined ? [] : givenAndMadeRules(names, parsed, aws))];
}
