import type { ParsedAutoscalingGroup } from '../autoscaling-group';
import { spotOf } from '../launch-choice';
import type { Warning } from '../model';
import { revealingVolumes, spotMessage } from './jobs';
import { ofEachRunner, warnIf } from './warn';

/** What should be known of a group of instances. */

type ParsedRunner = ParsedAutoscalingGroup['runners'][string];

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
    ...revealingVolumes(
      runner.docker.volumes ?? [],
      "they can reach Docker or the runner's token through it",
    ),
  ];
}

function launchWarnings({ launch }: ParsedAutoscalingGroup): Warning[] {
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

const instanceWarnings = ({ refresh, metadataHopLimit }: ParsedAutoscalingGroup): Warning[] => [
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
const capacityWarnings = ({ capacity: { schedules } }: ParsedAutoscalingGroup): Warning[] =>
  (['min', 'max'] as const).flatMap((key) =>
    warnIf(
      Object.values(schedules).some((schedule) => schedule[key] !== undefined),
      `capacity.${key}`,
      `is set by schedules: a change of it reaches an existing group only through them`,
    ),
  );

function spotWarnings(spot: ReturnType<typeof spotOf>, max: number): Warning[] {
  if (spot === undefined) return [];
  return [{ path: 'launch.spot', message: spotMessage(spot, max) }];
}

/** Every warning of a group of instances; paths from the fleet on. */
export const groupWarnings = (fleet: ParsedAutoscalingGroup): Warning[] => [
  ...launchWarnings(fleet),
  ...instanceWarnings(fleet),
  ...capacityWarnings(fleet),
  ...spotWarnings(spotOf(fleet.launch), fleet.capacity.max),
  ...ofEachRunner(fleet.runners, tokenWarnings),
];
