import { z } from 'zod';
import { egress } from './fleet-fields';
import { imageChoice } from './image-choice';
import { spot } from './launch-choice';
import { ec2Id, instanceType, line, list, pattern, policyArn, wholeNumber } from './primitives';
import { rootVolume } from './root-volume';
import { cron, timezone } from './time';

/**
 * The machines that a manager starts for the jobs of one runner, by `[runners.autoscaler]` of gitlab-runner. What has
 * gitlab-runner's default is left out of config.toml.
 * @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runnersautoscaler-section
 */

/** How many places for jobs are kept ready. @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runnersautoscalerpolicy-sections */
const policy = z.strictObject({
  /** When it holds; of several policies the last one that holds counts. @default always */
  periods: list(cron, 1).default(['* * * * *']),
  /** Time zone of the periods. @default UTC */
  timezone: timezone.default('Etc/UTC'),
  /** Places for jobs that are kept ready: jobs, not machines. @default 0 */
  idleCount: wholeNumber(0, 100000).default(0),
  /** Seconds for which a worker without a job stays. @default 1200 */
  idleTimeSeconds: wholeNumber(0).default(1200),
  /** Places for jobs that are kept ready besides, as a factor of the jobs that run. @default 0 */
  scaleFactor: z.number().min(0).max(1000).default(0),
  /** Most of them; 0: as many as the factor says. @default 0 */
  scaleFactorLimit: wholeNumber(0).default(0),
  /** Ask GitLab for a job only when a place for it is ready. @default on where idleCount is above 0 */
  preemptiveMode: z.boolean().optional(),
});

const seconds = wholeNumber(1);
const buckets = list(z.number().positive(), 1);

/** How workers are asked for, reached and watched: each as gitlab-runner has it. */
const timing = {
  /** Longest wait of a job for a worker. @default gitlab-runner's, 900 */
  instanceAcquireTimeoutSeconds: seconds.optional(),
  /** How often the state of workers is looked at. @default gitlab-runner's, 60 */
  updateIntervalSeconds: seconds.optional(),
  /** The same while a worker is about to start or end. @default gitlab-runner's, 2 */
  updateIntervalWhenExpectingSeconds: seconds.optional(),
  /** Wait before another try to end a worker. @default gitlab-runner's, 60 */
  deletionRetryIntervalSeconds: seconds.optional(),
  /** Failures after which a worker is replaced. @default gitlab-runner's, 3 */
  failureThreshold: wholeNumber(1).optional(),
  /** End the workers whenever gitlab-runner stops, once their jobs are done. @default false */
  deleteInstancesOnShutdown: z.boolean().optional(),
  /** Wait between looks at workers that end with gitlab-runner. @default gitlab-runner's, 10 */
  shutdownDeletionIntervalSeconds: seconds.optional(),
  /** How often ending them is tried. @default gitlab-runner's, 3 */
  shutdownDeletionRetries: wholeNumber(1).optional(),
  /** Ask for no more jobs than workers can be had for. @default gitlab-runner's */
  reservationThrottling: z.boolean().optional(),
  /** How fast workers are started. @default gitlab-runner's */
  scaleThrottle: z
    .strictObject({
      /** Workers each second; -1: without limit. @default gitlab-runner's, 100 */
      limit: wholeNumber(-1).optional(),
      /** Workers at once. @default gitlab-runner's */
      burst: wholeNumber(1).optional(),
    })
    .optional(),
  /** After a restart of gitlab-runner, keep workers that had jobs then. @default gitlab-runner's, false */
  keepInstanceWithAcquisitions: z.boolean().optional(),
  /** Longest wait for a connection to a worker. @default gitlab-runner's */
  connectorTimeoutSeconds: seconds.optional(),
  /** How often a connection is kept alive. @default gitlab-runner's */
  connectorKeepaliveSeconds: seconds.optional(),
  /** Command on a new worker that fails where it isn't ready, after ours. @default none */
  instanceReadyCommand: line.optional(),
  /** Write the private address of a worker to the job's log. @default gitlab-runner's, false */
  logInternalIp: z.boolean().optional(),
  /** Write the public address of a worker to the job's log. @default gitlab-runner's, false */
  logExternalIp: z.boolean().optional(),
  /** Buckets of the metric that counts seconds of each call. @default gitlab-runner's */
  instanceOperationTimeBuckets: buckets.optional(),
  /** Buckets of the metric that counts seconds until a worker exists. @default gitlab-runner's */
  instanceCreationTimeBuckets: buckets.optional(),
  /** Buckets of the metric that counts seconds until a worker runs. @default gitlab-runner's */
  instanceIsRunningTimeBuckets: buckets.optional(),
  /** Buckets of the metric that counts seconds until a worker is ready. @default gitlab-runner's */
  instanceReadinessTimeBuckets: buckets.optional(),
  /** Buckets of the metric that counts seconds until a worker is gone. @default gitlab-runner's */
  instanceDeletionTimeBuckets: buckets.optional(),
  /** Buckets of the metric that counts seconds of a worker's life. @default gitlab-runner's */
  instanceLifeDurationBuckets: buckets.optional(),
};

/** The workers of a runner: an Auto Scaling group of its own, which only its manager makes larger and smaller. */
export const workers = z.strictObject({
  /** Machine image. @default Amazon Linux 2023, x86_64, provisioned at first boot */
  image: imageChoice,
  /** Instance types, the first one preferred on demand. @default m6i.large, arm64 m7g.large */
  instanceTypes: list(instanceType, 1).max(40).optional(),
  /** Spot instances. @default none: everything on demand */
  spot: spot.optional(),
  /** Root volume. @default the image's size, gp3 */
  rootVolume: rootVolume.prefault({}),
  /** Most workers. @default as many as `limit` jobs need */
  maxInstances: wholeNumber(1, 10000).optional(),
  /** Jobs at the same time on one worker. @default 1 */
  capacityPerInstance: wholeNumber(1, 1000).default(1),
  /** Jobs after which a worker is replaced; 1: every job has a new one; 0: never. @default 0 */
  maxUseCount: wholeNumber(0).default(0),
  /** How many places for jobs are kept ready, and when. @default one policy that keeps none */
  policies: list(policy, 1).prefault([{}]),
  /** IAM policies for the workers' role, besides ours. @default none */
  policyArns: list(policyArn).max(10).default([]),
  /** Security groups besides the workers' own. @default none */
  securityGroupIds: list(ec2Id('sg')).max(15).default([]),
  /** Where workers, and with them jobs, may send to. @default everywhere */
  egress,
  /** Subnets. @default the network's */
  subnetIds: list(ec2Id('subnet'), 1).max(16).optional(),
  /** Hops that answers of the metadata service may take; above 1, job containers get the worker's role. @default 1 */
  metadataHopLimit: wholeNumber(1, 64).default(1),
  /** User as whom the manager comes to a worker. @default ec2-user, as on Amazon Linux */
  sshUser: pattern(/^[a-z_][a-z0-9_-]{0,31}$/, 'must be the name of a user').default('ec2-user'),
  ...timing,
});

/** Workers, as parsed. */
export type ParsedWorkers = z.output<typeof workers>;
