import { cpSync } from 'fs';
import { delimiter, join, resolve } from 'path';
import { environmentsFolder, loadEnvironments } from '../../src/config/load';
import type { Environment } from '../../src/config/model';
import { readProvisioning } from '../../src/provisioning/provisioning';
import { CommandError } from '../command-error';
import { runChild, stopSignals, type ChildSettings } from '../child';
import { emulatedEnvironment } from './environment';
import { overrideTerraform } from './override-terraform';
import { preparePython } from './python';
import { startEmulator, type Given } from './start-emulator';
import { terraformBinary, type TerraformBinary } from './terraform-binary';
import { accountOf, givenBy } from './given-by';
import { makeWorkspace, type Workspace } from './workspace';

/** The folder that holds the project. */
const repository = join(__dirname, '../..');

/** What exists in the emulated AWS from the start. */
export interface EmulationArguments {
  /** AMIs and container images of the model. */
  readonly images: boolean;
  /** Nothing at all. */
  readonly empty: boolean;
}

/** The same, and which environment is meant. */
export interface ChosenEmulation extends EmulationArguments {
  /** Chooses among all of them. */
  readonly choose: (environments: readonly Environment[]) => Environment;
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
  /** Aborted when we are to end. */
  readonly signal: AbortSignal;
}

/** What it tells while it starts. */
export type Progress = (message: string) => void;

const listGiven = (environments: readonly Environment[], { images, empty }: EmulationArguments): Given[] => {
  if (empty) return [];
  const provisioning = readProvisioning(repository);
  return environments.flatMap((environment) => givenBy(environment, provisioning, images));
};

/** A wish that we end, which may come while no command runs that would get it. */
const untilStopped = (): { readonly signal: AbortSignal; readonly forget: () => void } => {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals) => controller.abort(new CommandError(`Stopped by ${name}`));
  for (const name of stopSignals) process.on(name, stop);
  return {
    signal: controller.signal,
    forget: () => stopSignals.forEach((name) => process.off(name, stop)),
  };
};

/** What comes first: work, or the wish that we end. */
const orStopped = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  Promise.race([
    work,
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as CommandError), { once: true });
    }),
  ]);

/**
 * Starts an emulated AWS, does something with it, and leaves nothing behind: no process, no file, whether it went
 * well, failed, or was stopped.
 */
export async function withEmulation<T>(
  args: ChosenEmulation,
  progress: Progress,
  use: (emulation: Emulation) => Promise<T>,
): Promise<T> {
  const environments = loadEnvironments(environmentsFolder(), repository);
  const environment = args.choose(environments);
  const { signal, forget } = untilStopped();
  try {
    const terraform = await terraformBinary();
    const python = await orStopped(preparePython(progress), signal);
    const workspace = makeWorkspace(repository);
    try {
      const settled = { environments, environment, terraform, python, workspace, signal };
      return await withEmulator(settled, listGiven(environments, args), progress, use);
    } finally {
      workspace.remove();
    }
  } finally {
    forget();
  }
}

/** What is there before the emulator is. */
interface Settled {
  readonly environments: readonly Environment[];
  readonly environment: Environment;
  readonly terraform: TerraformBinary;
  readonly python: string;
  readonly workspace: Workspace;
  readonly signal: AbortSignal;
}

async function withEmulator<T>(
  { environments, environment, terraform, python, workspace, signal }: Settled,
  given: readonly Given[],
  progress: Progress,
  use: (emulation: Emulation) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const accountId = accountOf(environment);
  const { region } = environment.aws;
  const emulator = await startEmulator({ python, given, defaultAccountId: accountId });
  try {
    signal.throwIfAborted();
    progress(`emulated AWS at ${emulator.url}, account ${accountId}, region ${region}`);
    const { folder, settings: directory } = workspace;
    const base = emulatedEnvironment({ url: emulator.url, region, accountId, directory });
    const env = { ...base, ...projectEnvironment(base), TERRAFORM_BINARY_NAME: terraform.path };
    await prepareStacks(environments, folder, env);
    signal.throwIfAborted();
    return await use({ environments, environment, folder, env, terraform: terraform.version, signal });
  } finally {
    await emulator.stop();
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
  await runQuietly([process.execPath, '--import', 'tsx', 'main.ts'], { cwd: folder, env }, '');
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

/** Runs a command whose output is of interest only when it fails; returns that output. */
export async function runQuietly(
  command: readonly string[],
  settings: Omit<ChildSettings, 'output'>,
  failure: string,
): Promise<string> {
  const { code, output, stoppedBy } = await runChild(command, { ...settings, output: 'capture' });
  if (stoppedBy !== undefined) throw new CommandError(`Stopped by ${stoppedBy}`);
  if (code !== 0) throw new CommandError(failure + output.trim());
  return output;
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
  const failure = 'The AWS provider is neither on this machine nor to be had:\n';
  await runQuietly(init, { cwd: first, env }, failure);
  for (const other of others) cpSync(join(first, '.terraform.lock.hcl'), join(other, '.terraform.lock.hcl'));
}
