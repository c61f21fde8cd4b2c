import { createHash } from 'crypto';
import type { BuiltContainerImage } from '../config/fleet-model';
import type { ContainerImageKind } from '../config/names';
import { listTree, readAs, type ProvisioningFile } from './tree';

/** The container images of Fargate fleets: what is built from `docker/`, and the tag that it gets. */

/** What an image is built from. */
export interface ContainerImageContent {
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

/** Reads what an image is built from; `folder` is the one that holds the project. */
export function containerImageContent(folder: string, image: BuiltContainerImage): ContainerImageContent {
  const ownFolder = `docker/${image.image}`;
  const own = listTree(folder, ownFolder).map((path) => `${ownFolder}/${path}`);
  const files = [...own, ...sharedFiles[image.image]].map((path) => readAs(folder, path, path));
  return { files, hash: hashOf(image, files) };
}

/** Not the project, environment, account or region: equal images have equal tags everywhere. */
function hashOf(
  { gitlabRunnerVersion, architecture }: BuiltContainerImage,
  files: readonly ProvisioningFile[],
): string {
  const hash = createHash('sha256').update(JSON.stringify({ gitlabRunnerVersion, architecture }));
  for (const { path, mode, bytes } of files) hash.update(`\n${path} ${mode} ${bytes.length}\n`).update(bytes);
  return hash.digest('hex').slice(0, 32);
}
