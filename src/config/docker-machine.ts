import { z } from 'zod';
import { runnersOf } from './fleet-fields';
import { jobMachine } from './job-machine';
import { managerFields, withConcurrent } from './manager';
import { orphans } from './orphans';
import { dockerRunner } from './runner';

/**
 * The fleet type whose one manager starts machines for jobs with Docker Machine, by gitlab-runner's executor
 * `docker+machine`.
 * @see https://docs.gitlab.com/runner/executors/docker_machine/
 */

/** A runner whose jobs run in Docker on machines of its own. */
export const machineRunner = dockerRunner.extend({
  /** The machines of its jobs; as many as `limit`, one for each job. @default m6i.large, none kept ready */
  machine: jobMachine.prefault({}),
});

/** One manager, and machines that it starts. Fields besides `manager`, `orphans` and `runners` are the manager's. */
export const dockerMachine = z
  .strictObject({
    /** The fleet type. */
    type: z.literal('docker-machine'),
    /** The runners, by name. @default one named `default` */
    runners: runnersOf(machineRunner).prefault({ default: {} }),
    /** Machines whose manager is gone. @default ended after a day at the latest */
    orphans,
    ...managerFields,
  })
  .overwrite(withConcurrent);

/** A fleet of this type, as parsed. */
export type ParsedDockerMachine = z.output<typeof dockerMachine>;
