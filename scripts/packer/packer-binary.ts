import { spawn, spawnSync } from 'child_process';
import { CommandError } from '../command';

/** A version, as numbers that compare. */
export type Version = readonly [major: number, minor: number];

/** Version of the Packer that is installed; refuses when there is none. */
export function packerVersion(): Version {
  const { stdout, error } = spawnSync('packer', ['version'], { encoding: 'utf8', env: packerEnvironment() });
  const found = /v(\d+)\.(\d+)\.\d+/.exec(error === undefined ? stdout : '');
  if (found === null)
    throw new CommandError(
      'Packer was not found; install Packer 1.10 or newer: https://developer.hashicorp.com/packer/install',
    );
  return [Number(found[1]), Number(found[2])];
}

/** Whether a version is older than another. */
export const isOlder = ([major, minor]: Version, [otherMajor, otherMinor]: Version): boolean =>
  major < otherMajor || (major === otherMajor && minor < otherMinor);

/** Without Packer's own look for updates. */
const packerEnvironment = (extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  CHECKPOINT_DISABLE: '1',
  ...process.env,
  ...extra,
});

/**
 * Runs Packer before the user's eyes. Ctrl-C reaches it by itself, as it does every process of the terminal, and
 * it cleans up then: we only wait. Refuses when it fails.
 */
export function runPacker(args: readonly string[], extra: NodeJS.ProcessEnv = {}): Promise<void> {
  const child = spawn('packer', args, { stdio: 'inherit', env: packerEnvironment(extra) });
  const wait = () => undefined;
  const end = () => child.kill('SIGTERM');
  process.on('SIGINT', wait).on('SIGTERM', end);
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new CommandError(`Packer could not be started: ${error.message}`)));
    child.on('close', (code) => {
      process.off('SIGINT', wait).off('SIGTERM', end);
      if (code === 0) resolve();
      else reject(new CommandError(`packer ${args[0]} failed; what it said stands above`));
    });
  });
}
