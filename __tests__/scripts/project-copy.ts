import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { REPOSITORY } from '../support/folders';
import { startCommand, type Ended, type Running } from './running';

/** A clone of the project in which a test's commands run, so that it can look at everything they leave. */

const notCopied = /^(node_modules|\.git|cdktf\.out|packer\.out|coverage)$/;

/** Milliseconds between two looks at something that has no event. */
const INTERVAL = 50;

/** Waits until something holds; fails when it doesn't for so long. */
export async function until(holds: () => boolean, seconds: number, what: () => string): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !holds();) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, INTERVAL));
  }
}

/** The project in a folder with a space in its path. */
export class ProjectCopy {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'a user’s ')));
  readonly folder = join(this.root, 'my project');
  /** Where its commands put temporary files. */
  readonly temporary = join(this.root, 'tmp');
  /** In the environment of every process that comes of its commands. */
  private readonly mark = `PROJECT_COPY=${this.root}`;

  constructor() {
    mkdirSync(this.temporary);
    mkdirSync(this.folder);
    for (const name of readdirSync(REPOSITORY).filter((entry) => !notCopied.test(entry)))
      cpSync(join(REPOSITORY, name), join(this.folder, name), { recursive: true });
    symlinkSync(realpathSync(join(REPOSITORY, 'node_modules')), join(this.folder, 'node_modules'));
  }

  /** Writes a file of the project. */
  write(path: string, content: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), content);
  }

  /** Every file of the project with a digest of its content. */
  get files(): string[] {
    return readdirSync(this.folder, { recursive: true, withFileTypes: true })
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        const content = entry.isFile()
          ? readFileSync(path)
          : entry.isSymbolicLink()
            ? readlinkSync(path)
            : '';
        return `${path.slice(this.folder.length)} ${createHash('sha256').update(content).digest('hex')}`;
      })
      .sort();
  }

  /** What its commands left in the folder for temporary files; tools of Node and npm keep caches there. */
  get leftovers(): string[] {
    return readdirSync(this.temporary).filter((name) => !/^(tsx-\d+|node-compile-cache)$/.test(name));
  }

  /** Command lines of its processes that still run. */
  get processes(): string[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((id) => {
        try {
          const marked = readFileSync(`/proc/${id}/environ`, 'utf8').split('\0').includes(this.mark);
          const line = marked ? readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ') : '';
          return line === '' ? [] : [line];
        } catch {
          return [];
        }
      });
  }

  /** Starts a command in it, as from a terminal of its own. */
  start(command: readonly string[], extra: NodeJS.ProcessEnv = {}): Running {
    const [name = '', value = ''] = this.mark.split('=');
    const settled = Object.entries(process.env).filter(([key]) => !/^(AWS|TF)_/.test(key));
    const env = { ...Object.fromEntries(settled), TMPDIR: this.temporary, [name]: value, ...extra };
    return startCommand(command, { cwd: this.folder, env });
  }

  /** Runs a command to its end. */
  run(command: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended> {
    return this.start(command, env).ended;
  }

  /** `npm run emulate` without npm, whose own words would be on stdout. */
  emulate(args: readonly string[], env?: NodeJS.ProcessEnv): Running {
    const loader = pathToFileURL(require.resolve('tsx')).href;
    return this.start([process.execPath, '--import', loader, 'scripts/emulate.ts', ...args], env);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
