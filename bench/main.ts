import { join } from 'path';
import yargs from 'yargs';
import { endProgress } from './progress';
import { isMissed, table, type Result } from './result';
import { measureSynthCommand } from './synth-command';
import { measureSynthInProcess } from './synth-in-process';

/** `npm run bench`: ratios of one run, so that they compare from machine to machine. */
async function main(): Promise<void> {
  const { json, pairs, only } = await yargs(process.argv.slice(2))
    .scriptName('npm run bench --')
    .usage('$0 [options]')
    .option('json', { type: 'boolean', default: false, describe: 'Print the figures as JSON' })
    .option('pairs', { type: 'number', default: 9, describe: 'Pairs of cdktf synth' })
    .option('only', {
      choices: ['command', 'process'] as const,
      describe: 'Only cdktf synth, or only in process',
    })
    .strict()
    .version(false)
    .fail((message, error: Error | undefined) => {
      console.error(error?.message ?? `${message}\n\nnpm run bench -- --help tells more.`);
      process.exit(2);
    })
    .parseAsync();
  const repository = join(__dirname, '..');
  const results: Result[] = [
    ...(only === 'command' ? [] : measureSynthInProcess(repository)),
    ...(only === 'process' ? [] : await measureSynthCommand(repository, pairs)),
  ];
  endProgress();
  const missed = results.filter(isMissed);
  if (json)
    console.log(
      JSON.stringify(
        results.map((result) => ({ ...result, missed: isMissed(result) })),
        null,
        2,
      ),
    );
  else
    console.log(
      `${table(results)}\n\n${missed.length === 0 ? 'Every aim is met.' : `Aims missed: ${missed.length}`}`,
    );
}

main().catch((error: unknown) => {
  endProgress();
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
