import { spawnSync } from 'child_process';
import { CommandError } from '../command-error';
import { runChild, type ChildSettings } from '../child';

/** A version, as numbers that compare. */
export type Version = readonly [major: number, minor: number];

/** Where to get Packer. */
const wayOut = 'install Packer 1.10 or newer: https://developer.hashicorp.com/packer/install';

/** Version of the Packer that is installed; refuses when there is none. */
export function packerVersion(): Version {
  const { stdout, error } = spawnSync('packer', ['version'], { encoding: 'utf8', env: packerEnvironment() });
  const found = /v(\d+)\.(\d+)\.\d+/.exec(error === undefined ? stdout : '');
  if (found === null) throw new CommandError(`Packer was not found; ${wayOut}`);
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

/** How Packer is run. */
export interface PackerSettings {
  /** Where its output goes. @default the user's terminal */
  readonly output?: ChildSettings['output'];
  /** Environment variables besides ours. @default none */
  readonly extra?: NodeJS.ProcessEnv;
}

/**
 * Runs Packer before the user's eyes. When it is stopped it cleans up, and we wait for that. Refuses when it fails,
 * and when it was stopped too late to fail: nothing may come after it then.
 */
export async function runPacker(
  args: readonly string[],
  { output = 'inherit', extra = {} }: PackerSettings = {},
): Promise<void> {
  const { code, stoppedBy } = await runChild(['packer', ...args], { env: packerEnvironment(extra), output });
  if (stoppedBy !== undefined) throw new CommandError(`packer ${args[0]} was stopped by ${stoppedBy}`);
  if (code !== 0) throw new CommandError(`packer ${args[0]} failed; what it said stands above`);
}
