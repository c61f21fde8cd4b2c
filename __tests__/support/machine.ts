import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

/** What runs on the machines, as it lies in the repository. */
export const PACKER = path.join(__dirname, '..', '..', 'packer');

/** The two scripts that only an image build runs. */
export const IMAGE_ONLY = ['clean-up.sh', 'check-clean.sh'];

/** Copies the scripts of a base as user data carries them: with those of all bases, without those of image builds. */
export function copyScripts(base: string, to: string): void {
  for (const folder of ['', base]) {
    for (const entry of fs.readdirSync(path.join(PACKER, 'scripts', folder), { withFileTypes: true })) {
      if (!entry.isFile() || IMAGE_ONLY.includes(entry.name)) continue;
      fs.cpSync(path.join(entry.parentPath, entry.name), path.join(to, entry.name));
    }
  }
}

const TMPFS_MAGIC = 0x01021994;

/** Where one test plays machine: real scripts run in it with stubbed commands first in their PATH. */
export interface Machine {
  /** On a disk or wherever temporary files are: stubs, records, templates, fake root. */
  readonly dir: string;
  /** The stubs. */
  readonly bin: string;
  /** In memory: what the token loader writes to. */
  readonly runDir: string;
  /** In memory and not part of the machine: what the stubbed AWS answers. */
  readonly aws: string;
  /** Prefix of everything that scripts install or remove. */
  readonly root: string;
}

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const machines: Machine[] = [];
const started: ChildProcess[] = [];

/** A new machine; `discardMachines` removes it. */
export function newMachine(): Machine {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'machine-'));
  const memory = fs.mkdtempSync('/dev/shm/machine-');
  const machine = {
    dir,
    bin: path.join(dir, 'bin'),
    root: path.join(dir, 'root'),
    runDir: path.join(memory, 'run'),
    aws: path.join(memory, 'aws'),
  };
  for (const folder of [machine.bin, machine.root, machine.runDir, machine.aws]) fs.mkdirSync(folder);
  machines.push(machine);
  return machine;
}

/** Ends what tests left running and removes their folders. For `afterEach`. */
export function discardMachines(): void {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  for (const machine of machines.splice(0)) {
    for (const folder of [machine.dir, path.dirname(machine.runDir)]) {
      fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    }
  }
}

/** Replaces a command. Its arguments and its environment are recorded before `body` runs. */
export function stub(machine: Machine, name: string, body = ''): void {
  const record = path.join(machine.dir, 'records');
  const lines = [
    '#!/bin/bash',
    `printf '%s\\n' "${name}\${*:+ $*}" >>'${record}.calls'`,
    `tr '\\0' '\\n' </proc/$$/environ >>'${record}.environment'`,
    body,
  ];
  fs.writeFileSync(path.join(machine.bin, name), lines.join('\n') + '\n', { mode: 0o755 });
}

/** Records a command and runs the real one. */
export function watch(machine: Machine, name: string): void {
  const real = (process.env.PATH ?? '')
    .split(':')
    .map((folder) => path.join(folder, name))
    .find((file) => fs.existsSync(file));
  if (real === undefined) throw new Error(`${name} is not installed`);
  stub(machine, name, `exec '${real}' "$@"`);
}

/** Every call of a stubbed command so far: name and arguments. */
export function calls(machine: Machine, name = ''): string[] {
  return readIfThere(path.join(machine.dir, 'records.calls'))
    .split('\n')
    .filter((line) => line !== '' && line.startsWith(name));
}

export function readIfThere(file: string): string {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
}

export function environmentOf(machine: Machine, extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  return { PATH: `${machine.bin}:${process.env.PATH ?? ''}`, ROOT: machine.root, ...extra };
}

export function run(machine: Machine, command: string[], extra: Record<string, string> = {}): Outcome {
  const [file = '', ...args] = command;
  const env = environmentOf(machine, extra);
  const { status, stdout, stderr } = spawnSync(file, args, { env, encoding: 'utf8', timeout: 30_000 });
  return { status, stdout, stderr };
}

/** A script that goes on running, with what it says. */
export class Background {
  output = '';
  /** Exit status, or the signal that ended it; undefined while it runs. */
  ended: number | string | undefined;
  readonly pid: number;
  private readonly child: ChildProcess;

  constructor(machine: Machine, command: string[], extra: Record<string, string> = {}) {
    const [file = '', ...args] = command;
    this.child = spawn(file, args, { env: environmentOf(machine, extra), stdio: ['ignore', 'pipe', 'pipe'] });
    started.push(this.child);
    this.pid = this.child.pid ?? -1;
    this.child.stdout?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.child.on('exit', (status, signal) => (this.ended = status ?? signal ?? 'unknown'));
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

/** Waits for a condition, and fails when it doesn't come true in time. */
export async function until(what: string, condition: () => boolean, milliseconds = 15_000): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`not within ${String(milliseconds)} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

/** Ids of the processes that were started on this machine and still run. */
export function processesOf({ dir }: Machine): string[] {
  const ids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return ids.filter((id) => {
    try {
      const isRunning = fs.readFileSync(`/proc/${id}/cmdline`).length > 0;
      return isRunning && fs.readFileSync(`/proc/${id}/environ`, 'utf8').includes(dir);
    } catch {
      return false; // ended meanwhile
    }
  });
}

/** Every file under a folder. */
export function filesUnder(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

/** Those files under a folder in which a text stands. */
export function filesWith(folder: string, text: string): string[] {
  return filesUnder(folder).filter(
    (file) => fs.lstatSync(file).isFile() && fs.readFileSync(file).includes(text),
  );
}

/** A folder that is not in memory, or undefined where there is none. */
export function folderOnDisk(): string | undefined {
  return [os.tmpdir(), '/var/tmp', process.cwd()].find(
    (folder) => fs.statfsSync(folder).type !== TMPFS_MAGIC,
  );
}

/** Whether a checking tool is there. Missing, it is said; in CI a missing one is an error. */
export function hasTool(name: string): boolean {
  const found = spawnSync('which', [name]).status === 0;
  if (found) return true;
  if (process.env.CI === 'true') throw new Error(`${name} is not installed, and CI must not go without it`);
  console.warn(`skipped: ${name} is not installed`);
  return false;
}
