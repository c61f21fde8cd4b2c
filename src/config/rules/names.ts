import type { ParsedEnvironment, ParsedFleet } from '../environment';
import { formatPath, type Refusal } from '../issues';
import { madeNames, type MadeName } from '../names';
import { refuseIf } from './refusals';

/** Names and secrets that only one thing can have; paths from the root. */

/** What the user wrote, of which the name was made. */
const written = ({ path, name }: MadeName, project: string): unknown => {
  if (path.at(-1) === 'secretName') return name;
  return path[0] === 'project' ? project : path.at(-1);
};

/** Names that AWS takes once they are prefixed, each made once. */
export function nameRules(environment: string, parsed: ParsedEnvironment): Refusal[] {
  const names = madeNames(environment, parsed);
  return names.flatMap((made, index) => {
    const { path, what, name, limit, space } = made;
    const value = written(made, parsed.project);
    const rule = `makes the ${what} name ${name} of ${name.length} characters, and AWS takes ${limit}`;
    const first = names.findIndex((other) => other.space === space && other.name === name);
    const other = formatPath(names[first]?.path ?? []);
    return [
      ...refuseIf(name.length > limit, path, rule, value),
      ...refuseIf(first < index, path, `makes the ${what} name ${name}, which ${other} makes already`, value),
    ];
  });
}

const givenToken = (
  token: ParsedFleet['runners'][string]['token'],
): readonly [string, string] | undefined => {
  if (token === undefined || 'secretName' in token) return undefined;
  return 'secretArn' in token ? ['secretArn', token.secretArn] : ['parameterArn', token.parameterArn];
};

/** One token, one runner: two runners with one secret would be one in GitLab. */
export function tokenRules({ fleets }: ParsedEnvironment): Refusal[] {
  const given = Object.entries(fleets).flatMap(([fleet, { runners }]) =>
    Object.entries(runners).flatMap(([runner, { token }]) => {
      const [key, value] = givenToken(token) ?? [];
      return key === undefined ? [] : [{ path: ['fleets', fleet, 'runners', runner, 'token', key], value }];
    }),
  );
  return given.flatMap(({ path, value }, index) => {
    const first = given.findIndex((other) => other.value === value);
    const other = formatPath(given[first]?.path ?? []);
    return refuseIf(first < index, path, `must not be the secret of another runner (${other})`, value);
  });
}
