import { redact } from '../../../src/config/tokens';
import { CommandError } from '../../command-error';
import { Draft } from './draft';
import { removeDefaults, removeRefused } from './fit';
import { takeGlobal } from './global';
import type { FleetType, Migration } from './migration';
import { Notebook, type Note } from './notes';
import { keyOf, takeRunner } from './runner';
import { withoutSecrets } from './secrets';
import { Table } from './table';
import { setCommonTags } from './tags';

/** A fleet in our model, and what it has not from where it comes from. */
export interface Migrated {
  /** As people write it in an environment file. */
  readonly fleet: object;
  /** What is not taken over, or otherwise. */
  readonly notes: readonly Note[];
}

/** Which fleet is wanted. */
export interface Wanted {
  /** What the file is called, for errors. */
  readonly file: string;
  /** The type of the fleet. */
  readonly type: FleetType;
  /** What the fleet is called. */
  readonly name: string;
}

type Content = Readonly<Record<string, unknown>>;

/** The fleet that a file becomes. Every key is in it, says nothing, says what holds anyway, or is noted. */
export function fleetOf(config: Content, { file, type, name }: Wanted): Migrated {
  const { runners, ...global } = config;
  const entries = entriesOf(runners);
  if (!entries.some(isMachineRunner)) throw new CommandError(noRunner(file, entries));
  const notebook = new Notebook();
  const migration: Migration = { type, notebook, draft: new Draft({ type }) };
  const safe = withoutSecrets(global, '', notebook) as Content;
  const concurrent = takeGlobal(new Table(safe, '', notebook), migration);
  takeRunners(entries, concurrent, migration);
  removeRefused(migration.draft, name, notebook);
  removeDefaults(migration.draft, name);
  // What became `undefined` is gone in JSON. Runners stand behind what is short.
  const { runners: moved, ...fields } = JSON.parse(JSON.stringify(migration.draft.fleet)) as Content;
  return { fleet: { ...fields, ...(moved === undefined ? {} : { runners: moved }) }, notes: notebook.notes };
}

const entriesOf = (runners: unknown): readonly Content[] =>
  (Array.isArray(runners) ? (runners as unknown[]) : []).filter(
    (runner): runner is Content => typeof runner === 'object' && runner !== null,
  );

const isMachineRunner = ({ executor }: Content): boolean => executor === 'docker+machine';

const noRunner = (file: string, entries: readonly Content[]): string => {
  const executors = [...new Set(entries.map(({ executor }) => redact(String(executor))))].join(', ');
  return `${file}: must have a runner whose executor is docker+machine${executors === '' ? '' : `; it has ${executors}`}`;
};

function takeRunners(entries: readonly Content[], concurrent: number, migration: Migration): void {
  const { draft, notebook } = migration;
  const keys = new Set<string>();
  const tags = entries.flatMap((entry, index) => {
    const path = `runners[${index}]`;
    if (!isMachineRunner(entry)) {
      const note = 'is of another executor than docker+machine, and is left out with its whole runner';
      notebook.add(`${path}.executor`, note, String(entry.executor));
      return [];
    }
    const table = new Table(withoutSecrets(entry, path, notebook) as Content, path, notebook);
    table.take('executor');
    const key = keyOf(table.take('name'), keys);
    keys.add(key);
    return [takeRunner(table, key, concurrent, migration)];
  });
  setCommonTags(tags, draft, notebook);
}
