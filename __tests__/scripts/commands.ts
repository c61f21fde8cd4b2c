import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { cpSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fileOf, REPOSITORY } from '../support/folders';
import { startCommand, type Ended, type Running } from './running';

/** Commands of the project as child processes, as a user's shell starts them. */

const loader = pathToFileURL(require.resolve('tsx')).href;

/** Nothing of the machine's own settings for AWS and Terraform. */
const withoutSettings = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS|TF|PKR|PACKER)_/.test(name)));

/** A folder in which the user stands: environments, and stubs that come before the real programs. */
export class Shell {
  readonly folder: string;
  private readonly bin: string;
  private readonly log: string;

  constructor(environments: Readonly<Record<string, unknown>> = {}) {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), 'shell-')));
    this.bin = join(this.folder, 'bin');
    this.log = join(this.folder, 'stubs.log');
    mkdirSync(this.bin);
    for (const [name, environment] of Object.entries(environments))
      this.write(
        `environments/${name}.ts`,
        typeof environment === 'string' ? environment : fileOf(environment),
      );
  }

  /** Writes a file into the folder. */
  write(path: string, content: string, mode = 0o644): string {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, mode);
    return file;
  }

  /** Puts a program in front of all others: a bash script that notes its arguments and goes on with this. */
  stub(name: string, script: string): void {
    const note = `#!/bin/bash\nprintf '%s\\n' "${name} $*" >>'${this.log}'\n`;
    this.write(`bin/${name}`, note + script, 0o755);
  }

  /** Calls of stubs, in their order. */
  get calls(): string[] {
    return existsSync(this.log) ? readFileSync(this.log, 'utf8').trim().split('\n') : [];
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8');
  }

  has(path: string): boolean {
    return existsSync(join(this.folder, path));
  }

  /** Starts a script of the project. */
  start(script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    return this.spawn([process.execPath, '--import', loader, join(REPOSITORY, script), ...args], env);
  }

  /** Runs any command to its end. */
  run(command: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return this.spawn(command, env).ended;
  }

  private spawn(command: readonly string[], extra: NodeJS.ProcessEnv): Running {
    const env = { ...withoutSettings(), PATH: [this.bin, process.env.PATH].join(delimiter), ...extra };
    return startCommand(command, { cwd: this.folder, env });
  }

  /** Runs a packer command to its end. */
  packer(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended> {
    return this.start('scripts/packer.ts', args, env).ended;
  }

  /** Takes files of the repository along. */
  copy(path: string): void {
    cpSync(join(REPOSITORY, path), join(this.folder, path), { recursive: true });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Shells of a test file; `removeShells` is for `afterEach`. */
const shells: Shell[] = [];

/** A shell that goes away after the test. */
export function shell(environments?: Readonly<Record<string, unknown>>): Shell {
  const made = new Shell(environments);
  shells.push(made);
  return made;
}

/** Removes what was made. */
export function removeShells(): void {
  for (const one of shells.splice(0)) one.remove();
}

/** A Packer that does nothing well. */
export const stubPacker = (version = '1.16.0', build = ''): string => `case $1 in
  version) echo 'Packer v${version}' ;;
  validate) echo 'The configuration is valid.' ;;
  build) shift; folder=$1
${build} ;;
esac
`;
