import type { Argv } from 'yargs';
import { runCommand } from './command';
import { migrate } from './fleet/migrate';
import { fleetTypes } from './fleet/migrate/migration';

const migrateArguments = (yargs: Argv) =>
  yargs
    .positional('file', {
      type: 'string',
      demandOption: true,
      describe: 'a config.toml of gitlab-runner that uses Docker Machine',
    })
    .option('type', {
      choices: fleetTypes,
      default: fleetTypes[0],
      describe: 'fleet type that it becomes',
    })
    .option('name', { type: 'string', default: 'builds', describe: 'name of the fleet' })
    .option('json', { type: 'boolean', default: false, describe: 'print fleet and notes as JSON' });

/** `npm run fleet -- …`: the operator's commands. */
void runCommand('fleet', (yargs) =>
  yargs.command(
    'migrate <file>',
    'print the fleet that a config.toml with Docker Machine becomes',
    migrateArguments,
    migrate,
  ),
);
