import { z } from 'zod';
import { egress } from './fleet-fields';
import { packerImage } from './image-choice';
import { oneOfKeys } from './one-of-keys';
import {
  architecture,
  ec2Id,
  instanceType,
  list,
  pattern,
  policyArn,
  wholeNumber,
  withoutPassword,
} from './primitives';
import { machinePeriod, timezone } from './time';

/**
 * The machines that Docker Machine starts for the jobs of one runner: `[runners.machine]` of gitlab-runner, and the
 * options of the driver `amazonec2`.
 * @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runnersmachine-section
 */

/** Docker Machine installs nothing on Amazon Linux. @see https://docs.gitlab.com/runner/executors/docker_machine/ */
const ubuntuOnly =
  'must be ubuntu-24.04: Docker Machine knows no Amazon Linux (an image of your own is { packer } or { ami })';

const givenAmi = z.strictObject({
  /** Id of an AMI of a distribution that Docker Machine knows. */
  ami: ec2Id('ami'),
  /** Instruction set. @default x86_64 */
  architecture: architecture.default('x86_64'),
  /** Device of its root volume; another one would be a second volume. @default /dev/sda1, as on Ubuntu */
  rootDeviceName: pattern(/^\/dev\/[a-z0-9]{1,20}$/, 'must be a device such as /dev/sda1').default(
    '/dev/sda1',
  ),
  /** User with whom Docker Machine comes in, who may use sudo. @default ubuntu */
  sshUser: pattern(/^[a-z_][a-z0-9_-]{0,31}$/, 'must be the name of a user').default('ubuntu'),
});

const stockImage = z.strictObject({
  /** Canonical's own image, in its newest release; Docker Machine installs Docker. */
  stock: z.literal('ubuntu-24.04', { error: ubuntuOnly }),
  /** Instruction set. @default x86_64 */
  architecture: architecture.default('x86_64'),
});

const image = oneOfKeys({ packer: packerImage, ami: givenAmi, stock: stockImage }).prefault({
  stock: 'ubuntu-24.04',
});

/** How many machines are kept ready. */
const idle = {
  /** Machines that are kept ready. @default 0 */
  idleCount: wholeNumber(0, 10000).default(0),
  /** Seconds for which a machine without a job stays. @default 1200 */
  idleTimeSeconds: wholeNumber(0).default(1200),
  /** Machines that are kept ready, as a factor of those with jobs; `idleCount` is the most then. @default 0, not used */
  idleScaleFactor: z.number().min(0).max(1000).default(0),
  /** Least of them where the factor is used. @default gitlab-runner's, 1 */
  idleCountMin: wholeNumber(1, 10000).optional(),
};

/** Another number of ready machines at certain times. @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runnersmachineautoscaling-sections */
const autoscaling = z.strictObject({
  /** When it holds; of several the last one that holds counts. */
  periods: list(machinePeriod, 1),
  /** Time zone of the periods. @default UTC */
  timezone: timezone.default('Etc/UTC'),
  ...idle,
});

const spot = z.strictObject({
  /** Most that is paid for an hour of a machine, in US dollars. @default the price on demand */
  maxPriceUsdPerHour: z.number().min(0.0001).max(1000).optional(),
});

/** Options of the driver that this project sets itself, or that have no place in an environment file. */
const ownOptions = [
  ...['access-key', 'secret-key', 'session-token', 'region', 'zone', 'vpc-id', 'subnet-id', 'ami'],
  ...['instance-type', 'device-name', 'root-size', 'volume-type', 'iam-instance-profile', 'ssh-user'],
  ...[
    'security-group',
    'security-group-readonly',
    'open-port',
    'tags',
    'request-spot-instance',
    'spot-price',
  ],
  ...['private-address-only', 'use-private-address', 'metadata-token', 'metadata-token-response-hop-limit'],
  ...['keypair-name', 'ssh-keypath', 'ssh-port', 'endpoint', 'insecure-transport', 'userdata'],
].map((option) => `amazonec2-${option}`);

const option = withoutPassword(
  pattern(
    /^((amazonec2|engine)-[a-z0-9-]+|tls-san)(=[^\p{Cc}]*)?$/u,
    'must be an option of docker-machine create for amazonec2, the engine or tls-san, without its hyphens, such as amazonec2-monitoring=true',
  ),
).refine(
  (text) => !ownOptions.includes(text.split('=')[0] ?? ''),
  'must not be an option that this project sets: use the field of the model, if there is one',
);

/** The machines for the jobs of a runner. */
export const jobMachine = z.strictObject({
  /** Machine image. @default Ubuntu 24.04, x86_64 */
  image,
  /** Instance type. @default m6i.large, arm64 m7g.large */
  instanceType: instanceType.optional(),
  /** Size of the root volume. @default that of a packer image, else 30 */
  rootVolumeGib: wholeNumber(8, 16384).optional(),
  /** Subnet; Docker Machine takes one only, so further zones need further runners. @default the network's first */
  subnetId: ec2Id('subnet').optional(),
  /** Security groups besides the machines' own. @default none */
  securityGroupIds: list(ec2Id('sg')).max(4).default([]),
  /** Where machines, and with them jobs, may send to. @default everywhere */
  egress,
  /** IAM policies for the machines' role. @default none */
  policyArns: list(policyArn).max(10).default([]),
  /** Hops that answers of the metadata service may take; above 1, job containers get the machine's role. @default 1 */
  metadataHopLimit: wholeNumber(1, 64).default(1),
  ...idle,
  /** Jobs after which a machine is replaced; 1: every job has a new one; 0: never. @default 0 */
  maxBuilds: wholeNumber(0).default(0),
  /** Most machines that are started at the same time; 0: as many as are needed. @default 0 */
  maxGrowthRate: wholeNumber(0).default(0),
  /** How often the removal of a machine is tried before it is given up; 0: without end. @default gitlab-runner's, 0 */
  maxRemovalAttempts: wholeNumber(0).optional(),
  /** Other numbers of ready machines at certain times. @default none */
  autoscaling: list(autoscaling).default([]),
  /** Spot instances. @default none: everything on demand */
  spot: spot.optional(),
  /** Further options of `docker-machine create`, such as `amazonec2-monitoring=true`. @default none */
  options: list(option).default([]),
  /** The same, each with `%s` for the machine's name. @default none */
  optionsWithName: list(
    option.refine(
      (text) => text.split('%').length === 2 && text.includes('%s'),
      'must contain %s for the name of the machine, once and no other %',
    ),
  ).default([]),
});

/** Machines for the jobs of a runner, as parsed. */
export type ParsedJobMachine = z.output<typeof jobMachine>;
