import type { ParsedEnvironment, ParsedFleet } from './environment';
import { spotOf } from './launch-choice';
import type { Warning } from './model';
import { sumOfLimits } from './runner';

/** What is allowed but should be known: by field, for CDKTF's annotations. */

type ParsedRunner = ParsedFleet['runners'][string];

/** One warning if there is a reason for it, else none. */
const warnIf = (isMeant: boolean, path: string, message: string): Warning[] =>
  isMeant ? [{ path, message }] : [];

/** A path without `.`, `..` and empty parts. */
const normalized = (path: string): string =>
  path.split('/').reduce((parts, part) => {
    if (part === '' || part === '.') return parts;
    return part === '..' ? parts.replace(/\/[^/]*$/, '') : `${parts}/${part}`;
  }, '') || '/';

/** Host folders through which a job reaches Docker, other processes or the token's file. */
const revealingFolders = /^\/(run|var\/run|proc|dev|var|)(\/|$)/;

function revealingVolumes(runner: ParsedRunner): Warning[] {
  return (runner.docker.volumes ?? []).flatMap((volume, index) => {
    const [host = '', container] = volume.split(':');
    const isMount = container !== undefined && host.startsWith('/');
    return warnIf(
      isMount && revealingFolders.test(normalized(host)),
      `docker.volumes[${index}]`,
      `mounts ${host} into jobs: they can reach Docker or the runner's token through it`,
    );
  });
}

/** Settings with which a job can read the runner's token. */
function tokenWarnings(runner: ParsedRunner): Warning[] {
  const { privileged, servicesPrivileged, networkMode, pidMode } = runner.docker;
  const takeOver = 'is on: jobs can take over the machine and read the token of every runner on it';
  const reach =
    'is host: jobs reach the metadata service and with it the role of the instance, which may read the tokens';
  return [
    ...warnIf(privileged, 'docker.privileged', takeOver),
    ...warnIf(servicesPrivileged === true, 'docker.servicesPrivileged', takeOver),
    ...warnIf(networkMode === 'host', 'docker.networkMode', reach),
    ...warnIf(pidMode === 'host', 'docker.pidMode', 'is host: jobs see every process of the machine'),
    ...revealingVolumes(runner),
  ];
}

/** @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#long-polling-issues */
const requestWarnings = (runners: ParsedFleet['runners']): Warning[] =>
  Object.entries(runners).flatMap(([name, { requestConcurrency }], _, all) =>
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

function launchWarnings({ launch }: ParsedFleet): Warning[] {
  if (launch.type === 'template') return [];
  return [
    {
      path: 'launch.type',
      message:
        'is configuration: AWS accounts made since 2024-10-01 cannot create launch configurations, and instance types newer than 2022 cannot be used with them; template is the successor',
    },
    {
      path: 'launch.type',
      message:
        "is configuration: it can name no key, so volumes are encrypted with the image's key or the account's default one, and volumes carry no tags",
    },
  ];
}

const limitWarnings = ({ runners, concurrent }: ParsedFleet): Warning[] => {
  const sum = sumOfLimits(runners, concurrent);
  return warnIf(
    sum < concurrent,
    'concurrent',
    `is ${concurrent}, but the runners' limits add up to ${sum}: the rest is never used`,
  );
};

const instanceWarnings = ({ refresh, metadataHopLimit }: ParsedFleet): Warning[] => [
  ...warnIf(
    refresh.minHealthyPercentage < 100,
    'refresh.minHealthyPercentage',
    'is below 100: AWS ends old instances before new ones are in service',
  ),
  ...warnIf(
    metadataHopLimit > 1,
    'metadataHopLimit',
    'is above 1: job containers get the role of the instance, which may read the tokens',
  ),
];

/** Bounds that Terraform leaves to schedules once the group exists. */
const capacityWarnings = ({ capacity: { schedules } }: ParsedFleet): Warning[] =>
  (['min', 'max'] as const).flatMap((key) =>
    warnIf(
      Object.values(schedules).some((schedule) => schedule[key] !== undefined),
      `capacity.${key}`,
      `is set by schedules: a change of it reaches an existing group only through them`,
    ),
  );

/** Settings under which a job can be killed. */
const endWarnings = ({ drainTimeoutSeconds, forceDelete }: ParsedFleet): Warning[] => [
  ...warnIf(
    drainTimeoutSeconds < 3600,
    'drainTimeoutSeconds',
    `is ${drainTimeoutSeconds}: jobs that take longer than that are killed when their instance is replaced`,
  ),
  ...warnIf(forceDelete, 'forceDelete', 'is on: destroying this fleet kills the jobs that run on it'),
];

function spotWarnings(spot: ReturnType<typeof spotOf>, max: number): Warning[] {
  if (spot === undefined) return [];
  const isNeverUsed = spot.onDemandPercentage === 100 || spot.onDemandBase >= max;
  const message = isNeverUsed
    ? 'leaves no instance to spot: all of them are on demand'
    : 'is set: EC2 takes such an instance back at a notice of two minutes, and jobs that take longer fail; `retry: { max: 2, when: runner_system_failure }` in .gitlab-ci.yml runs them again';
  return [{ path: 'launch.spot', message }];
}

const at = (path: string, warnings: readonly Warning[]): Warning[] =>
  warnings.map((warning) => ({ ...warning, path: `${path}.${warning.path}` }));

const ofEachRunner = <R>(runners: Readonly<Record<string, R>>, of: (runner: R) => Warning[]): Warning[] =>
  Object.entries(runners).flatMap(([name, runner]) => at(`runners.${name}`, of(runner)));

const groupWarnings = (fleet: ParsedFleet): Warning[] => [
  ...launchWarnings(fleet),
  ...instanceWarnings(fleet),
  ...capacityWarnings(fleet),
  ...spotWarnings(spotOf(fleet.launch), fleet.capacity.max),
  ...ofEachRunner(fleet.runners, tokenWarnings),
];

const fleetWarnings = (fleet: ParsedFleet): Warning[] => [
  ...groupWarnings(fleet),
  ...limitWarnings(fleet),
  ...endWarnings(fleet),
  ...requestWarnings(fleet.runners),
  ...ofEachRunner(fleet.runners, secretNameWarnings),
];

/** Every warning of an environment. */
export const warningsOf = ({ fleets }: ParsedEnvironment): Warning[] =>
  Object.entries(fleets).flatMap(([name, fleet]) => at(`fleets.${name}`, fleetWarnings(fleet)));
