import { name as fleetName } from '../../src/config/primitives';
import { CommandError } from '../command-error';
import { fleetOf } from './migrate/fleet';
import type { FleetType } from './migrate/migration';
import { formatNote } from './migrate/notes';
import { readConfig } from './migrate/read';
import { fleetEntry } from './migrate/typescript';

/** What to move, and to what. */
export interface MigrateArguments {
  /** A config.toml of gitlab-runner. */
  readonly file: string;
  /** The fleet type that it becomes. */
  readonly type: FleetType;
  /** What the fleet is called. */
  readonly name: string;
  /** Print fleet and notes as JSON. */
  readonly json: boolean;
}

/** `fleet migrate`: prints the fleet that a config.toml with Docker Machine becomes, and notes what it does not. */
export function migrate({ file, type, name, json }: MigrateArguments): void {
  const wrong = fleetName.safeParse(name).error?.issues[0]?.message;
  if (wrong !== undefined) throw new CommandError(`--name ${wrong}, got ${JSON.stringify(name)}`);
  const { fleet, notes } = fleetOf(readConfig(file), { file, type, name });
  if (json) {
    console.log(JSON.stringify({ fleet, notes }));
    return;
  }
  process.stdout.write(fleetEntry(name, fleet));
  for (const note of notes) console.error(formatNote(file, note));
}
