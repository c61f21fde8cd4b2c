import type { Argv } from 'yargs';
import { runCommand } from './command';

const buildArguments = (yargs: Argv) =>
  yargs
    .positional('environment', { type: 'string', demandOption: true, describe: 'name of the environment' })
    .positional('image', {
      choices: ['manager', 'worker'] as const,
      describe: 'which image (default: all that the Fargate fleets use)',
    })
    .option('driver-sha256', {
      type: 'string',
      describe: 'verified SHA-256 of the Fargate driver, where the Dockerfile has none',
    })
    .option('force', {
      type: 'boolean',
      default: false,
      describe: 'insist on a build: refused where the tag exists, since a tag is never replaced',
    })
    .option('dry-run', {
      type: 'boolean',
      default: false,
      describe: 'check everything, build nothing and change nothing',
    })
    .option('json', { type: 'boolean', default: false, describe: 'print the result as JSON' });

/** `npm run docker:…`: the container images of Fargate fleets. */
void runCommand('docker', (yargs) =>
  yargs.command(
    'build <environment> [image]',
    'check everything, build, push, and print the digest',
    buildArguments,
    async (args) => {
      // The AWS SDK takes a while to load, and only a build needs it.
      const { build } = await import('./docker/build');
      await build(args);
    },
  ),
);
