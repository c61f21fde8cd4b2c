import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'fs';
import { tmpdir } from 'os';
import { join, resolve } from 'path';
import { CommandError } from '../command-error';

/** A folder of its own in which commands run: the real tree, its state and its output stay as they are. */
export interface Workspace {
  /** The copy of the project. */
  readonly folder: string;
  /** Where settings of the emulation go. */
  readonly settings: string;
  /** Takes all of it away. */
  remove(): void;
}

/** What is made by commands, or too large to copy. */
const notCopied =
  /^(node_modules|\.git|\.cache|cdktf\.out|packer\.out|\.terraform.*|coverage|.*\.tfstate.*)$/;

/** Copies the project; the installed packages are linked. */
export function makeWorkspace(repository: string): Workspace {
  const root = mkdtempSync(join(tmpdir(), 'gitlab-runner-aws-'));
  const folder = join(root, 'project');
  const remove = () => rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  try {
    copyProject(repository, folder);
  } catch (error) {
    remove();
    throw new CommandError(`${repository} could not be copied: ${(error as Error).message}`);
  }
  return { folder, settings: join(root, 'settings'), remove };
}

function copyProject(repository: string, folder: string): void {
  mkdirSync(folder);
  for (const name of readdirSync(repository).filter((entry) => !notCopied.test(entry)))
    cpSync(join(repository, name), join(folder, name), { recursive: true });
  symlinkSync(resolve(repository, 'node_modules'), join(folder, 'node_modules'));
}
