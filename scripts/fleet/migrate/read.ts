import { readFileSync } from 'node:fs';
import { parse, TomlError } from 'smol-toml';
import { CommandError } from '../../command-error';

/** Reads a config.toml. What is wrong is said by its place: the text has tokens. */
export function readConfig(file: string): Readonly<Record<string, unknown>> {
  const text = readText(file);
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new CommandError(`${file}: is not valid TOML: line ${error.line}, column ${error.column}`);
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : String(code);
    throw new CommandError(`${file}: can't be read: ${reason}`);
  }
}
