import { z } from 'zod';
import { fleetFields, runnersOf } from './fleet-fields';
import { orphans } from './orphans';
import { architecture, ec2Id, ecsClusterArn, list, pattern, roleArn, wholeNumber } from './primitives';
import { runnerFields } from './runner';

/** The fleet type whose managers are an ECS service, and each of whose jobs is a Fargate task. */

const existingCluster = z.strictObject({
  /** A cluster that exists. Its default capacity provider strategy must name FARGATE or FARGATE_SPOT. */
  type: z.literal('existing'),
  /** Its ARN. */
  arn: ecsClusterArn,
});

const cluster = z.discriminatedUnion('type', [
  z.strictObject({
    /** A cluster that is made. */
    type: z.literal('create'),
  }),
  existingCluster,
]);

const range = (from: number, to: number, step: number): number[] =>
  Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);

/** Memory that Fargate has for a number of CPU units, in MiB. @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html */
const memoryOf: Readonly<Record<number, readonly number[]>> = {
  256: [512, 1024, 2048],
  512: range(1024, 4096, 1024),
  1024: range(2048, 8192, 1024),
  2048: range(4096, 16384, 1024),
  4096: range(8192, 30720, 1024),
  8192: range(16384, 61440, 4096),
  16384: range(32768, 122880, 8192),
};

/** CPU units, 1024 of which are one vCPU. */
const cpu = z.literal(Object.keys(memoryOf).map(Number));

/** Refuses memory that Fargate doesn't have beside these CPU units. */
function checkMemory(
  { cpu: units, memoryMib }: { cpu: number; memoryMib: number },
  context: z.core.$RefinementCtx,
): void {
  const allowed = memoryOf[units] ?? [];
  if (allowed.includes(memoryMib)) return;
  const message = `must be one of ${allowed.join(', ')} for cpu ${units}`;
  context.addIssue({ code: 'custom', path: ['memoryMib'], message, input: memoryMib });
}

/** A container image by its whole name: registry, repository, tag, digest. @see https://pkg.go.dev/github.com/distribution/reference */
const containerImage = pattern(
  /^([a-z0-9.-]+(:\d+)?\/)?[a-z0-9]+(([._/]|__|-+)[a-z0-9]+)*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?$/,
  'must be the name of a container image such as registry.example.com/ci/node:22',
);

/** How many managers there are, and how many during a deployment. */
interface ManagerCounts {
  readonly count: number;
  readonly minHealthyPercentage: number;
  readonly maxPercentage: number;
}

/**
 * Refuses percentages that stop every deployment: ECS rounds up what stays, and down what may run.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
 */
function checkRoom(
  { count, minHealthyPercentage, maxPercentage }: ManagerCounts,
  context: z.core.$RefinementCtx,
): void {
  const stay = Math.ceil((count * minHealthyPercentage) / 100);
  const most = Math.floor((count * maxPercentage) / 100);
  if (count < 1 || minHealthyPercentage >= maxPercentage || most > stay) return;
  const message = `must let a manager be replaced: of ${count}, ${stay} must stay and ${most} may run`;
  context.addIssue({ code: 'custom', path: ['maxPercentage'], message, input: maxPercentage });
}

const managers = z
  .strictObject({
    /** Managers at the same time; each asks for jobs by itself. @default 1 */
    count: wholeNumber(0, 100).default(1),
    /** CPU units of one. @default 512 */
    cpu: cpu.default(512),
    /** Memory of one. @default 1024 */
    memoryMib: z.int().default(1024),
    /** Its container image. @default the one that `npm run docker:build` makes, by its hash */
    image: containerImage.optional(),
    /** Subnets. @default the network's */
    subnetIds: list(ec2Id('subnet'), 1).max(16).optional(),
    /** Public addresses, for subnets without another way out. @default false */
    assignPublicIp: z.boolean().default(false),
    /** Share of the managers that stays during a deployment. @default 100 */
    minHealthyPercentage: wholeNumber(0, 100).default(100),
    /** Share up to which they grow meanwhile. @default 200 */
    maxPercentage: wholeNumber(100, 200).default(200),
  })
  .superRefine(checkMemory)
  .refine(({ minHealthyPercentage, maxPercentage }) => minHealthyPercentage < maxPercentage, {
    path: ['maxPercentage'],
    message: 'must be above minHealthyPercentage, or no manager could ever be replaced',
  })
  .superRefine(checkRoom);

const task = z
  .strictObject({
    /** The container image of jobs. @default the one that `npm run docker:build` makes, by its hash */
    image: containerImage.optional(),
    /** CPU units of one job. @default 1024 */
    cpu: cpu.default(1024),
    /** Memory of one job. @default 2048 */
    memoryMib: z.int().default(2048),
    /** Disk of one job. @default 20, which is Fargate's */
    ephemeralStorageGib: wholeNumber(20, 200).default(20),
    /** Instruction set. @default x86_64 */
    architecture: architecture.default('x86_64'),
    /** Spot capacity: a job whose task AWS takes back fails. @default false */
    spot: z.boolean().default(false),
    /** Subnet; more of them are more runners. @default the network's first */
    subnetId: ec2Id('subnet').optional(),
    /** Security group. @default one that is made for the fleet's jobs */
    securityGroupId: ec2Id('sg').optional(),
    /** Public addresses, for a subnet without another way out. @default false */
    assignPublicIp: z.boolean().default(false),
    /** Role that jobs have. @default none */
    taskRoleArn: roleArn.optional(),
    /** User that jobs run as. @default root */
    sshUser: pattern(/^[a-z_][a-z0-9_-]{0,31}$/, 'must be the name of a user').default('root'),
    /** Cluster of the jobs. @default the fleet's */
    cluster: existingCluster.optional(),
  })
  .superRefine(checkMemory)
  .superRefine(({ spot, cluster: given }, context) => {
    if (!spot || given === undefined) return;
    const message = 'must not be set beside spot: jobs on spot capacity get a cluster made for it';
    context.addIssue({ code: 'custom', path: ['cluster'], message, input: given });
  });

/** A runner whose jobs are Fargate tasks. */
export const fargateRunner = z
  .strictObject({
    ...runnerFields,
    /** What a job runs on. @default our image, 1 vCPU, 2 GiB */
    task: task.prefault({}),
  })
  .refine(({ extraConfig }) => !('docker' in extraConfig), {
    path: ['extraConfig', 'docker'],
    message: 'must not be set here: jobs of this fleet are Fargate tasks, not containers of Docker',
  });

/** Managers as an ECS service, and each job a Fargate task. */
export const fargate = z.strictObject({
  /** The fleet type. */
  type: z.literal('fargate'),
  /** Cluster of managers and jobs. @default one is made */
  cluster: cluster.default({ type: 'create' }),
  /** The managers. @default one with half a vCPU */
  managers: managers.prefault({}),
  /** The runners, by name. @default one named `default` */
  runners: runnersOf(fargateRunner).prefault({ default: {} }),
  ...fleetFields,
  /** Security groups of the managers besides their own; ECS takes five. @default none @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html */
  securityGroupIds: list(ec2Id('sg')).max(4).default([]),
  /** Jobs whose manager is gone. @default ended after a day at the latest */
  orphans,
});

/** A fleet of this type, as parsed. */
export type ParsedFargate = z.output<typeof fargate>;
