import { z } from 'zod';
import {
  accountId,
  architecture,
  ec2Id,
  instanceProfileName,
  instanceType,
  kmsKeyArn,
  list,
  machinePath,
  pattern,
  region,
  repositoryPath,
  wholeNumber,
} from './primitives';

/** What goes onto a machine: the part that a Packer image and a stock image, provisioned at first boot, share. */

/** The distributions that images are built on. */
export const base = z.enum(['amazon-linux-2023', 'ubuntu-24.04']);

/** One of those distributions. */
export type Base = z.output<typeof base>;

/** The version of gitlab-runner; 18.1 is the first that shows the waiting jobs. */
export const gitlabRunnerVersion = z
  .string()
  .regex(/^\d{1,3}\.\d{1,3}\.\d{1,3}$/, { error: 'must be a version such as 19.3.0', abort: true })
  .refine((version) => {
    const [major = 0, minor = 0] = version.split('.').map(Number);
    return major > 18 || (major === 18 && minor >= 1);
  }, 'must be 18.1.0 or newer (older ones do not show the waiting jobs)');

/** The version that is installed when nothing is said. */
export const defaultGitlabRunnerVersion = '19.3.0';

const packageName = pattern(
  /^[A-Za-z0-9][A-Za-z0-9+._-]*$/,
  'must be the name of a package, such as git-lfs',
);

/** What units and user data of ours put there. */
const ownPaths =
  /^(\/var)?\/run(\/|$)|^\/(usr\/local\/lib|etc|var\/lib)\/gitlab-runner-aws(\/|$)|^\/etc\/gitlab-runner\/config\.(template\.)?toml$|^\/etc\/systemd\/system\/gitlab-runner[^/]*\.(service|service\.d\/.*)$/;

const installedFile = z.strictObject({
  /** File inside the repository. */
  source: repositoryPath,
  /** Where it goes on the machine; not where this project keeps its own. */
  destination: machinePath.refine(
    (path) => !ownPaths.test(path),
    'must not be in /run or be a file of this project, which would not start then',
  ),
  /** Its mode, in octal. @default 0644 */
  mode: pattern(/^0[0-7]{3}$/, 'must be a file mode such as 0644').default('0644'),
});

function refuseRepeatedDestinations(
  files: readonly { readonly destination: string }[],
  context: z.RefinementCtx,
): void {
  files.forEach(({ destination }, index) => {
    const first = files.findIndex((other) => other.destination === destination);
    const message = `must not be the destination of another file ([${first}])`;
    if (first < index) context.addIssue({ code: 'custom', path: [index, 'destination'], message });
  });
}

/** The user's own additions, and what they are added to. */
export const contents = {
  /** Version of gitlab-runner and its helper images; without a meaning on ubuntu-24.04, which has neither. @default 19.3.0 */
  gitlabRunnerVersion: gitlabRunnerVersion.default(defaultGitlabRunnerVersion),
  /** SHA-256 of Docker Machine's binary for the architecture: nothing else is installed then. @default none: its version and TLS are trusted */
  dockerMachineSha256: pattern(
    /^[0-9a-f]{64}$/,
    'must be a SHA-256 of 64 hexadecimal digits in lower case',
  ).optional(),
  /** Packages of the distribution, besides ours. @default none */
  packages: list(packageName).default([]),
  /** Scripts inside the repository, run as root after everything else. @default none */
  scripts: list(repositoryPath).default([]),
  /** Files, installed before the scripts run. @default none */
  files: list(installedFile).superRefine(refuseRepeatedDestinations).default([]),
};

const build = z.strictObject({
  /** Instance type of the build. @default t3.large, arm64 t4g.large */
  instanceType: instanceType.optional(),
  /** Subnet of the build. @default the first subnet of a network that exists, else one of the account's default VPC */
  subnetId: ec2Id('subnet').optional(),
  /** Instance profile of the build instance. @default a temporary one that only Session Manager uses */
  iamInstanceProfile: instanceProfileName.optional(),
  /** How Packer reaches the build instance. @default session_manager */
  sshInterface: z.enum(['session_manager', 'private_ip', 'public_ip']).default('session_manager'),
});

const copy = z.strictObject({
  /** Key that encrypts the copy. @default the region's default key */
  kmsKeyArn: kmsKeyArn.optional(),
});

/** A machine image that Packer builds from this model. */
export const image = z.strictObject({
  /** Distribution to build on; ubuntu-24.04 is for machines of Docker Machine. @default amazon-linux-2023 */
  base: base.default('amazon-linux-2023'),
  /** Instruction set. @default x86_64 */
  architecture: architecture.default('x86_64'),
  /** Size of the root volume. @default 30 */
  rootVolumeGib: wholeNumber(8, 16384).default(30),
  ...contents,
  /** Accounts that may use the image; needs `encryption.kmsKeyArn`. @default none */
  shareWithAccountIds: list(accountId).default([]),
  /** Regions to which the image is copied. @default none */
  copyToRegions: z.record(region, copy).default({}),
  /** Days after which AWS marks the image as deprecated. @default 90 */
  deprecateAfterDays: wholeNumber(1, 3650).default(90),
  /** The machine on which the image is built. */
  build: build.prefault({}),
});
