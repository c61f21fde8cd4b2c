import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'fs';
import { homedir, tmpdir } from 'os';
import { dirname, join } from 'path';
import { setImmediate } from 'timers/promises';
import type { ProvisioningFile } from '../../src/provisioning/tree';
import { stopSignals } from '../child';
import { CommandError } from '../command-error';

/** A temporary folder of one build. */
export interface Workspace {
  /** Its path; only the user can look into it. */
  readonly folder: string;
  /** Refuses to go on when we were asked to end: to be called before each step. */
  readonly refuseIfStopped: () => Promise<void>;
}

/** Lets a build have a folder, which goes with it: also when it fails, and when we are asked to end. */
export async function inWorkspace<T>(work: (workspace: Workspace) => Promise<T>): Promise<T> {
  let stoppedBy: NodeJS.Signals | undefined;
  const note = (signal: NodeJS.Signals): void => {
    stoppedBy = signal;
  };
  for (const signal of stopSignals) process.on(signal, note);
  const folder = mkdtempSync(join(tmpdir(), 'docker-build-'));
  const refuseIfStopped = async (): Promise<void> => {
    // Node tells of a signal between two turns.
    await setImmediate();
    if (stoppedBy !== undefined) throw new CommandError(`docker:build was stopped by ${stoppedBy}`);
  };
  try {
    return await work({ folder, refuseIfStopped });
  } finally {
    rmSync(folder, { recursive: true, force: true });
    for (const signal of stopSignals) process.off(signal, note);
  }
}

/** Writes a build context; with exactly these modes, whatever the umask is, since the hash holds them. */
export function writeContext(folder: string, files: readonly ProvisioningFile[]): void {
  for (const { path, mode, bytes } of files) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, bytes);
    chmodSync(target, parseInt(mode, 8));
  }
}

/** The user's configuration of Docker. */
const usersConfiguration = (): string => process.env.DOCKER_CONFIG || join(homedir(), '.docker');

/** Writes a configuration of Docker for one registry, which reaches the user's engine and has nobody's passwords. */
export function writeConfiguration(folder: string, registry: string): void {
  mkdirSync(folder, { mode: 0o700 });
  // An entry, though an empty one: without any Docker looks for a keychain, and would leave our password there.
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [registry]: {} } }), { mode: 0o600 });
  const contexts = join(usersConfiguration(), 'contexts');
  if (existsSync(contexts)) symlinkSync(contexts, join(folder, 'contexts'));
}
