import type { Argv } from 'yargs';
import { runCommand } from './command';
import { runEmulated } from './emulate/run-emulated';
import { tour } from './emulate/tour';

const define = (yargs: Argv) =>
  yargs
    .usage(
      'npm run emulate: the whole path on an emulated AWS\nnpm run emulate -- [options] <command…>: any command with it behind',
    )
    .option('images', {
      type: 'boolean',
      default: true,
      describe: 'the AMIs and container images of the model exist (--no-images: none does)',
    })
    .option('empty', {
      type: 'boolean',
      default: false,
      describe: 'nothing exists, not even what the environments refer to as given',
    })
    // Everything behind the command's name is the command's own, and stays as it was written: 0x10 is no 16.
    .parserConfiguration({ 'halt-at-non-option': true, 'parse-positional-numbers': false })
    .command('$0', false, {}, async ({ _: command, images, empty }) => {
      const settings = { images: images as boolean, empty: empty as boolean };
      process.exitCode =
        command.length === 0 ? await tour(settings) : await runEmulated(command.map(String), settings);
    });

/** `npm run emulate`: without an account, on this machine. */
void runCommand('emulate', define, process.argv.slice(2), { demandCommand: false });
