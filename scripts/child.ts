import { spawn, type ChildProcess, type StdioOptions } from 'child_process';
import { constants } from 'os';
import { CommandError } from './command-error';

/** Where and how a command runs. */
export interface ChildSettings {
  /** Working directory. @default ours */
  readonly cwd?: string;
  /** Its environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Where its output goes; `stderr`: all of it to our stderr; `capture` hands it back. @default the user's terminal */
  readonly output?: 'inherit' | 'stderr' | 'capture';
}

/** How a command ended. */
export interface ChildResult {
  /** Exit code; 128 and the signal's number where a signal ended it, as in a shell. */
  readonly code: number;
  /** What it wrote, where it was captured. */
  readonly output: string;
  /** The signal that asked us to end meanwhile, whatever the command made of it. */
  readonly stoppedBy: NodeJS.Signals | undefined;
}

/** Signals that ask a command to end. */
export const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const stdio: Record<NonNullable<ChildSettings['output']>, StdioOptions> = {
  inherit: 'inherit',
  stderr: ['inherit', 2, 'inherit'],
  capture: ['ignore', 'pipe', 'pipe'],
};

/**
 * Ctrl-C reaches a child by itself, as it does every process of the terminal; other signals are handed on. To be
 * called before the child is started: a signal in between would end us and leave it alone.
 */
function handOnSignals(child: () => ChildProcess) {
  let received: NodeJS.Signals | undefined;
  const handOn = (signal: NodeJS.Signals): void => {
    received = signal;
    if (signal !== 'SIGINT') child().kill('SIGTERM');
  };
  for (const signal of stopSignals) process.on(signal, handOn);
  return {
    received: () => received,
    forget: () => stopSignals.forEach((signal) => process.off(signal, handOn)),
  };
}

/** How long a signal that a child of ours has had already may take until we hear of it. */
const signalDelayMs = 100;

/** Runs a command to its end. Also when we are asked to end we go on only then, and clean up behind it. */
export function runChild(
  [command = '', ...args]: readonly string[],
  { cwd, env, output = 'inherit' }: ChildSettings,
): Promise<ChildResult> {
  const signals = handOnSignals(() => child);
  const child = spawn(command, args, { env, stdio: stdio[output], ...(cwd === undefined ? {} : { cwd }) });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (data: string) => (text += data));
  return new Promise((resolve, reject) => {
    child.on('error', (error) => {
      signals.forget();
      reject(new CommandError(`${command} could not be started: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      const byNumber = signal === null ? 1 : 128 + constants.signals[signal];
      // A signal to the whole group can end the child before it is our turn to hear of it; on a busy machine long before.
      setTimeout(() => {
        signals.forget();
        const stoppedBy = signals.received() ?? stopSignals.find((stop) => stop === signal);
        resolve({ code: code ?? byNumber, output: text, stoppedBy });
      }, signalDelayMs);
    });
  });
}
