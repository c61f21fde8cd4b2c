import { createHash } from 'crypto';
import type { BuiltContainerImage } from '../config/fleet-model';
import type { Base } from '../config/image';
import type { Contents, Image } from '../config/image-model';
import { containerImageContent, type ContainerImageContent } from './container-images';
import { functionArchives, type FunctionArchive, type FunctionName } from './function-archive';
import { listTree, readAs, type ProvisioningFile } from './tree';

/**
 * What a machine does that other machines don't: run gitlab-runner, have jobs that fill its disk, wait for the manager before it, start machines with
 * Docker Machine, run a mirror, or be a worker.
 */
export type FirstBootPart = 'runner' | 'disk' | 'predecessor' | 'machines' | 'registry' | 'worker';

/**
 * What is carried to a machine to make it one of ours: by Packer into an image, or at the first boot of a stock
 * Amazon Linux. One folder, in which `scripts/provision.sh` finds everything else:
 *
 * | path | what |
 * |---|---|
 * | `scripts/` | our steps, from `packer/scripts` and the folder of the base in it; `steps` has their order |
 * | `root/` | our files, from `packer/files`, by their path on the machine; on Amazon Linux only |
 * | `settings.env` | versions and packages |
 * | `files.tsv`, `user-files/`, `user-scripts/` | the user's own |
 */
export interface Provisioning {
  /** The files of an image's provisioning folder. */
  filesForImage(image: Image): readonly ProvisioningFile[];
  /**
   * The same for a machine that is provisioned at first boot: without the clean-up of images, and of our own scripts and
   * units only those for what it is for. User data has little room.
   */
  filesForFirstBoot(contents: Contents, parts: readonly FirstBootPart[]): readonly ProvisioningFile[];
  /** Hash of everything that changes the disk of an image: 32 hexadecimal digits. */
  hashOf(image: Image): string;
  /** What a container image of ours is built from, and its hash. */
  containerImage(image: BuiltContainerImage): ContainerImageContent;
  /** The code of a Lambda function. */
  functionArchive(name: FunctionName): FunctionArchive;
}

/** Steps that only an image build runs: on a running machine they would take away its identity. */
const imageOnly = new Set(['scripts/clean-up.sh', 'scripts/check-clean.sh']);

/** What only some machines need of ours. An image has no role, and so all of it. */
const onlyFor: Readonly<Record<FirstBootPart, RegExp>> = {
  predecessor: /\/(wait-for-predecessor\.sh|gitlab-runner-predecessor\.service)$/,
  machines: /\/(gitlab-runner-)?machines\.(sh|service)$/,
  registry: /\/(gitlab-runner-)?registry\.(sh|service)$/,
  runner:
    /\/(boot|drain|firewall|load-tokens|registry-credentials)\.sh$|\/gitlab-runner-(drain|firewall|token)\.service$|\/gitlab-runner\.service\.d\//,
  disk: /\/(free-disk\.sh|gitlab-runner-disk\.(service|timer))$/,
  worker: /\/worker\.sh$/,
};

/** The files that a machine needs which is for nothing but these. */
const filesFor = (
  files: readonly ProvisioningFile[],
  parts: readonly FirstBootPart[],
): ProvisioningFile[] => {
  const others = Object.entries(onlyFor).filter(([part]) => !parts.includes(part as FirstBootPart));
  return files.filter(({ path }) => others.every(([, files]) => !files.test(path)));
};

/** User data has little room, and comments in our scripts and units are for who reads them in the repository. No line of data begins so. */
const withoutComments = (file: ProvisioningFile): ProvisioningFile =>
  /\.(sh|service|timer|conf)$/.test(file.path)
    ? { ...file, bytes: Buffer.from(file.bytes.toString().replace(/^[ \t]*#(?!!).*\n/gm, '')) }
    : file;

const text = (path: string, content: string): ProvisioningFile => ({
  path,
  mode: '0644',
  bytes: Buffer.from(content),
});

/** Safe to source: versions, checksums and package names are checked, and have no quotes. */
function settings(base: Base, { gitlabRunnerVersion, dockerMachineSha256, packages }: Contents) {
  const values = {
    ...(base === 'amazon-linux-2023' ? { GITLAB_RUNNER_VERSION: gitlabRunnerVersion } : {}),
    ...(dockerMachineSha256 === undefined ? {} : { DOCKER_MACHINE_SHA256: dockerMachineSha256 }),
    PACKAGES: packages.join(' '),
  };
  const lines = Object.entries(values).map(([name, value]) => `${name}='${value}'\n`);
  return text('settings.env', lines.join(''));
}

/** `07-name`: keeps the order of the file, whatever the names are; as wide as the last of `count` needs. */
const numbered = (folder: string, index: number, count: number, source: string): string => {
  const width = Math.max(2, String(count - 1).length);
  return `${folder}/${String(index).padStart(width, '0')}-${source.split('/').at(-1)}`;
};

function usersFiles(repository: string, { scripts, files }: Contents): ProvisioningFile[] {
  const table = files.map(({ source, destination, mode }, index) => {
    const path = numbered('user-files', index, files.length, source);
    return {
      line: `${mode}\t${destination}\t${path}\n`,
      file: { ...readAs(repository, source, path), mode: '0644' as const },
    };
  });
  const run = scripts.map((source, index) => ({
    ...readAs(repository, source, numbered('user-scripts', index, scripts.length, source)),
    mode: '0755' as const,
  }));
  return [
    text('files.tsv', table.map(({ line }) => line).join('')),
    ...table.map(({ file }) => file),
    ...run,
  ];
}

/** Scripts of a base, out of its folder, and those of all; a script for another base is not carried. */
const scriptsFor = (base: Base, repository: string): ProvisioningFile[] =>
  listTree(repository, 'packer/scripts')
    .map((source) => ({
      source,
      name: source.startsWith(`${base}/`) ? source.slice(base.length + 1) : source,
    }))
    .filter(({ name }) => !name.includes('/'))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ source, name }) => readAs(repository, `packer/scripts/${source}`, `scripts/${name}`));

/** Reads `packer/` once; `repository` is the folder that holds it. */
export function readProvisioning(repository: string): Provisioning {
  const files = listTree(repository, 'packer/files').map((path) =>
    readAs(repository, `packer/files/${path}`, `root/${path}`),
  );
  const ours: Readonly<Record<Base, readonly ProvisioningFile[]>> = {
    'amazon-linux-2023': [...scriptsFor('amazon-linux-2023', repository), ...files],
    'ubuntu-24.04': scriptsFor('ubuntu-24.04', repository),
  };
  const together = (base: Base, own: readonly ProvisioningFile[], contents: Contents) => [
    ...own,
    settings(base, contents),
    ...usersFiles(repository, contents),
  ];
  const filesForImage = (image: Image) => together(image.base, ours[image.base], image);
  const oursAtFirstBoot = ours['amazon-linux-2023']
    .filter(({ path }) => !imageOnly.has(path))
    .map(withoutComments);
  return {
    filesForImage,
    filesForFirstBoot: (contents, parts) =>
      together('amazon-linux-2023', filesFor(oursAtFirstBoot, parts), contents),
    hashOf: (image) => hashOf(image, filesForImage(image)),
    containerImage: (image) => containerImageContent(repository, image),
    functionArchive: functionArchives(repository),
  };
}

/** Not the project, environment, name, account, region, build, sharing, tags or keys: equal images are one AMI. */
function hashOf({ base, architecture, rootVolumeGib }: Image, files: readonly ProvisioningFile[]): string {
  const hash = createHash('sha256').update(JSON.stringify({ base, architecture, rootVolumeGib }));
  for (const { path, mode, bytes } of files) hash.update(`\n${path} ${mode} ${bytes.length}\n`).update(bytes);
  return hash.digest('hex').slice(0, 32);
}
