import { join } from 'path';
import yargs from 'yargs';
import { endProgress } from './progress';
import { isMissed, table, verdict, type Result } from './result';
import { scalingResults } from './scaling/aims';
import { compareTraces, runScaling, scalingText } from './scaling/command';
import { measureSynthCommand } from './synth-command';

/** `npm run bench`: ratios of one run, so that they compare from machine to machine. */

/** What is measured, when no command says it. */
interface Options {
  readonly json: boolean;
  readonly pairs: number;
  readonly only?: 'command' | 'process' | undefined;
}

async function measureSynth({ only, pairs }: Options): Promise<Result[]> {
  const repository = join(__dirname, '..');
  // CDKTF takes a second to load, which a simulation doesn't need.
  const { measureSynthInProcess } = await import('./synth-in-process');
  return [
    ...(only === 'command' ? [] : measureSynthInProcess(repository)),
    ...(only === 'process' ? [] : await measureSynthCommand(repository, pairs)),
  ];
}

async function runAll(options: Options): Promise<void> {
  const comparisons = options.only === undefined ? compareTraces({ seed: 1 }) : [];
  const results = [...(await measureSynth(options)), ...scalingResults(comparisons)];
  endProgress();
  const missed = results.map((result) => ({ ...result, missed: isMissed(result) }));
  if (comparisons.length > 0 && !options.json) console.log(`${scalingText(comparisons)}\n`);
  console.log(options.json ? JSON.stringify(missed, null, 2) : `${table(results)}\n\n${verdict(results)}`);
}

/** The work that the command line asks for; what fails in it is no fault of the command line. */
async function workOf(words: readonly string[]): Promise<() => Promise<void> | void> {
  let work: () => Promise<void> | void = () => undefined;
  await yargs(words)
    .scriptName('npm run bench --')
    .option('json', { type: 'boolean', default: false, describe: 'Print the figures as JSON' })
    .command(
      '$0',
      'Measure synth, and simulate the scaling by jobs',
      (command) =>
        command
          .option('pairs', { type: 'number', default: 9, describe: 'Pairs of cdktf synth' })
          .option('only', {
            choices: ['command', 'process'] as const,
            describe: 'Only cdktf synth, or only synth in process',
          }),
      (options) => {
        work = () => runAll(options);
      },
    )
    .command(
      'scaling',
      'Only simulate the scaling by jobs',
      (command) =>
        command
          .option('trace', {
            type: 'string',
            requiresArg: true,
            describe: 'A file with a line of arrival and duration in seconds for each job',
          })
          .option('seed', { type: 'number', requiresArg: true, default: 1, describe: 'Seed of the traces' })
          .option('picture', { type: 'string', requiresArg: true, describe: 'An SVG file to draw into' }),
      (options) => {
        work = () => runScaling(options);
      },
    )
    .strict()
    .version(false)
    .fail((message, error: Error | undefined) => {
      console.error(error?.message ?? `${message}\n\nnpm run bench -- --help tells more.`);
      process.exit(2);
    })
    .parseAsync();
  return work;
}

async function main(): Promise<void> {
  const work = await workOf(process.argv.slice(2));
  await work();
}

main().catch((error: unknown) => {
  endProgress();
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
