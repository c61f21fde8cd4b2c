import { isDeepStrictEqual } from 'node:util';
import type { TomlKeys, TomlTable } from '../../../src/rendering/toml-keys';
import type { Table } from './table';

/** Keys and indices from a fleet on. */
export type Path = readonly (string | number)[];

type Container = Record<string | number, unknown>;

/** A value that was written. */
export interface Source {
  /** Where it stands in the fleet. */
  readonly path: Path;
  /** Where it comes from in config.toml. */
  readonly from: string;
}

const plain = { configurable: true, enumerable: true, writable: true };

const beginsWith = (path: Path, start: Path): boolean => start.every((part, index) => part === path[index]);

/** A value without the places that secrets have left empty; nothing for a list or an object of such alone. */
function withoutGaps(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const rest = withoutGaps(inner);
    return rest === undefined ? [] : [[key, rest] as const];
  });
  if (kept.length === 0 && Object.keys(value).length > 0) return undefined;
  return Array.isArray(value) ? kept.map(([, rest]) => rest) : Object.fromEntries(kept);
}

/** A fleet that is being written, and where in config.toml each of its values comes from. */
export class Draft {
  private sources: Source[] = [];

  constructor(readonly fleet: Container) {}

  /** Writes a value; nothing for one that is not there. */
  set(path: Path, given: unknown, from: string): void {
    const value = withoutGaps(given);
    if (value === undefined) return;
    let target = this.fleet;
    path.slice(0, -1).forEach((part, index) => {
      target = (target[part] ??= typeof path[index + 1] === 'number' ? [] : {}) as Container;
    });
    // Not by assignment, which for `__proto__` would be something else.
    Object.defineProperty(target, path.at(-1) ?? '', { ...plain, value });
    this.sources.push({ path, from });
  }

  /** What stands at a path. */
  get(path: Path): unknown {
    return path.reduce<unknown>((value, part) => (value as Container | undefined)?.[part], this.fleet);
  }

  /** Where a value comes from: all that is in it, else what it is in. */
  sourcesOf(path: Path): Source[] {
    const within = this.sources.filter((source) => beginsWith(source.path, path));
    return within.length > 0
      ? within
      : this.sources.filter((source) => beginsWith(path, source.path)).slice(-1);
  }

  /** Takes a value out, with what is empty then unless it was written itself. Those behind it in a list move up. */
  remove(path: Path): void {
    const around = path.slice(0, -1);
    const parent = this.get(around) as Container;
    const last = path.at(-1) ?? '';
    this.sources = this.sources.filter((source) => !beginsWith(source.path, path));
    if (Array.isArray(parent)) {
      parent.splice(Number(last), 1);
      this.sources = this.sources.map((source) => movedUp(source, path));
    } else Reflect.deleteProperty(parent, last);
    const wasWritten = this.sources.some((source) => isDeepStrictEqual(source.path, around));
    if (around.length > 0 && Object.keys(parent).length === 0 && !wasWritten) this.remove(around);
  }

  /** Takes over what a table of names has, as it is. */
  takeKeys(path: Path, keys: TomlKeys, table: Table): void {
    for (const [field, key] of Object.entries(keys)) {
      if (typeof key === 'string') this.set([...path, field], table.take(key), table.at(key));
      else this.takeWithin([...path, field], key, table);
    }
  }

  private takeWithin(path: Path, [key, fields]: TomlTable, table: Table): void {
    const inner: [Path, Table | undefined][] = table.hasList(key)
      ? table.takeTables(key).map((element, index) => [[...path, index], element])
      : [[path, table.takeTable(key)]];
    for (const [place, found] of inner) {
      if (found === undefined) continue;
      this.takeKeys(place, fields, found);
      found.noteRest('is not a key that this project knows, and is left out');
    }
  }
}

/** A source behind an element that is gone. */
function movedUp(source: Source, removed: Path): Source {
  const place = removed.length - 1;
  const index = source.path[place];
  const isBehind =
    beginsWith(source.path, removed.slice(0, -1)) &&
    typeof index === 'number' &&
    index > Number(removed[place]);
  return isBehind
    ? { ...source, path: [...source.path.slice(0, place), index - 1, ...source.path.slice(place + 1)] }
    : source;
}
