import { redact } from '../../../src/config/tokens';

/** What a fleet does not take over from a config.toml, or takes over otherwise. */
export interface Note {
  /** Where it stands in config.toml, such as `runners[0].machine.MaxGrowthRate`. */
  readonly path: string;
  /** What stands there; nothing where it is a secret or a whole table. */
  readonly value?: unknown;
  /** Why, and what to do: the rest of a sentence that begins with the path. */
  readonly note: string;
}

/** Takes notes, in the order in which they are made. */
export class Notebook {
  readonly notes: Note[] = [];

  /** Notes something; what looks like a token is nowhere. */
  add(path: string, note: string, value?: unknown): void {
    const shown = value === undefined ? {} : { value: JSON.parse(redact(JSON.stringify(value))) as unknown };
    this.notes.push({ path: redact(path), note: redact(note), ...shown });
  }
}

/** `<file>: <path> <note>, got <JSON value>`, on one line. */
export const formatNote = (file: string, { path, note, value }: Note): string =>
  `${file}: ${path} ${note}${value === undefined ? '' : `, got ${JSON.stringify(value)}`}`;
