import { spawnSync } from 'child_process';
import { mkdtempSync, rmSync, mkdirSync, readFileSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import type { EnvironmentInput } from '../../src/config/environment';
import { loadEnvironments } from '../../src/config/load';
import { readProvisioning } from '../../src/provisioning/provisioning';
import { emulatedEnvironment } from '../../scripts/emulate/environment';
import { overrideTerraform } from '../../scripts/emulate/override-terraform';
import { preparePython } from '../../scripts/emulate/python';
import { startEmulator, type Given, type RunningEmulator } from '../../scripts/emulate/start-emulator';
import { terraformBinary } from '../../scripts/emulate/terraform-binary';
import { accountOf, givenBy } from '../../scripts/emulate/given-by';

/** The project that is tested. */
export const repository = join(__dirname, '../..');

/** How a command ended. */
export interface Finished {
  readonly code: number;
  readonly output: string;
}

/** A planned change of a resource. */
export interface PlannedChange {
  readonly address: string;
  readonly type: string;
  readonly actions: readonly string[];
}

/** What a deployment is made of. */
interface DeploymentParts {
  readonly name: string;
  readonly folder: string;
  readonly emulator: RunningEmulator;
  readonly env: NodeJS.ProcessEnv;
  readonly terraform: string;
  readonly accountId: string;
}

/**
 * One environment in a folder of its own with an emulated AWS behind it: written as a file, synthesized by the real
 * main.ts, planned and applied by the real Terraform and provider.
 */
export class Deployment {
  private constructor(private readonly parts: DeploymentParts) {}

  /** Name of the environment. */
  get name(): string {
    return this.parts.name;
  }

  /** Folder with everything of this deployment. */
  get folder(): string {
    return this.parts.folder;
  }

  /** The emulated AWS. */
  get emulator(): RunningEmulator {
    return this.parts.emulator;
  }

  /** Environment of commands. */
  get env(): NodeJS.ProcessEnv {
    return this.parts.env;
  }

  /** Starts with what the environment refers to as given; `withImages: false` without its machine images. */
  static async start(
    name: string,
    input: EnvironmentInput,
    withImages = true,
    more: readonly Given[] = [],
  ): Promise<Deployment> {
    const folder = mkdtempSync(join(tmpdir(), 'deployment-'));
    mkdirSync(join(folder, 'environments'));
    writeEnvironment(folder, name, input);
    const environment = loadEnvironments(join(folder, 'environments'), repository)[0];
    if (environment === undefined) throw new Error('no environment');
    const accountId = accountOf(environment);
    const given = [...givenBy(environment, readProvisioning(repository), withImages), ...more];
    const emulator = await startEmulator({
      python: await preparePython(() => undefined),
      given,
      defaultAccountId: accountId,
    });
    const region = environment.aws.region;
    const env = emulatedEnvironment({
      url: emulator.url,
      region,
      accountId,
      directory: join(folder, 'settings'),
    });
    const { path } = await terraformBinary();
    return new Deployment({ name, folder, emulator, env, terraform: path, accountId });
  }

  /** Folder of the synthesized stack. */
  get stack(): string {
    return join(this.folder, 'cdktf.out', 'stacks', this.name);
  }

  /** The synthesized JSON. */
  get synthesized(): string {
    return readFileSync(join(this.stack, 'cdk.tf.json'), 'utf8');
  }

  /** Writes the environment, synthesizes and initializes. */
  synth(input: EnvironmentInput): void {
    writeEnvironment(this.folder, this.name, input);
    const env = {
      ...this.env,
      CDKTF_OUTDIR: join(this.folder, 'cdktf.out'),
      ENVIRONMENTS_DIR: join(this.folder, 'environments'),
    };
    const { code, output } = finished(
      spawnSync('node', ['--import', 'tsx', 'main.ts'], { cwd: repository, env, encoding: 'utf8' }),
    );
    if (code !== 0) throw new Error(output);
    overrideTerraform(this.stack, this.parts.accountId);
    this.run('init', '-input=false', '-no-color');
  }

  /** Runs Terraform; a failure is an answer. */
  try(...args: string[]): Finished {
    return finished(
      spawnSync(this.parts.terraform, args, {
        cwd: this.stack,
        env: this.env,
        encoding: 'utf8',
        maxBuffer: 1e9,
      }),
    );
  }

  /** Runs Terraform; a failure is an error. */
  run(...args: string[]): string {
    const { code, output } = this.try(...args);
    if (code !== 0) throw new Error(`terraform ${args.join(' ')}: ${output}`);
    return output;
  }

  /** What a plan would change; reading alone counts where nothing else does, since such a plan is not empty. */
  plan(...args: string[]): PlannedChange[] {
    this.run('plan', '-input=false', '-no-color', '-out=plan.tfplan', ...args);
    interface Shown {
      resource_changes?: { address: string; type: string; change: { actions: string[] } }[];
    }
    const shown = JSON.parse(this.run('show', '-json', 'plan.tfplan')) as Shown;
    const all = (shown.resource_changes ?? [])
      .map(({ address, type, change }) => ({ address, type, actions: change.actions }))
      .filter(({ actions }) => actions.join() !== 'no-op');
    const changes = all.filter(({ actions }) => actions.join() !== 'read');
    return changes.length > 0 ? changes : all;
  }

  /** What another environment would change: type and action of each, sorted. */
  changes(input: EnvironmentInput): string[] {
    this.synth(input);
    return this.plan()
      .map(({ type, actions }) => `${type} ${actions.join()}`)
      .sort();
  }

  /** Applies; returns what Terraform printed. */
  apply(): string {
    return this.run('apply', '-input=false', '-no-color', '-auto-approve');
  }

  /** Destroys; returns what Terraform printed. */
  destroy(): string {
    return this.run('destroy', '-input=false', '-no-color', '-auto-approve');
  }

  /** Ends the emulated AWS and takes the folder away. */
  async stop(): Promise<void> {
    await this.emulator.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const finished = ({
  status,
  stdout,
  stderr,
}: {
  status: number | null;
  stdout: string;
  stderr: string;
}): Finished => ({
  code: status ?? 1,
  output: `${stdout}${stderr}`,
});

const writeEnvironment = (folder: string, name: string, input: EnvironmentInput): void =>
  writeFileSync(join(folder, 'environments', `${name}.ts`), `export default ${JSON.stringify(input)};\n`);
