import { existsSync, readdirSync, realpathSync, statSync } from 'fs';
import { join, relative, resolve, sep } from 'path';
import { formatRefusal } from './issues';
import type { Environment } from './model';
import { parseEnvironment } from './parse';
import { readDefaultExport } from './read-module';
import { rulesAcrossEnvironments } from './rules/across-environments';
import type { FileProblem } from './rules/files';

/** Reads the folder of environments: one file is one environment. */

/** All environments, or every reason why there are none. */
export class EnvironmentsError extends Error {
  /** One message for each thing that is wrong. */
  readonly messages: readonly string[];

  constructor(messages: readonly string[]) {
    super(messages.join('\n'));
    this.messages = messages;
  }
}

const environmentFile = /^[a-z][a-z0-9-]*\.ts$/;
const sharedFile = /^_.*\.ts$/;

/** The folder of environments: `ENVIRONMENTS_DIR`, else `environments`. */
export const environmentsFolder = (): string => process.env.ENVIRONMENTS_DIR || 'environments';

interface Loaded {
  readonly file: string;
  readonly messages: readonly string[];
  readonly environment?: Environment;
}

/** Loads every environment; throws an EnvironmentsError with everything that is wrong in all of them. */
export function loadEnvironments(folder: string, repository: string): Environment[] {
  const { files, messages } = listFiles(folder);
  const loaded = files.map((file) => loadFile(join(folder, file), repository));
  const sound = loaded.filter((one): one is Required<Loaded> => one.environment !== undefined);
  const all = [...messages, ...loaded.flatMap((one) => one.messages), ...rulesAcrossEnvironments(sound)];
  if (all.length > 0) throw new EnvironmentsError(all);
  return sound.map(({ environment }) => environment);
}

function listFiles(folder: string): { files: string[]; messages: string[] } {
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    return {
      files: [],
      messages: [
        `${folder}: must be a folder with a file for each environment; make it, or set ENVIRONMENTS_DIR`,
      ],
    };
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  const files = names.filter((name) => environmentFile.test(name));
  const strangers = names.filter((name) => !environmentFile.test(name) && !sharedFile.test(name));
  const rule =
    'must be named like an environment (lower-case letters, digits and hyphens, then .ts), or start with _ and end with .ts to be shared by them';
  const messages = strangers.map((name) => `${join(folder, name)}: ${rule}`);
  if (files.length === 0)
    messages.push(`${folder}: must have a file for at least one environment, such as dev.ts`);
  return { files, messages };
}

function loadFile(path: string, repository: string): Loaded {
  const fromHere = relative(process.cwd(), resolve(path));
  const file = fromHere.startsWith('..') ? path : fromHere;
  const name = (path.split(sep).at(-1) as string).replace(/\.ts$/, '');
  const exported = readDefaultExport(resolve(path));
  if ('failure' in exported) return { file, messages: [`${file}: ${exported.failure}`] };
  const { environment, refusals = [] } = parseEnvironment(name, exported.value, fileProblemIn(repository));
  const messages = refusals.map((refusal) => formatRefusal(file, refusal));
  return environment === undefined ? { file, messages } : { file, messages, environment };
}

/** Why a path is no file of the repository, if it isn't one; symbolic links out of it are not taken. */
const fileProblemIn =
  (repository: string): FileProblem =>
  (path) => {
    const file = join(repository, path);
    if (!existsSync(file) || !statSync(file).isFile())
      return 'must be a file inside the repository; there is none';
    const isInside = realpathSync(file).startsWith(realpathSync(repository) + sep);
    return isInside ? undefined : 'must be a file inside the repository; it is a link out of it';
  };
