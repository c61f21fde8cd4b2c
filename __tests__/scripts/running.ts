import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Running {
  readonly pid: number;
  /** Its end. */
  readonly ended: Promise<Ended>;
  /** Resolves as soon as its output has this text; rejects when it ends before. */
  says(text: string): Promise<void>;
  /** Sends a signal to it, and to all its children as a terminal does. */
  interrupt(signal: NodeJS.Signals, who: 'it alone' | 'its group'): void;
}

/** Starts a command as from a terminal of its own, so that a signal to its group reaches nobody else. */
export function startCommand(
  [command = '', ...args]: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Running {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const pid = child.pid ?? 0;
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    ...output,
  }));
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = () => {
        if (output.stdout.includes(text) || output.stderr.includes(text)) resolve();
      };
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      child.on('close', () => reject(new Error(`ended without "${text}": ${output.stdout}${output.stderr}`)));
      look();
    });
  const interrupt = (signal: NodeJS.Signals, who: 'it alone' | 'its group') =>
    process.kill(who === 'its group' ? -pid : pid, signal);
  return { pid, ended, says, interrupt };
}
