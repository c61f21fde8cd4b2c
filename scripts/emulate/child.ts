import { spawn } from 'child_process';
import { CommandError } from '../command';

/** Where and how a command runs. */
export interface ChildSettings {
  /** Working directory. */
  readonly cwd: string;
  /** Its environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Where its output goes; `capture` hands it back. @default the user's terminal */
  readonly output?: 'inherit' | 'capture';
}

/** How a command ended. */
export interface ChildResult {
  /** Exit code; 128 and the signal's number where a signal ended it, as in a shell. */
  readonly code: number;
  /** What it wrote, where it was captured. */
  readonly output: string;
}

const signalNumbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15, SIGKILL: 9 };

/**
 * Runs a command to its end. Ctrl-C reaches it by itself; a SIGTERM is handed on. Either way we go on only when it
 * has ended, and clean up behind it.
 */
export function runChild(
  [command = '', ...args]: readonly string[],
  { cwd, env, output = 'inherit' }: ChildSettings,
): Promise<ChildResult> {
  const child = spawn(command, args, {
    cwd,
    env,
    stdio: output === 'inherit' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data: Buffer) => (text += data.toString()));
  const wait = () => undefined;
  const end = () => child.kill('SIGTERM');
  process.on('SIGINT', wait).on('SIGTERM', end);
  return new Promise((resolve, reject) => {
    child.on('error', (error) =>
      reject(new CommandError(`${command} could not be started: ${error.message}`)),
    );
    child.on('close', (code, signal) => {
      process.off('SIGINT', wait).off('SIGTERM', end);
      resolve({ code: code ?? 128 + (signalNumbers[signal ?? ''] ?? 1), output: text });
    });
  });
}
