import { z } from 'zod';
import { runnersOf } from './fleet-fields';
import { managerFields, withConcurrent } from './manager';
import { dockerRunner } from './runner';
import { workers } from './workers';

/** The fleet type whose one manager starts machines for jobs, by gitlab-runner's executor `docker-autoscaler`. */

/** A runner whose jobs run in Docker on workers of its own. */
export const autoscalerRunner = dockerRunner.extend({
  /** The machines of its jobs. @default as many as `limit`, m6i.large, none kept ready */
  workers: workers.prefault({}),
});

/** One manager, and a group of workers for each runner. Fields besides `manager` and `runners` are the manager's. */
export const dockerAutoscaler = z
  .strictObject({
    /** The fleet type. */
    type: z.literal('docker-autoscaler'),
    /** The runners, by name. @default one named `default` */
    runners: runnersOf(autoscalerRunner).prefault({ default: {} }),
    ...managerFields,
  })
  .overwrite(withConcurrent);

/** A fleet of this type, as parsed. */
export type ParsedDockerAutoscaler = z.output<typeof dockerAutoscaler>;
