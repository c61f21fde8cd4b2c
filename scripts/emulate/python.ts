import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder';
import { type Finished, run } from './run';
import { withoutVariables } from './without-variables';
import { CommandError } from '../command-error';

/** The moto whose gaps `server/gaps_*.py` know; the same as in `server/requirements.txt`. */
const MOTO_VERSION = '5.2.1';

const REQUIREMENTS = join(__dirname, 'server', 'requirements.txt');

/** moto 5.2 needs this Python. */
const OLDEST_PYTHON = '3.10';

/** Says where it is when it has what the emulator needs. */
const PROBE = `
import importlib.metadata, sys
import yaml
from moto.server import ThreadedMotoServer
if importlib.metadata.version('moto') == '${MOTO_VERSION}':
    print(sys.executable)
`;

const RECENT = `import sys; print(sys.version_info >= (${OLDEST_PYTHON.replace('.', ', ')}), end='')`;

const UNREACHABLE =
  /No matching distribution|Could not find a version|Failed to establish|ConnectTimeout|ProxyError/;

/** boto3 reads AWS settings when it is imported; the user's own must not break that. */
const environment = (): NodeJS.ProcessEnv => withoutVariables(process.env, ['AWS_', 'MOTO_']);

/** The Python itself if moto of the right version is in it. */
const withMoto = async (python: string): Promise<string | undefined> => {
  const { code, stdout } = await run(python, ['-c', PROBE], environment());
  return code === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
};

const lastError = ({ stdout, stderr }: Finished): string => {
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  return (lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? 'no output').trim();
};

const requirePython = async (): Promise<void> => {
  const finished = await run('python3', ['-c', RECENT]);
  const wayOut = `install Python ${OLDEST_PYTHON} or later as python3`;
  if (finished.code === undefined) {
    throw new CommandError(`Python is not installed: ${wayOut}.`);
  }
  if (finished.stdout === 'False') {
    throw new CommandError(`python3 is too old for moto: ${wayOut}.`);
  }
  if (finished.code !== 0) {
    throw new CommandError(`python3 does not work (${lastError(finished)}): ${wayOut}.`);
  }
};

const makeEnvironment = async (folder: string): Promise<void> => {
  const finished = await run('python3', ['-m', 'venv', folder]);
  if (finished.code !== 0) {
    const missing = /No module named|ensurepip/.test(finished.stdout + finished.stderr);
    throw new CommandError(
      missing
        ? "Python's venv module is missing: install it (on Debian and Ubuntu the package python3-venv)."
        : `python3 -m venv failed in ${folder}: ${lastError(finished)}.`,
    );
  }
};

const installMoto = async (folder: string): Promise<void> => {
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '-r', REQUIREMENTS];
  const finished = await run(join(folder, 'bin', 'python3'), pip, environment());
  if (finished.code !== 0) {
    const unreachable = UNREACHABLE.test(finished.stdout + finished.stderr);
    throw new CommandError(
      unreachable
        ? `pip reaches no package index: connect to one (PIP_INDEX_URL names a mirror), or install 'moto[server]==${MOTO_VERSION}' for python3.`
        : `pip could not install moto, install 'moto[server]==${MOTO_VERSION}' for python3: ${lastError(finished)}`,
    );
  }
};

/** Whether a process of this id still runs. */
const isRunning = (id: number): boolean => {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Removes what processes that were killed left half-made. */
const removeHalfMade = (): void => {
  for (const name of readdirSync(cacheFolder())) {
    const maker = /^python-[0-9a-f]+\.(\d+)\.partial$/.exec(name)?.[1];
    if (maker !== undefined && !isRunning(Number(maker))) {
      rmSync(join(cacheFolder(), name), { recursive: true, force: true });
    }
  }
};

/** Takes the finished folder's place; where another process was faster, its folder stays. */
const moveInto = (made: string, folder: string): void => {
  try {
    renameSync(made, folder);
  } catch (error) {
    if (!existsSync(folder)) {
      throw error;
    }
    rmSync(made, { recursive: true, force: true });
  }
};

/** A virtual environment moves as a whole, so that what has the final name is always complete. */
const makeWhole = async (folder: string): Promise<void> => {
  const partial = `${folder}.${process.pid}.partial`;
  try {
    await makeEnvironment(partial);
    await installMoto(partial);
    moveInto(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
};

/** Made anew for other requirements: the name carries their hash. */
const environmentFolder = (): string => {
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  return join(cacheFolder(), `python-${hash}`);
};

/**
 * The path of a Python in which moto's server can be imported: the system's if it has exactly the pinned
 * version, else a virtual environment in the cache folder, made once.
 */
export const preparePython = async (progress: (message: string) => void): Promise<string> => {
  const folder = environmentFolder();
  const python = join(folder, 'bin', 'python3');
  const present = (await withMoto('python3')) ?? (await withMoto(python));
  if (present !== undefined) {
    return present;
  }
  await requirePython();
  progress(`installing moto ${MOTO_VERSION} into ${folder} (once, about a minute)`);
  mkdirSync(cacheFolder(), { recursive: true });
  removeHalfMade();
  // What is there does not work: half-deleted, or made by a Python that is gone.
  rmSync(folder, { recursive: true, force: true });
  await makeWhole(folder);
  const made = await withMoto(python);
  if (made === undefined) {
    throw new CommandError(
      `moto ${MOTO_VERSION} does not start in ${folder}: remove that folder and try again.`,
    );
  }
  return made;
};
