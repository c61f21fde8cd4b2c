import { z } from 'zod';
import { artifacts } from './artifacts';
import { autoscalingGroup } from './autoscaling-group';
import { cache } from './cache';
import { dockerAutoscaler } from './docker-autoscaler';
import { dockerMachine } from './docker-machine';
import { fargate } from './fargate';
import { image } from './image';
import { network } from './network';
import {
  accountId,
  certificates,
  httpsUrl,
  kmsKeyArn,
  name,
  pattern,
  policyArn,
  region,
  roleArn,
  tags,
  wholeNumber,
} from './primitives';
import { proxy } from './proxy';
import { registryMirror } from './registry-mirror';

/** One deployed set: one stack, one Terraform state, one file in `environments/`. */

/** Days for which CloudWatch can keep logs. @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const retentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

const projectName = name
  .max(32)
  .refine(
    (project) => !/^(aws|amazon|amzn)/.test(project),
    'must not start with aws, amazon or amzn, which Systems Manager reserves',
  )
  .refine(
    (project) => !/^sg(-|$)/.test(project),
    'must not be sg or start with sg-, as ids of security groups do',
  );

const aws = z.strictObject({
  /** Region of everything in this environment. */
  region,
  /** Account; a deploy with credentials of another one is refused. @default not checked */
  accountId: accountId.optional(),
  /** Role that Terraform and Packer assume. @default none: the credentials as they are */
  assumeRoleArn: roleArn.optional(),
  /** Permissions boundary of every role that is made. @default none */
  permissionsBoundaryArn: policyArn.optional(),
});

const gitlab = z.strictObject({
  /** Address of GitLab. @default https://gitlab.com */
  url: httpsUrl.default('https://gitlab.com'),
  /** Certificates that sign GitLab's, for a private authority. @default the system's */
  caCertificatePem: certificates.optional(),
});

const state = z.strictObject({
  /** S3 bucket of the state; the key is `<project>/<environment>/terraform.tfstate`. */
  bucket: pattern(
    /^(?!xn--|\d+\.\d+\.\d+\.\d+$)[a-z0-9](?!.*\.\.)[a-z0-9.-]{1,61}[a-z0-9]$/,
    'must be the name of an S3 bucket (3 to 63 lower-case letters, digits, dots and hyphens)',
  ),
  /** Region of the bucket. */
  region,
  /** Key that encrypts the state. @default the bucket's own encryption */
  kmsKeyArn: kmsKeyArn.optional(),
  /** Role with which the state is read and written. @default none: the credentials as they are */
  assumeRoleArn: roleArn.optional(),
});

const sessionLogging = z.strictObject({
  /** A Session Manager document of this environment, or the account's default preferences. @default own */
  document: z.enum(['own', 'account-default']).default('own'),
  /** The document exists and is taken over. @default false */
  importExisting: z.boolean().default(false),
  /** Minutes after which an idle session ends. @default 20 */
  idleTimeoutMinutes: wholeNumber(1, 60).default(20),
  /** Minutes after which any session ends. @default 60 */
  maxDurationMinutes: wholeNumber(1, 1440).default(60),
});

/** An environment, as its file writes it. */
export const environment = z.strictObject({
  /** First part of every AWS name. */
  project: projectName,
  /** Where to deploy. */
  aws,
  /** The GitLab that gives jobs. @default gitlab.com */
  gitlab: gitlab.prefault({}),
  /** Where the Terraform state lies. @default a local file */
  state: state.optional(),
  /** Network of every fleet. */
  network,
  /** Encryption of secrets, logs and volumes. */
  encryption: z
    .strictObject({
      /** Key that exists. @default one is made */
      kmsKeyArn: kmsKeyArn.optional(),
    })
    .default({}),
  /** Logs of machines and sessions. */
  logs: z
    .strictObject({
      /** Days for which they are kept. @default 90 */
      retentionDays: z.literal(retentionDays).default(90),
    })
    .prefault({}),
  /** Logged shells through Session Manager. @default a document of this environment's own, 20 and 60 minutes */
  sessionLogging: sessionLogging.prefault({}),
  /** Cache of jobs in S3; `false`: none. @default one for the environment, 90 days */
  cache: cache.prefault({}),
  /** A bucket for what jobs build. @default none */
  artifacts: artifacts.optional(),
  /** A mirror of Docker Hub, which Docker asks first. @default none */
  registryMirror: registryMirror.optional(),
  /** The proxy to whatever is outside the network. @default none */
  proxy: proxy.optional(),
  /** Days for which a deleted secret can be restored; 0: none. @default 7 */
  secretRecoveryDays: z
    .int()
    .refine((days) => days === 0 || (days >= 7 && days <= 30), 'must be 0, or 7 to 30')
    .default(7),
  /** Tags of everything. @default none but ours */
  tags: tags.default({}),
  /** Machine images that Packer builds, by name. @default none */
  images: z.record(name.max(32), image).default({}),
  /** The fleets, by name. */
  fleets: z
    .record(name, z.discriminatedUnion('type', [autoscalingGroup, dockerAutoscaler, dockerMachine, fargate]))
    .refine((fleets) => Object.keys(fleets).length > 0, 'must have at least one fleet'),
});

/** What people write: `export default { … } satisfies EnvironmentInput`. */
export type EnvironmentInput = z.input<typeof environment>;
/** The same, checked and with defaults. */
export type ParsedEnvironment = z.output<typeof environment>;
/** One fleet of it. */
export type ParsedFleet = ParsedEnvironment['fleets'][string];
