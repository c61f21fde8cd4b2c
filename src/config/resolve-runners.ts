import type { ParsedFleet } from './environment';
import { secretNameOf } from './names';
import { limitOr } from './runner';
import type { RunnerIdentity, RunnerToken } from './runner-model';

/** Names, limits and tokens of a fleet's runners. */

function resolveToken(
  prefix: string,
  fleet: string,
  runner: string,
  token: ParsedFleet['runners'][string]['token'],
): RunnerToken {
  if (token === undefined || 'secretName' in token)
    return { kind: 'made', secretName: secretNameOf(prefix, fleet, runner, token?.secretName) };
  return 'secretArn' in token
    ? { kind: 'secret', secretArn: token.secretArn, kmsKeyArn: token.kmsKeyArn }
    : { kind: 'parameter', parameterArn: token.parameterArn, kmsKeyArn: token.kmsKeyArn };
}

/** Who a runner is. */
export const runnerIdentity = (
  prefix: string,
  fleet: string,
  key: string,
  runner: Pick<ParsedFleet['runners'][string], 'limit' | 'token'>,
  concurrent: number,
): RunnerIdentity => ({
  key,
  name: `${prefix}-${fleet}-${key}`,
  limit: limitOr(runner.limit, concurrent),
  token: resolveToken(prefix, fleet, key, runner.token),
});
