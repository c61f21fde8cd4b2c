import type { ParsedEnvironment, ParsedFleet } from '../environment';
import type { Refusal } from '../refusal';
import { groupRules } from './autoscaling-group';
import { autoscalerRules } from './docker-autoscaler';
import { dockerMachineRules } from './docker-machine';
import { fargateRules } from './fargate';
import type { MachineSurroundings } from './machine';
import { keyOfRegion, refuseIf } from './refusals';

/** Rules of a fleet of any type; paths from the fleet on. */

type ParsedRunner = ParsedFleet['runners'][string];

const limitRules = ({ runners, concurrent }: ParsedFleet): Refusal[] =>
  Object.entries<ParsedRunner>(runners).flatMap(([name, { limit }]) =>
    refuseIf(
      limit !== undefined && limit > concurrent,
      ['runners', name, 'limit'],
      `must not exceed the fleet's concurrent (${concurrent})`,
      limit,
    ),
  );

const tokenKeyRules = ({ runners }: ParsedFleet): Refusal[] =>
  Object.entries<ParsedRunner>(runners).flatMap(([name, { token }]) => {
    if (token === undefined || 'secretName' in token) return [];
    const arn = 'secretArn' in token ? token.secretArn : token.parameterArn;
    return keyOfRegion(token.kmsKeyArn, ['runners', name, 'token', 'kmsKeyArn'], arn.split(':')[3] ?? '');
  });

/** What AWS takes is 50, and we add five of our own; two more to machines of Docker Machine. */
const mostTagsOf = ({ type }: ParsedFleet): number => (type === 'docker-machine' ? 43 : 45);
const registryKeyRules = ({ registryCredentials }: ParsedFleet): Refusal[] =>
  Object.entries(registryCredentials).flatMap(([registry, { secretArn, kmsKeyArn }]) =>
    keyOfRegion(kmsKeyArn, ['registryCredentials', registry, 'kmsKeyArn'], secretArn.split(':')[3] ?? ''),
  );

/** gitlab-runner listens at both. */
const portRules = ({ metrics, sessionServer }: ParsedFleet): Refusal[] =>
  refuseIf(
    sessionServer?.port === metrics.port,
    ['sessionServer', 'port'],
    `must not be metrics.port (${metrics.port})`,
    sessionServer?.port,
  );

const tagRules = (fleet: ParsedFleet, tags: ParsedEnvironment['tags']): Refusal[] => {
  const mostTags = mostTagsOf(fleet);
  const count = Object.keys({ ...tags, ...fleet.tags }).length;
  return refuseIf(
    count > mostTags,
    ['tags'],
    `must not make more than ${mostTags} tags with those of the environment`,
    fleet.tags,
  );
};

/** What a fleet's rules look at besides the fleet. */
export interface FleetSurroundings extends MachineSurroundings {
  /** Tags of the environment. */
  readonly tags: ParsedEnvironment['tags'];
  /** Where the environment is deployed, if that is sound. */
  readonly aws: ParsedEnvironment['aws'] | undefined;
}

function typeRules(fleet: ParsedFleet, surroundings: FleetSurroundings): Refusal[] {
  switch (fleet.type) {
    case 'autoscaling-group':
      return groupRules(fleet, surroundings);
    case 'docker-autoscaler':
      return autoscalerRules(fleet, surroundings);
    case 'docker-machine':
      return dockerMachineRules(fleet, surroundings);
    case 'fargate':
      return fargateRules(fleet, surroundings.aws);
  }
}

/** Every rule that a fleet breaks. */
export const fleetRules = (fleet: ParsedFleet, surroundings: FleetSurroundings): Refusal[] => [
  ...limitRules(fleet),
  ...tagRules(fleet, surroundings.tags),
  ...tokenKeyRules(fleet),
  ...registryKeyRules(fleet),
  ...portRules(fleet),
  ...typeRules(fleet, surroundings),
];
