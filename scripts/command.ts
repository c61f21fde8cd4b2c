import yargs, { type Argv } from 'yargs';
import { EnvironmentsError } from '../src/config/load';
import { CommandError } from './command-error';

/** A command as the user has to type it, for the environments that are meant now. */
export const typed = (command: string): string =>
  process.env.ENVIRONMENTS_DIR ? `ENVIRONMENTS_DIR=${process.env.ENVIRONMENTS_DIR} ${command}` : command;

/** How a command line is read. */
export interface CommandSettings {
  /** One of its commands must be named. @default true */
  readonly demandCommand?: boolean;
}

/**
 * Runs a command line. Exit code 0: done; 1: refused or failed, the reason on stderr; 2: wrong usage. Only what
 * nobody foresaw shows a stack trace.
 */
export async function runCommand(
  name: string,
  define: (yargs: Argv) => Argv,
  args = process.argv.slice(2),
  { demandCommand = true }: CommandSettings = {},
): Promise<void> {
  const parser = define(yargs(args).scriptName(name))
    // Its own words in one language with ours.
    .locale('en')
    .strictOptions()
    .help()
    .version(false)
    .exitProcess(false)
    .fail((message, error: Error | null | undefined) => {
      if (error) throw error;
      throw new UsageError(`${message}\n${name} --help tells more.`);
    });
  try {
    await (demandCommand ? parser.demandCommand(1, 'Name a command.').strict() : parser).parseAsync();
  } catch (error) {
    process.exitCode = report(error);
  }
}

class UsageError extends Error {}

function report(error: unknown): number {
  const isForeseen =
    error instanceof CommandError || error instanceof EnvironmentsError || error instanceof UsageError;
  console.error(isForeseen ? error.message : error);
  return error instanceof UsageError ? 2 : 1;
}
