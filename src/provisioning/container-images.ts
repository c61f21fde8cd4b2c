import { createHash } from 'crypto';
import type { Architecture } from '../config/primitives';
import { listTree, readAs, type ProvisioningFile } from './tree';

/** The container images of Fargate fleets: what is built from `docker/`, and the tag that it gets. */

/** An image by its folder in `docker/`. */
export type ContainerImageKind = 'manager' | 'worker';

/** What an image is made for. */
export interface ContainerImageSettings {
  /** Version of gitlab-runner in it. */
  readonly gitlabRunnerVersion: string;
  /** Instruction set of the tasks that run it. */
  readonly architecture: Architecture;
}

/** An image before it is built. */
export interface ContainerImage {
  /** The build context: every file under its path in the repository, as the Dockerfile names it. */
  readonly files: readonly ProvisioningFile[];
  /** Hash of everything that goes in, and so the tag: 32 hexadecimal digits. */
  readonly hash: string;
}

/** Files outside its own folder that an image copies. */
const sharedFiles: Readonly<Record<ContainerImageKind, readonly string[]>> = {
  manager: ['docker/gitlab-runner.repo', 'packer/files/usr/local/lib/gitlab-runner-aws/load-tokens.sh'],
  worker: ['docker/gitlab-runner.repo'],
};

/** Path of an image's Dockerfile in the repository, and in its build context. */
export const dockerfileOf = (kind: ContainerImageKind): string => `docker/${kind}/Dockerfile`;

/** Name of the ECR repository of an image; `prefix` is the environment's. */
export const ecrRepositoryName = (prefix: string, kind: ContainerImageKind): string => `${prefix}-${kind}`;

/** Reads what an image is built from; `repository` is the folder that holds the project. */
export function containerImage(
  repository: string,
  kind: ContainerImageKind,
  settings: ContainerImageSettings,
): ContainerImage {
  const folder = `docker/${kind}`;
  const own = listTree(repository, folder).map((path) => `${folder}/${path}`);
  const files = [...own, ...sharedFiles[kind]].map((path) => readAs(repository, path, path));
  return { files, hash: hashOf(settings, files) };
}

/** Not the project, environment, account or region: equal images have equal tags everywhere. */
function hashOf(
  { gitlabRunnerVersion, architecture }: ContainerImageSettings,
  files: readonly ProvisioningFile[],
): string {
  const hash = createHash('sha256').update(JSON.stringify({ gitlabRunnerVersion, architecture }));
  for (const { path, mode, bytes } of files) hash.update(`\n${path} ${mode} ${bytes.length}\n`).update(bytes);
  return hash.digest('hex').slice(0, 32);
}
