import type { ParsedFargate } from '../fargate';
import type { Warning } from '../model';
import { registryOf } from '../registries';
import { ofEachRunner, warnIf } from './warn';

/** What should be known of a fleet of Fargate tasks. */

const managerWarnings = ({ managers }: ParsedFargate): Warning[] => [
  ...warnIf(managers.count === 0, 'managers.count', 'is 0: nobody asks GitLab for jobs'),
  ...warnIf(
    managers.minHealthyPercentage < 100 && managers.count > 0,
    'managers.minHealthyPercentage',
    'is below 100: ECS ends an old manager before a new one runs; with a single manager no job starts until it has drained',
  ),
];

const taskWarnings = ({ task }: ParsedFargate['runners'][string]): Warning[] =>
  warnIf(
    task.spot,
    'task.spot',
    'is on: Fargate takes such a task back at a notice of two minutes, and its job fails; `retry: { max: 2, when: runner_system_failure }` in .gitlab-ci.yml runs it again',
  );

/** Tasks are started from these images only: what a job's script pulls is the job's own. */
function registryWarnings({ registryCredentials, managers, runners }: ParsedFargate): Warning[] {
  const images = [managers.image, ...Object.values(runners).map(({ task }) => task.image)];
  const used = images.map((image) => (image === undefined ? undefined : registryOf(image)));
  return Object.keys(registryCredentials).flatMap((registry) =>
    warnIf(
      !used.includes(registry),
      `registryCredentials.${registry}`,
      'is not used: no image of this fleet is in that registry, and what jobs pull themselves they pull with credentials of their own',
    ),
  );
}

/** Every warning of a fleet of Fargate tasks; paths from the fleet on. */
export const fargateWarnings = (fleet: ParsedFargate): Warning[] => [
  ...managerWarnings(fleet),
  ...ofEachRunner(fleet.runners, taskWarnings),
  ...registryWarnings(fleet),
];
