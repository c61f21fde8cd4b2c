import { fleetOf, type Migrated } from '../../scripts/fleet/migrate/fleet';
import type { FleetType } from '../../scripts/fleet/migrate/migration';
import { minimal, type Loose } from '../support/environments';

/** What `fleet migrate` makes of tables of config.toml, without a file. */

export const types = ['docker-autoscaler', 'docker-machine'] as const;

/** The fleet and its notes. */
export const migrated = (config: object, type: FleetType): Migrated =>
  fleetOf(config as Loose, { file: 'config.toml', type, name: 'builds' });

/** A config.toml with one runner of Docker Machine, as tables. */
export const config = (runner: object = {}, machine: object = {}, global: object = {}): Loose => ({
  concurrent: 10,
  ...global,
  runners: [
    { name: 'builds', url: 'https://gitlab.com', executor: 'docker+machine', limit: 10, ...runner, machine },
  ],
});

/** The same with options of Docker Machine; the instance type is one of them. */
export const withOptions = (...options: string[]): Loose =>
  config({}, { IdleTime: 1200, MachineOptions: ['amazonec2-instance-type=m6i.large', ...options] });

/** The one runner of a migrated fleet; none is one without fields. */
export function runnerOf({ fleet }: Migrated): Loose {
  const { runners = {} } = fleet as { runners?: Loose };
  return (runners.builds ?? {}) as Loose;
}

/** Its machines. */
export const machinesOf = (result: Migrated): Loose => {
  const { machine, workers } = runnerOf(result);
  return (machine ?? workers ?? {}) as Loose;
};

/** An environment with a migrated fleet. */
export const environmentWith = ({ fleet }: Migrated): Loose => ({ ...minimal(), fleets: { builds: fleet } });

/** Notes as `path note`, without those of every runner. */
export const notesOf = ({ notes }: Migrated): string[] => notes.map(({ path, note }) => `${path} ${note}`);
