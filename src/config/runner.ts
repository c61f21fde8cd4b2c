import { z } from 'zod';
import { docker } from './docker';
import { extraConfig } from './extra-config';
import {
  duration,
  httpsUrl,
  kmsKeyArn,
  line,
  list,
  machinePath,
  parameterArn,
  pattern,
  script,
  secretArn,
  wholeNumber,
  withoutPassword,
} from './primitives';
import { oneOfKeys } from './one-of-keys';

/**
 * A `[[runners]]` entry: one GitLab authentication token.
 * Tags, "run untagged", "locked" and the like belong to the runner in GitLab, not to this file.
 * @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runners-section
 */

const ownedToken = z.strictObject({
  /** Name of the secret behind `<project>-<environment>-`; Terraform makes it, without a value. */
  secretName: pattern(/^[A-Za-z0-9/_+=.@-]{1,512}$/, 'must be a secret name of letters, digits and /_+=.@-'),
});

const givenSecret = z.strictObject({
  /** A Secrets Manager secret that exists. */
  secretArn,
  /** The key that encrypts it. @default the AWS managed key, which needs no permission */
  kmsKeyArn: kmsKeyArn.optional(),
});

const givenParameter = z.strictObject({
  /** A SecureString of Parameter Store that exists. */
  parameterArn,
  /** The key that encrypts it. @default the AWS managed key, which needs no permission */
  kmsKeyArn: kmsKeyArn.optional(),
});

const token = oneOfKeys({ secretName: ownedToken, secretArn: givenSecret, parameterArn: givenParameter });

const featureFlags = z
  .record(
    pattern(/^FF_[A-Z0-9_]+$/, 'must be the name of a feature flag such as FF_NETWORK_PER_BUILD'),
    z.boolean(),
  )
  .refine(
    (flags) => !('FF_DISABLE_AUTOMATIC_TOKEN_ROTATION' in flags),
    'must not have FF_DISABLE_AUTOMATIC_TOKEN_ROTATION: it is always on, since a rotated token cuts off all other machines',
  );

const jobQueuingDuration = z.strictObject({
  /** Cron-like periods in which the threshold holds. */
  periods: list(line, 1),
  /** Time zone of the periods. @default the machine's, UTC */
  timezone: line.optional(),
  /** Longest acceptable time in the queue. */
  threshold: duration,
  /** Only for jobs with this many running jobs of the project, as a pattern. @default all */
  jobsRunningForProject: line.optional(),
});

const variableValue = pattern(
  /^(\P{Cc}|[\n\t])*$/u,
  'must be text without control characters but newline and tab',
);

/** Fields of every runner. */
export const runnerFields = {
  /** Where the authentication token is. @default a secret `<fleet>-<runner>-token` */
  token: token.optional(),
  /** Jobs of this runner at the same time on one machine; 0: as many as `concurrent` allows. @default 4, or `concurrent` where that is less */
  limit: wholeNumber(0).optional(),
  /** Job requests at the same time. @default 1 */
  requestConcurrency: wholeNumber(1).default(1),
  /** Longest job log, in KiB. @default 4096 */
  outputLimitKib: wholeNumber(1).default(4096),
  /** Variables of every job. No secrets: jobs and everybody who reads this file see them. @default none */
  environment: z
    .record(
      pattern(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a variable'),
      withoutPassword(variableValue),
    )
    .default({}),
  /** URL from which jobs clone, instead of GitLab's own. @default GitLab's */
  cloneUrl: httpsUrl.optional(),
  /** Script before the sources are fetched. @default none */
  preGetSourcesScript: script.optional(),
  /** Script after the sources were fetched. @default none */
  postGetSourcesScript: script.optional(),
  /** Script before every job's own. @default none */
  preBuildScript: script.optional(),
  /** Script after every job's own. @default none */
  postBuildScript: script.optional(),
  /** GitLab's feature flags. @default FF_DISABLE_AUTOMATIC_TOKEN_ROTATION only */
  featureFlags: featureFlags.default({}),
  /** Keys of a gitlab-runner newer than this project, as they stand in config.toml. @default none */
  extraConfig: extraConfig.default({}),
  /** Folder of builds in the container. @default /builds */
  buildsDir: machinePath.optional(),
  /** Folder of the cache in the container. @default /cache */
  cacheDir: machinePath.optional(),
  /** Shell that runs job scripts. @default the executor's, bash */
  shell: z.enum(['bash', 'sh', 'pwsh']).optional(),
  /** Labels of this runner's metrics and logs. @default none */
  labels: z.record(line, line).optional(),
  /** Lets jobs choose their build folder. @default gitlab-runner's */
  customBuildDir: z
    .strictObject({
      /** On or off. */
      enabled: z.boolean(),
    })
    .optional(),
  /** Remove the Git configuration between jobs. @default gitlab-runner's */
  cleanGitConfig: z.boolean().optional(),
  /** Write safe.directory for the checkout. @default gitlab-runner's */
  safeDirectoryCheckout: z.boolean().optional(),
  /** Refuse CI_DEBUG_TRACE. @default false */
  debugTraceDisabled: z.boolean().optional(),
  /** Longest time for fetching sources. @default none */
  getSourcesTimeout: duration.optional(),
  /** Longest time for preparing the executor. @default gitlab-runner's */
  prepareTimeout: duration.optional(),
  /** How often the last status of a job is sent again. @default gitlab-runner's */
  jobStatusFinalUpdateRetryLimit: wholeNumber(0).optional(),
  /** Keep `checkIntervalSeconds` even when a job was received. @default false */
  strictCheckInterval: z.boolean().optional(),
  /** Failed requests after which the runner pauses. @default 3 */
  unhealthyRequestsLimit: wholeNumber(1).optional(),
  /** How long it pauses then. @default 60m */
  unhealthyInterval: duration.optional(),
  /** Client certificate for GitLab: a file on the image. @default none */
  tlsCertFile: machinePath.optional(),
  /** Key of the client certificate: a file on the image. @default none */
  tlsKeyFile: machinePath.optional(),
  /** Image of the step runner. @default GitLab's */
  stepRunnerImage: line.optional(),
  /** Run job scripts through a proxy that masks secrets. @default gitlab-runner's */
  proxyExec: z.boolean().optional(),
  /** Give each job slot a cgroup of its own. @default false */
  useSlotCgroups: z.boolean().optional(),
  /** Name of those cgroups. @default gitlab-runner's */
  slotCgroupTemplate: line.optional(),
  /** Time limits of artifact uploads. @default gitlab-runner's */
  artifact: z
    .strictObject({
      /** Longest time for an upload. @default gitlab-runner's */
      uploadTimeout: duration.optional(),
      /** Longest wait for the answer's headers. @default gitlab-runner's */
      responseHeaderTimeout: duration.optional(),
    })
    .optional(),
  /** Acceptable times in the queue, for metrics. @default none */
  monitoring: z
    .strictObject({
      /** Thresholds by period. */
      jobQueuingDurations: list(jobQueuingDuration, 1),
    })
    .optional(),
  /** Referees, which attach metrics to jobs. @default none */
  referees: z
    .strictObject({
      /** Metrics from a Prometheus. */
      metrics: z.strictObject({
        /** Address of the Prometheus. */
        prometheusAddress: line,
        /** Seconds between two samples. */
        queryIntervalSeconds: wholeNumber(1),
        /** Queries, each `name:query`. */
        queries: list(line, 1),
      }),
    })
    .optional(),
  /** Keys that GitLab calls experimental. @default none */
  experimental: z
    .strictObject({
      /** Wait with jobs until GitLab has verified the runner. */
      bootVerify: z.strictObject({
        /** On or off. */
        enabled: z.boolean(),
        /** Longest wait. @default 5m */
        timeout: duration.optional(),
        /** Shortest pause between two tries. @default gitlab-runner's */
        acquireMinBackoff: duration.optional(),
        /** Longest pause between two tries. @default gitlab-runner's */
        acquireMaxBackoff: duration.optional(),
      }),
    })
    .optional(),
};

/** One runner of a fleet whose jobs run in Docker. */
export const dockerRunner = z.strictObject({
  ...runnerFields,
  /** Docker executor. @default alpine:3.22, pulled always, not privileged */
  docker: docker.prefault({}),
});

/** Jobs of a runner at the same time, on a machine that runs `concurrent` of them. */
export const limitOr = (limit: number | undefined, concurrent: number): number =>
  limit ?? Math.min(4, concurrent);

/** What the limits of a fleet's runners add up to; 0 is as many as `concurrent`. */
export const sumOfLimits = (
  runners: Readonly<Record<string, { readonly limit?: number | undefined }>>,
  concurrent: number,
): number =>
  Object.values(runners).reduce((sum, { limit }) => sum + (limitOr(limit, concurrent) || concurrent), 0);
