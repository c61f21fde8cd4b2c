import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { dockerGuard } from './guard-docker';
import { packerGuard } from './guard-packer';

/** Programs that stand in front of the user's own, and let nothing leave loopback. */

/** Makes the script of a guard, given the path of the program. */
const guards: Readonly<Record<string, (program: string) => string>> = {
  docker: dockerGuard,
  packer: packerGuard,
};

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The user's program: the first of its name on the path. */
const programOn = (path: string, name: string): string | undefined =>
  path
    .split(delimiter)
    .filter(isAbsolute)
    .map((folder) => join(folder, name))
    .find(isExecutable);

/** Puts the guards of the programs on a path into a folder, which it answers. */
export const guardPrograms = (directory: string, path: string): string => {
  const folder = join(directory, 'bin');
  mkdirSync(folder, { recursive: true });
  for (const [name, guard] of Object.entries(guards)) {
    const program = programOn(path, name);
    if (program !== undefined) {
      writeFileSync(join(folder, name), guard(program), { mode: 0o755 });
    }
  }
  return folder;
};
