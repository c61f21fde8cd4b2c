import type { Environment } from '../../src/config/model';
import { runChild } from '../child';
import { withEmulation, type EmulationArguments } from './emulation';

/** The environment that a command names, else the first: its account and region become the shell's. */
const named =
  (command: readonly string[]) =>
  (environments: readonly Environment[]): Environment =>
    environments.find(({ name }) => command.includes(name)) ?? (environments[0] as Environment);

const say = (message: string): void => console.error(`emulate: ${message}`);

/** Runs any command with the emulated AWS behind it; returns the command's exit code. */
export const runEmulated = (command: readonly string[], args: EmulationArguments): Promise<number> =>
  withEmulation({ ...args, choose: named(command) }, say, async ({ folder, env }) => {
    say(`running ${command.join(' ')}`);
    return (await runChild(command, { cwd: folder, env })).code;
  });
