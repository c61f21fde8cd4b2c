import type { AutoscalerRunner } from '../config/docker-autoscaler-model';
import type { MachineRunner } from '../config/docker-machine-model';
import type { Fleet } from '../config/fleet-model';
import type { Environment } from '../config/model';

/** Tags of everything in an environment: the user's, and which environment it is. */
export const environmentTags = ({ tags, project, name }: Environment): Record<string, string> => ({
  ...tags,
  'gitlab-runner-aws:project': project,
  'gitlab-runner-aws:environment': name,
});

/** Tags of a fleet's machines, tasks, and what they are started from. */
export const fleetTags = (environment: Environment, fleet: Fleet): Record<string, string> => ({
  ...environmentTags(environment),
  ...fleet.tags,
  Name: fleet.awsName,
  'gitlab-runner-aws:fleet': fleet.name,
});

/** Tag of a machine that Docker Machine started: the instance id of the manager that asked for it. */
export const managerTag = 'gitlab-runner-aws:manager';

/** Tags of the machines of a runner, as far as they are known before there is a manager. Docker Machine names them. */
export function jobMachineTags(
  environment: Environment,
  fleet: Fleet,
  { key }: MachineRunner,
): Record<string, string> {
  const tags = Object.entries(fleetTags(environment, fleet)).filter(([name]) => name !== 'Name');
  return { ...Object.fromEntries(tags), 'gitlab-runner-aws:runner': key };
}

/** Tags of the workers of a runner. */
export const workerTags = (
  environment: Environment,
  fleet: Fleet,
  { key, workers }: AutoscalerRunner,
): Record<string, string> => ({
  ...fleetTags(environment, fleet),
  Name: workers.groupName,
  'gitlab-runner-aws:runner': key,
});
