import type { Notebook } from './notes';

/** A table of config.toml that knows which of its keys were read: nothing is passed over in silence. */

/** In Go, what is left out and what has no value of its own are the same; not for these. */
const meaningfulZeros = new Set([
  'clean_git_config',
  'safe_directory_checkout',
  'services_privileged',
  'services_limit',
  'enabled',
]);

/** Go's time that is none. */
const noTime = '0001-01-01T00:00:00.000Z';

const isTable = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a value says nothing: zero, false, an empty text, or tables and lists of such. */
function isNothing(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return !value || value === noTime;
  return Object.values(value).every(isNothing);
}

/** An element of a list, with where it stands. */
export interface Text {
  readonly text: string;
  readonly from: string;
}

/** A table, from whichever part of the file. */
export class Table {
  private readonly unread: Map<string, string>;

  constructor(
    private readonly content: Readonly<Record<string, unknown>>,
    /** Where it stands; nothing for the file itself. */
    readonly path: string,
    private readonly notebook: Notebook,
  ) {
    // gitlab-runner reads keys in any case.
    this.unread = new Map(Object.keys(content).map((key) => [key.toLowerCase(), key]));
  }

  /** Path of a key. */
  at(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`;
  }

  /** Reads a key; nothing where it says nothing. */
  take(key: string): unknown {
    const value = this.read(key);
    const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
    return (!value || isEmpty) && !meaningfulZeros.has(key) ? undefined : value;
  }

  /** Reads a number; what is none is noted. */
  takeNumber(key: string): number {
    const value = this.take(key) ?? 0;
    if (typeof value === 'number') return value;
    this.notebook.add(this.at(key), 'must be a number, and is left out', value);
    return 0;
  }

  /** Reads a list of texts, each with its path; what is none is noted. A secret has left its place empty. */
  takeTexts(key: string): Text[] {
    return this.takeList(key).flatMap((text, index) => {
      const from = `${this.at(key)}[${index}]`;
      if (typeof text === 'string') return [{ text, from }];
      if (text !== undefined) this.notebook.add(from, 'must be a text, and is left out', text);
      return [];
    });
  }

  /** Reads a table. */
  takeTable(key: string): Table | undefined {
    const value = this.take(key);
    if (value === undefined || isTable(value)) return value && new Table(value, this.at(key), this.notebook);
    this.notebook.add(this.at(key), 'must be a table, and is left out');
    return undefined;
  }

  /** A table without keys, for one that is not there. */
  emptyTable(key: string): Table {
    return new Table({}, this.at(key), this.notebook);
  }

  /** Reads a list of tables. */
  takeTables(key: string): Table[] {
    return this.takeList(key).flatMap((value, index) => {
      const path = `${this.at(key)}[${index}]`;
      if (isTable(value)) return [new Table(value, path, this.notebook)];
      this.notebook.add(path, 'must be a table, and is left out');
      return [];
    });
  }

  /** Reads a key of which every value means something. */
  takeAnything(key: string): unknown {
    return this.read(key);
  }

  /** Keys that nobody has read. */
  unreadKeys(): string[] {
    return [...this.unread.values()];
  }

  /** Whether a key has a list. */
  hasList(key: string): boolean {
    return Array.isArray(this.content[this.unread.get(key.toLowerCase()) ?? '']);
  }

  /** Notes a key that is not taken over, where it says something. */
  note(key: string, note: string): void {
    const value = this.read(key);
    if (!isNothing(value)) this.notebook.add(this.at(key), note, isTable(value) ? undefined : value);
  }

  /** Notes every key that nobody has read; nobody knows whether its value may be shown. */
  noteRest(note: string): void {
    for (const key of this.unreadKeys())
      if (!isNothing(this.read(key))) this.notebook.add(this.at(key), note);
  }

  private takeList(key: string): readonly unknown[] {
    const value = this.take(key) ?? [];
    if (Array.isArray(value)) return value;
    this.notebook.add(this.at(key), 'must be a list, and is left out', value);
    return [];
  }

  private read(key: string): unknown {
    const name = this.unread.get(key.toLowerCase());
    this.unread.delete(key.toLowerCase());
    return name === undefined ? undefined : this.content[name];
  }
}
