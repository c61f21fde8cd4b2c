import type { ParsedEnvironment, ParsedFleet } from './environment';
import type { Warning } from './model';
import { sumOfLimits } from './runner';
import { artifactWarnings } from './warnings/artifacts';
import { groupWarnings } from './warnings/autoscaling-group';
import { autoscalerWarnings } from './warnings/docker-autoscaler';
import { dockerMachineWarnings } from './warnings/docker-machine';
import { fargateWarnings } from './warnings/fargate';
import { networkWarnings } from './warnings/network';
import { proxyWarnings } from './warnings/proxy';
import { mirrorWarnings } from './warnings/registry-mirror';
import { sessionServerWarnings } from './warnings/session-server';
import { at, ofEachRunner, warnIf } from './warnings/warn';

/** What is allowed but should be known: by field, for CDKTF's annotations. */

type ParsedRunner = ParsedFleet['runners'][string];

/** @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#long-polling-issues */
const requestWarnings = (runners: ParsedFleet['runners']): Warning[] =>
  Object.entries<ParsedRunner>(runners).flatMap(([name, { requestConcurrency }], _, all) =>
    warnIf(
      all.length > 1 && requestConcurrency === 1,
      `runners.${name}.requestConcurrency`,
      'is 1 beside other runners: where GitLab holds requests open, jobs start late; 2 or more avoids that',
    ),
  );

/** AWS reads such an ending as its own suffix in a partial ARN. */
const secretNameWarnings = ({ token }: ParsedRunner): Warning[] =>
  warnIf(
    token !== undefined && 'secretName' in token && /-[A-Za-z0-9]{6}$/.test(token.secretName),
    'token.secretName',
    'ends with a hyphen and six characters, as the suffix that AWS adds to ARNs: searching the secret by a partial ARN can fail',
  );

const limitWarnings = ({ runners, concurrent }: ParsedFleet): Warning[] => {
  const sum = sumOfLimits(runners, concurrent);
  return warnIf(
    sum < concurrent,
    'concurrent',
    `is ${concurrent}, but the runners' limits add up to ${sum}: the rest is never used`,
  );
};

/** Settings under which a job can be killed. */
const endWarnings = ({ type, drainTimeoutSeconds, forceDelete }: ParsedFleet): Warning[] => [
  ...warnIf(
    drainTimeoutSeconds < 3600,
    'drainTimeoutSeconds',
    `is ${drainTimeoutSeconds}: jobs that take longer than that are killed when their ${type === 'autoscaling-group' ? 'instance' : 'manager'} is replaced`,
  ),
  ...warnIf(forceDelete, 'forceDelete', 'is on: destroying this fleet kills the jobs that run on it'),
];

function typeWarnings(fleet: ParsedFleet, environment: ParsedEnvironment): Warning[] {
  switch (fleet.type) {
    case 'autoscaling-group':
      return groupWarnings(fleet);
    case 'docker-autoscaler':
      return autoscalerWarnings(fleet);
    case 'docker-machine':
      return dockerMachineWarnings(fleet, environment);
    case 'fargate':
      return fargateWarnings(fleet);
  }
}

const fleetWarnings = (fleet: ParsedFleet, environment: ParsedEnvironment): Warning[] => [
  ...typeWarnings(fleet, environment),
  ...limitWarnings(fleet),
  ...endWarnings(fleet),
  ...sessionServerWarnings(fleet),
  ...requestWarnings(fleet.runners),
  ...ofEachRunner<ParsedRunner>(fleet.runners, secretNameWarnings),
];

/** Every warning of an environment. */
export const warningsOf = (environment: ParsedEnvironment): Warning[] => [
  ...at('network', networkWarnings(environment.network)),
  ...artifactWarnings(environment),
  ...proxyWarnings(environment),
  ...mirrorWarnings(environment),
  ...Object.entries(environment.fleets).flatMap(([name, fleet]) =>
    at(`fleets.${name}`, fleetWarnings(fleet, environment)),
  ),
];
