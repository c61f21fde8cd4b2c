import { createHash } from 'crypto';
import type { ParsedAutoscalingGroup } from './autoscaling-group';
import type { ParsedDockerAutoscaler } from './docker-autoscaler';
import type { ParsedDockerMachine } from './docker-machine';
import type { ParsedEnvironment, ParsedFleet } from './environment';
import type { ParsedFargate } from './fargate';
import type { ParsedNetwork } from './network';

/** AWS names that follow from the model, and the limits that AWS sets them. */

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

/** `<project>-<environment>`. */
export const prefixOf = (project: string, environment: string) => `${project}-${environment}`;

/** Name of the log group of sessions, and of the environment's own Session document. */
export const sessionName = (prefix: string) => `${prefix}-ec2-session`;

/** What the name of the cache's bucket begins with. Names of buckets are the world's, so the account's id follows. */
export const cacheName = (prefix: string) => `${prefix}-cache`;

/** What the name of the artifacts' bucket begins with. */
export const artifactsName = (prefix: string) => `${prefix}-artifacts`;

/** Name of the Command document that drains an instance. */
export const drainName = (prefix: string) => `${prefix}-drain`;

/** Name of the log group of a network's flow logs, and of the role that writes them. */
export const flowLogsName = (prefix: string) => `${prefix}-flow-logs`;

/** Name of the function that scales a fleet, and of all that belongs to it. */
export const scalingName = (awsName: string) => `${awsName}-scaling`;

/** Name of the function that ends machines whose manager is gone, and of all that belongs to it. */
export const machineOrphansName = (awsName: string) => `${awsName}-orphans`;

/** Name of the role of the machines of a runner, and what that of their security group begins with. */
export const jobMachineName = (awsName: string, runner: string) => `${awsName}-${runner}`;

/** Characters that gitlab-runner and Docker Machine leave of a host name of 63 to what the machine is called after. */
const longestStem = 26;

/** What machines are called after: their runner's name, cut where a host name would get too long. */
export function machineNameStem(awsName: string, runner: string): string {
  const name = jobMachineName(awsName, runner);
  if (name.length <= longestStem) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 6);
  return `${name.slice(0, longestStem - hash.length - 1).replace(/-+$/, '')}-${hash}`;
}

/** Path of the parameters with what is known of a fleet's machines only once it is deployed. */
export const deploymentPath = (awsName: string) => `/${awsName}/deployment`;

/** Names of what belongs to a fleet of Fargate tasks besides its cluster, service, role and log group. */
export const fargateNames = (awsName: string) => ({
  workers: `${awsName}-workers`,
  execution: `${awsName}-execution`,
  orphans: `${awsName}-orphans`,
});

/** Name of the task definition of a runner's jobs, and of the cluster that is made for them on spot capacity. */
export const taskFamily = (awsName: string, runner: string) => `${awsName}-${runner}`;

/** Name of the group of a runner's workers, and of their role and log group. */
export const workerGroupName = (awsName: string, runner: string) => `${awsName}-${runner}`;

/** The container images of Fargate fleets, each a folder of `docker/`. */
export type ContainerImageKind = 'manager' | 'worker';

/** Name of the ECR repository of a container image. */
export const ecrRepositoryName = (prefix: string, kind: ContainerImageKind) => `${prefix}-${kind}`;

/** Session Manager's own name for the preferences of an account. */
export const defaultSessionDocument = 'SSM-SessionManagerRunShell';

/** Name of the secret that holds a runner's token. */
export const secretNameOf = (prefix: string, fleet: string, runner: string, given: string | undefined) =>
  `${prefix}-${given ?? `${fleet}-${runner}-token`}`;

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
