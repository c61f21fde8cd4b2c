import { readFileSync } from 'fs';
import { join } from 'path';
import type { Environment } from '../../src/config/model';
import { runQuietly, withEmulation, type Emulation, type EmulationArguments } from './emulation';
import { summarize, type Estate } from './summary';

/** `npm run emulate` without a command: the main job from end to end, and what came of it. */

/** `prod`, which shows most, else the first one. */
const choose = (environments: readonly Environment[]): Environment =>
  environments.find(({ name }) => name === 'prod') ?? (environments[0] as Environment);

const say = (message: string): void => console.error(message);

/** A step with its name before and its time behind it. */
async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const start = Date.now();
  say(`… ${name}`);
  const result = await work();
  say(`✓ ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
  return result;
}

/** Folder of the environment's stack. */
const stackOf = ({ folder, environment }: Emulation): string =>
  join(folder, 'cdktf.out', 'stacks', environment.name);

/** Runs Terraform in the stack's folder; refuses with its own words when it fails. */
const terraformIn =
  (emulation: Emulation) =>
  (...args: string[]): Promise<string> => {
    const { env, signal } = emulation;
    signal.throwIfAborted();
    const command = [env.TERRAFORM_BINARY_NAME as string, ...args];
    return runQuietly(command, { cwd: stackOf(emulation), env }, `terraform ${args[0]} failed:\n`);
  };

const planned = (output: string): string =>
  /Plan: .*|No changes\..*/.exec(output)?.[0] ?? 'Terraform said nothing about a plan';

async function walk(emulation: Emulation): Promise<Estate> {
  const { environment } = emulation;
  const terraform = terraformIn(emulation);
  await step('terraform init', () => terraform('init', '-input=false', '-no-color'));
  const plan = await step('terraform plan', () =>
    terraform('plan', '-input=false', '-no-color', '-out=tour.tfplan'),
  );
  say(`  ${planned(plan)}`);
  await step('terraform apply', () => terraform('apply', '-input=false', '-no-color', 'tour.tfplan'));
  const second = await step('terraform plan, once more', () =>
    terraform('plan', '-input=false', '-no-color'),
  );
  say(`  ${planned(second)}`);
  const state = JSON.parse(await terraform('show', '-json')) as unknown;
  const synthesized = readFileSync(join(stackOf(emulation), 'cdk.tf.json'), 'utf8');
  return { environment, state, synthesizedBytes: synthesized.length };
}

/** Takes a newcomer through synth, plan and apply; returns the exit code. */
export function tour(args: EmulationArguments): Promise<number> {
  return withEmulation({ ...args, choose }, say, async (emulation) => {
    const { environments, environment, terraform } = emulation;
    say(
      `✓ synthesized ${environments.map(({ name }) => name).join(', ')}; going on with ${environment.name} and Terraform ${terraform}`,
    );
    console.log(summarize(await walk(emulation)));
    return 0;
  });
}
