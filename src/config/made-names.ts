import type { ParsedAutoscalingGroup } from './autoscaling-group';
import type { ParsedDockerAutoscaler } from './docker-autoscaler';
import type { ParsedDockerMachine } from './docker-machine';
import type { ParsedEnvironment, ParsedFleet } from './environment';
import type { ParsedFargate } from './fargate';
import type { ParsedNetwork } from './network';
import {
  prefixOf,
  sessionName,
  cacheName,
  artifactsName,
  flowLogsName,
  scalingName,
  machineOrphansName,
  jobMachineName,
  fargateNames,
  taskFamily,
  workerGroupName,
  defaultSessionDocument,
  secretNameOf,
} from './names';

/** Every name that a deploy makes or claims, and the limits that AWS sets them. */

/** A name that a deploy makes. */
export interface MadeName {
  /** Where it comes from in the model. */
  readonly path: readonly string[];
  /** What stands there, or is made of it. */
  readonly value: unknown;
  /** What is called so; equal names of one kind collide. */
  readonly space:
    | 'secret'
    | 'log group'
    | 'IAM role'
    | 'key alias'
    | 'S3 bucket'
    | 'task definition'
    | 'default session document'
    | 'interface endpoints';
  /** The name. */
  readonly name: string;
  /** Most characters that AWS takes. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
  readonly limit: number;
  /** Within what the name must be the only one. */
  readonly scope: 'account' | 'region';
}

type ParsedRunner = ParsedFleet['runners'][string];

function secretNames(prefix: string, fleet: string, { runners }: ParsedFleet): MadeName[] {
  return Object.entries<ParsedRunner>(runners).flatMap(([runner, { token }]): MadeName[] => {
    if (token !== undefined && !('secretName' in token)) return [];
    const given = token?.secretName;
    const name = secretNameOf(prefix, fleet, runner, given);
    const path = [
      'fleets',
      fleet,
      'runners',
      runner,
      ...(given === undefined ? [] : ['token', 'secretName']),
    ];
    return [
      {
        path,
        value: given ?? runner,
        space: 'secret',
        name,
        limit: 512,
        scope: 'region',
      },
    ];
  });
}

function fleetNames(prefix: string, fleet: string, content: ParsedFleet): MadeName[] {
  const made = { path: ['fleets', fleet], value: fleet, name: `${prefix}-${fleet}` };
  return [...roleAndLogs(made), ...typeNames(made, content), ...secretNames(prefix, fleet, content)];
}

type Made = Pick<MadeName, 'path' | 'value' | 'name'>;

function typeNames(made: Made, fleet: ParsedFleet): MadeName[] {
  switch (fleet.type) {
    case 'autoscaling-group':
      return scalingMadeNames(made, fleet);
    case 'docker-autoscaler':
      return workerMadeNames(made, fleet);
    case 'docker-machine':
      return machineMadeNames(made, fleet);
    case 'fargate':
      return fargateMadeNames(made, fleet);
  }
}

const scalingMadeNames = (made: Made, { scaling }: ParsedAutoscalingGroup): MadeName[] =>
  scaling.type === 'jobs' ? roleAndLogs({ ...made, name: scalingName(made.name) }) : [];

const workerMadeNames = (made: Made, { runners }: ParsedDockerAutoscaler): MadeName[] =>
  Object.keys(runners).flatMap((runner) =>
    roleAndLogs({
      path: [...made.path, 'runners', runner],
      value: runner,
      name: workerGroupName(made.name, runner),
    }),
  );

const machineMadeNames = (made: Made, { runners }: ParsedDockerMachine): MadeName[] => [
  ...roleAndLogs({ ...made, name: machineOrphansName(made.name) }),
  ...Object.keys(runners).map((runner): MadeName => ({
    path: [...made.path, 'runners', runner],
    value: runner,
    space: 'IAM role',
    name: jobMachineName(made.name, runner),
    limit: 64,
    scope: 'account',
  })),
];

function fargateMadeNames(made: Made, { runners }: ParsedFargate): MadeName[] {
  const { workers, execution, orphans } = fargateNames(made.name);
  const family = { space: 'task definition', limit: 255, scope: 'region' } as const;
  return [
    { ...made, space: 'log group', name: workers, limit: 512, scope: 'region' },
    { ...made, space: 'IAM role', name: execution, limit: 64, scope: 'account' },
    ...roleAndLogs({ ...made, name: orphans }),
    { ...made, ...family },
    ...Object.keys(runners).map((runner) => ({
      path: [...made.path, 'runners', runner],
      value: runner,
      name: taskFamily(made.name, runner),
      ...family,
    })),
  ];
}

/** A role and a log group of one name. */
const roleAndLogs = (made: Made): MadeName[] => [
  { ...made, space: 'IAM role', limit: 64, scope: 'account' },
  { ...made, space: 'log group', limit: 512, scope: 'region' },
];

/** Whichever account it is, its id has twelve digits. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const bucketMadeName = (name: string, project: string): MadeName => ({
  path: ['project'],
  value: project,
  space: 'S3 bucket',
  name: `${name}-<account id>`,
  limit: 63,
  scope: 'account',
});

const networkMadeNames = (prefix: string, network: ParsedNetwork): MadeName[] =>
  network.type === 'create' && network.flowLogs
    ? roleAndLogs({ path: ['network', 'flowLogs'], value: true, name: flowLogsName(prefix) })
    : [];

/** What names are made of; a network that is not sound itself is missing. */
type Naming = Pick<ParsedEnvironment, 'project' | 'fleets' | 'cache' | 'artifacts'> & {
  readonly network: ParsedNetwork | undefined;
};

/** Every name that an environment makes. */
export function madeNames(
  environment: string,
  { project, fleets, cache, artifacts, network }: Naming,
): MadeName[] {
  const prefix = prefixOf(project, environment);
  const made = { path: ['project'], value: project, scope: 'region' } as const;
  return [
    { ...made, space: 'log group', name: sessionName(prefix), limit: 128 },
    { ...made, space: 'key alias', name: `alias/${prefix}`, limit: 256 },
    ...(cache === false ? [] : [bucketMadeName(cacheName(prefix), project)]),
    ...(artifacts === undefined ? [] : [bucketMadeName(artifactsName(prefix), project)]),
    ...(network === undefined ? [] : networkMadeNames(prefix, network)),
    ...Object.entries(fleets).flatMap(([fleet, content]) => fleetNames(prefix, fleet, content)),
  ];
}

/** The account's one Session document, where an environment claims it. */
const sessionClaim = ({ document }: ParsedEnvironment['sessionLogging']): MadeName[] =>
  document === 'own'
    ? []
    : [
        {
          path: ['sessionLogging', 'document'],
          value: document,
          space: 'default session document',
          name: defaultSessionDocument,
          limit: 128,
          scope: 'region',
        },
      ];

/** A VPC's one endpoint of each service with private DNS, where an environment makes them in a VPC that exists. */
const endpointsClaim = (network: ParsedNetwork): MadeName[] =>
  network.type === 'existing' && network.interfaceEndpoints
    ? [
        {
          path: ['network', 'interfaceEndpoints'],
          value: true,
          space: 'interface endpoints',
          name: network.vpcId,
          limit: 21,
          scope: 'region',
        },
      ]
    : [];

/** What an environment claims although it has no name of its own: a clash all the same. */
export const claimedNames = ({ sessionLogging, network }: ParsedEnvironment): MadeName[] => [
  ...sessionClaim(sessionLogging),
  ...endpointsClaim(network),
];
