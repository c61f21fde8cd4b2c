import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The provider that `@cdktf/provider-aws` 20.1.0 is made for. */
export const AWS_PROVIDER_VERSION = '5.100.0';

/** How far below a place for add-on software a mirror is looked for. */
const DEPTH = 3;

/** CDKTF's cache looks like a mirror, but may hold what is still being fetched. */
const PLUGIN_CACHE = 'plugin-cache';

/** Go's names of what Node calls otherwise. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

const places = (): readonly string[] => [
  join(homedir(), '.terraform.d'),
  join(homedir(), '.local', 'share', 'terraform'),
  '/usr/local/share',
  '/usr/local/lib',
  '/usr/share/terraform',
  '/usr/share',
  '/usr/lib',
  '/usr/local',
  '/opt',
];

const providerFolder = (): string => {
  const platform = `${process.platform}_${ARCHITECTURES[process.arch] ?? process.arch}`;
  return join('registry.terraform.io', 'hashicorp', 'aws', AWS_PROVIDER_VERSION, platform);
};

/** The folders in a folder; none where it can't be read. Links are not followed: they may lead in circles. */
const foldersIn = (folder: string): string[] => {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && entry.name !== PLUGIN_CACHE)
      .map((entry) => join(folder, entry.name));
  } catch {
    return [];
  }
};

/**
 * The folder in which the AWS provider lies as in an unpacked filesystem mirror, for machines that don't reach
 * the registry: Terraform isn't told of it otherwise. The nearest to the top of the usual places wins.
 * @see https://developer.hashicorp.com/terraform/cli/config/config-file#filesystem_mirror
 */
export const findProviderMirror = (): string | undefined => {
  const wanted = providerFolder();
  let level = places().filter((place) => existsSync(place));
  for (let depth = 0; depth <= DEPTH; depth += 1) {
    const found = level.find((folder) => existsSync(join(folder, wanted)));
    if (found !== undefined) {
      return found;
    }
    level = level.flatMap(foldersIn);
  }
  return undefined;
};
