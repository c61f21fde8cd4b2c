import type { FargateRunner } from '../config/fleet-model';
import { driverFile, managerPaths } from './manager-paths';

/** `[runners.custom]`. @see https://docs.gitlab.com/runner/executors/custom/ */
interface CustomToml {
  readonly config_exec: string;
  readonly config_args: readonly string[];
  readonly prepare_exec: string;
  readonly prepare_args: readonly string[];
  readonly run_exec: string;
  readonly run_args: readonly string[];
  readonly cleanup_exec: string;
  readonly cleanup_args: readonly string[];
}

/** The platform version of tasks. @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-fargate.html */
export const platformVersion = '1.4.0';

/**
 * GitLab's Fargate driver as executor. Definition and platform are arguments of `prepare`, where they win over the
 * variables of a job: no pipeline can choose another runner's definition, and with it its role.
 */
export function renderCustomExecutor({ key, task }: FargateRunner): CustomToml {
  const exec = managerPaths.driver;
  const args = (step: string, ...more: string[]) => [
    '--config',
    `${managerPaths.files}/${driverFile(key)}`,
    'custom',
    step,
    ...more,
  ];
  return {
    config_exec: exec,
    config_args: args('config'),
    prepare_exec: exec,
    prepare_args: args('prepare', '--task-def', task.family, '--platform-version', platformVersion),
    run_exec: exec,
    run_args: args('run'),
    cleanup_exec: exec,
    cleanup_args: args('cleanup'),
  };
}
