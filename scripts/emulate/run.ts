import { spawn } from 'node:child_process';

/** How a command ended. */
export interface Finished {
  /** Its exit code; undefined when it could not be started at all. */
  readonly code: number | undefined;
  /** What it wrote to stdout. */
  readonly stdout: string;
  /** What it wrote to stderr, or why it could not be started. */
  readonly stderr: string;
}

/** Runs a command to its end, without a terminal; a failure is an answer, not an exception. */
export const run = (command: string, args: readonly string[], env = process.env): Promise<Finished> =>
  new Promise((resolve) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.on('error', (error) => resolve({ code: undefined, stdout, stderr: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
