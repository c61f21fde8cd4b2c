import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { EnvironmentsError, loadEnvironments } from '../../src/config/load';

/** Temporary folders of environments. */

/** The repository. */
export const REPOSITORY = path.join(__dirname, '..', '..');

const made: string[] = [];

/** A new folder with these files, by their path in it; `discardFolders` removes it. */
export function newFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'environments-')));
  made.push(folder);
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
  }
  return folder;
}

/** Removes what was made. For `afterEach`. */
export function discardFolders(): void {
  for (const folder of made.splice(0)) fs.rmSync(folder, { recursive: true, force: true });
}

/** The text of an environment file. */
export const fileOf = (environment: unknown): string => `export default ${JSON.stringify(environment)};\n`;

/** Everything that is wrong in a folder, without the folder's own path; none for a sound one. */
export function messagesOf(folder: string, repository = folder): string[] {
  try {
    loadEnvironments(folder, repository);
    return [];
  } catch (error) {
    if (!(error instanceof EnvironmentsError)) throw error;
    if (error.message !== error.messages.join('\n')) throw new Error('the message is not all messages');
    return error.messages.map((message) => message.replaceAll(folder, '<folder>'));
  }
}
