import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The user's Packer: the first on the path. */
const packerOn = (path: string): string | undefined =>
  path
    .split(delimiter)
    .filter(isAbsolute)
    .map((folder) => join(folder, 'packer'))
    .find(isExecutable);

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Only a build is looked at; everything else, and a build that may run, is Packer itself. */
const script = (packer: string): string => {
  const loader = pathToFileURL(require.resolve('tsx')).href;
  const check = [process.execPath, '--import', loader, join(__dirname, 'packer-build-check.ts')];
  return `#!/bin/sh
for argument in "$@"; do
  case "$argument" in
    -*) ;;
    build) ${check.map(quoted).join(' ')} "$@" || exit 1; break ;;
    *) break ;;
  esac
done
exec ${quoted(packer)} "$@"
`;
};

/**
 * Puts a `packer` that refuses an unmodified build into a folder, which it answers; without a Packer on the
 * path, the folder is empty.
 */
export const guardPacker = (directory: string, path: string): string => {
  const folder = join(directory, 'bin');
  const packer = packerOn(path);
  mkdirSync(folder, { recursive: true });
  if (packer !== undefined) {
    writeFileSync(join(folder, 'packer'), script(packer), { mode: 0o755 });
  }
  return folder;
};
