import { machinePaths } from './machine-paths';

/**
 * What makes a machine a manager of Docker Machine, among the settings of its scripts. gitlab-runner and Docker Machine
 * read the path themselves. A manager has nothing to wait for: what it knows of its machines is on its own disk, so that
 * a new one may start beside one that drains.
 * @see https://docs.gitlab.com/runner/executors/docker_machine/
 */
export const dockerMachineSettings = {
  RUNNER_UNIT: 'gitlab-runner-machines.service',
  MACHINE_STORAGE_PATH: machinePaths.machineStore,
} as const;
