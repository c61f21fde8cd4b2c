import { cpSync } from 'fs';
import { delimiter, join, resolve } from 'path';
import { environmentsFolder, loadEnvironments } from '../../src/config/load';
import type { Environment } from '../../src/config/model';
import { readProvisioning } from '../../src/provisioning/provisioning';
import { CommandError } from '../command';
import { runChild } from './child';
import {
  emulatedEnvironment,
  overrideTerraform,
  preparePython,
  startEmulator,
  terraformBinary,
  type Given,
} from './engine';
import { accountOf, givenBy } from './given-by';
import { makeWorkspace } from './workspace';

/** The folder that holds the project. */
const repository = join(__dirname, '../..');

/** What exists in the emulated AWS from the start. */
export interface EmulationArguments {
  /** AMIs of the model's images. */
  readonly images: boolean;
  /** Nothing at all. */
  readonly empty: boolean;
}

/** An emulated AWS, and a place in which commands run against it. */
export interface Emulation {
  /** Every environment. */
  readonly environments: readonly Environment[];
  /** The one that is meant: its account and region are those of the shell. */
  readonly environment: Environment;
  /** Working directory: a copy of the project. */
  readonly folder: string;
  /** Environment of commands. */
  readonly env: NodeJS.ProcessEnv;
  /** Version of Terraform. */
  readonly terraform: string;
}

/** What it tells while it starts. */
export type Progress = (message: string) => void;

const listGiven = (environments: readonly Environment[], { images, empty }: EmulationArguments): Given[] => {
  if (empty) return [];
  const provisioning = readProvisioning(repository);
  return environments.flatMap((environment) => givenBy(environment, provisioning, images));
};

/** A stop that came while something else was waited for. */
const untilStopped = (): { readonly stopped: Promise<never>; readonly forget: () => void } => {
  let stop: (signal: NodeJS.Signals) => void = () => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = (signal) => reject(new CommandError(`Stopped by ${signal}`));
  });
  stopped.catch(() => undefined);
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return { stopped, forget: () => process.off('SIGINT', stop).off('SIGTERM', stop) };
};

/**
 * Starts an emulated AWS, does something with it, and leaves nothing behind: no process, no file, whether it went
 * well, failed, or was stopped.
 */
export async function withEmulation<T>(
  args: EmulationArguments & { readonly choose: (environments: readonly Environment[]) => Environment },
  progress: Progress,
  use: (emulation: Emulation) => Promise<T>,
): Promise<T> {
  const environments = loadEnvironments(environmentsFolder(), process.cwd());
  const environment = args.choose(environments);
  const { stopped, forget } = untilStopped();
  const { path: terraform, version } = await terraformBinary();
  const python = await Promise.race([preparePython(progress), stopped]);
  const workspace = makeWorkspace(repository);
  const accountId = accountOf(environment);
  try {
    const emulator = await startEmulator({
      python,
      given: listGiven(environments, args),
      defaultAccountId: accountId,
    });
    try {
      progress(`emulated AWS at ${emulator.url}, account ${accountId}, region ${environment.aws.region}`);
      const region = environment.aws.region;
      const base = emulatedEnvironment({
        url: emulator.url,
        region,
        accountId,
        directory: workspace.settings,
      });
      const env = { ...base, ...projectEnvironment(base), TERRAFORM_BINARY_NAME: terraform };
      await prepareStacks(environments, workspace.folder, env);
      return await use({ environments, environment, folder: workspace.folder, env, terraform: version });
    } finally {
      await emulator.stop();
    }
  } finally {
    workspace.remove();
    forget();
  }
}

/** Commands of the installed packages, and the environments that the user meant, from another working directory. */
const projectEnvironment = ({ PATH = '' }: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  PATH: [PATH, join(repository, 'node_modules', '.bin')].join(delimiter),
  ...(process.env.ENVIRONMENTS_DIR ? { ENVIRONMENTS_DIR: resolve(process.env.ENVIRONMENTS_DIR) } : {}),
});

/** Synthesizes every stack, and puts beside each what only the emulation needs. */
async function prepareStacks(
  environments: readonly Environment[],
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const { code, output } = await runChild(['node', '--import', 'tsx', 'main.ts'], {
    cwd: folder,
    env,
    output: 'capture',
  });
  if (code !== 0) throw new CommandError(output.trim());
  const stacks = environments.map((environment) => ({
    environment,
    path: join(folder, 'cdktf.out', 'stacks', environment.name),
  }));
  for (const { environment, path } of stacks) overrideTerraform(path, accountOf(environment));
  await lockProviders(
    stacks.map(({ path }) => path),
    env,
  );
}

/**
 * Gives every stack a lock file of its providers. Without one CDKTF asks the registry for it, and only there, also
 * where the provider is on disk.
 */
async function lockProviders(
  [first = '', ...others]: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const init = [env.TERRAFORM_BINARY_NAME as string, 'init', '-backend=false', '-input=false', '-no-color'];
  const { code, output } = await runChild(init, { cwd: first, env, output: 'capture' });
  if (code !== 0)
    throw new CommandError(`The AWS provider is neither on this machine nor to be had:\n${output.trim()}`);
  for (const other of others) cpSync(join(first, '.terraform.lock.hcl'), join(other, '.terraform.lock.hcl'));
}
