import type { Argv } from 'yargs';
import { runCommand } from './command';
import { printPolicies } from './packer/policy';
import { printTemplates } from './packer/template';
import { validate } from './packer/validate';

const image = <T>(yargs: Argv<T>) =>
  yargs.positional('image', { type: 'string', describe: 'name under images (default: all)' });

const environmentAndImage = (yargs: Argv) =>
  image(
    yargs.positional('environment', { type: 'string', describe: 'name of the environment (default: all)' }),
  );

const buildArguments = (yargs: Argv) =>
  image(
    yargs.positional('environment', {
      type: 'string',
      demandOption: true,
      describe: 'name of the environment',
    }),
  )
    .option('force', {
      type: 'boolean',
      default: false,
      describe: 'build although an image with this hash exists',
    })
    .option('dry-run', { type: 'boolean', default: false, describe: 'check everything and build nothing' })
    .option('json', { type: 'boolean', default: false, describe: 'print the result as JSON' });

/** `npm run packer:…`: the machine images of the model. */
void runCommand('packer', (yargs) =>
  yargs
    .command(
      'template [environment] [image]',
      'write the template of each image',
      environmentAndImage,
      printTemplates,
    )
    .command(
      'validate [environment] [image]',
      'write the templates and let Packer validate them',
      environmentAndImage,
      validate,
    )
    .command(
      'policy [environment] [image]',
      'print the least IAM policy of a builder',
      environmentAndImage,
      printPolicies,
    )
    .command(
      'build <environment> [image]',
      'check everything, build, and print the AMI',
      buildArguments,
      async (args) => {
        // The AWS SDK takes a while to load, and only a build needs it.
        const { build } = await import('./packer/build');
        await build(args);
      },
    ),
);
