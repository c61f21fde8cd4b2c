import { spawn } from 'child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { progress } from './progress';
import type { Result } from './result';
import { median, pairedRatio, quartiles } from './statistics';

/** `cdktf synth` of dev and prod against that of an app without anything, with the same cdktf and the same loader. */

/** What a process of the command says of itself at its end. */
interface ProcessReport {
  /** The app, or cdktf itself. */
  readonly kind: 'app' | 'cli';
  readonly peakMegabytes: number;
  readonly milliseconds: number;
}

interface Run {
  readonly milliseconds: number;
  readonly processes: readonly ProcessReport[];
}

const emptyApp = `import { App, TerraformStack } from 'cdktf';

const app = new App({ stackTraces: false });
for (const name of ['dev', 'prod']) new TerraformStack(app, name);
app.synth();
`;

/** An app with two empty stacks, and everything else as in the repository. */
function writeEmptyApp(folder: string, repository: string): string {
  const app = join(folder, 'empty');
  mkdirSync(app);
  writeFileSync(join(app, 'main.ts'), emptyApp);
  for (const file of ['cdktf.json', 'tsconfig.json', 'package.json'])
    writeFileSync(join(app, file), readFileSync(join(repository, file)));
  symlinkSync(join(repository, 'node_modules'), join(app, 'node_modules'), 'dir');
  return app;
}

const readReports = (folder: string): ProcessReport[] =>
  readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as ProcessReport);

const finished = (
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => {
        output += data.toString();
      });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`cdktf synth failed in ${cwd}:\n${output}`)),
    );
  });

/** One `cdktf synth` of an app, into a folder that is thrown away. */
async function synth(app: string, folder: string, repository: string): Promise<Run> {
  const output = mkdtempSync(join(folder, 'run-'));
  const reports = join(output, 'reports');
  mkdirSync(reports);
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    NODE_OPTIONS: `--require ${JSON.stringify(join(__dirname, 'process-report.cjs'))}`,
    PROCESS_REPORTS: reports,
    ENVIRONMENTS_DIR: 'environments',
    CHECKPOINT_DISABLE: '1',
    DISABLE_VERSION_CHECK: '1',
  };
  const cdktf = join(repository, 'node_modules', '.bin', 'cdktf');
  const start = process.hrtime.bigint();
  await finished(cdktf, ['synth', '--output', join(output, 'out')], app, env);
  const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
  const run = { milliseconds, processes: readReports(reports) };
  rmSync(output, { recursive: true });
  return run;
}

/** The largest figure of the processes of a kind, run by run. */
const largest = (runs: readonly Run[], kind: ProcessReport['kind'], of: 'peakMegabytes' | 'milliseconds') =>
  runs.map(({ processes }) =>
    Math.max(...processes.filter((one) => one.kind === kind).map((one) => one[of])),
  );

const spread = (times: readonly number[]): string => {
  const [low, high] = quartiles(times);
  return `${median(times).toFixed(0)} ms (${low.toFixed(0)} to ${high.toFixed(0)})`;
};

const timeResult = (
  name: string,
  ours: readonly number[],
  empty: readonly number[],
  aim?: number,
): Result => ({
  name,
  value: pairedRatio(ours, empty),
  unit: 'x',
  ...(aim === undefined ? {} : { aim }),
  from: `${spread(ours)} / ${spread(empty)}, ${ours.length} pairs`,
});

const peakResult = (
  name: string,
  ours: readonly Run[],
  empty: readonly Run[],
  kind: ProcessReport['kind'],
): Result => ({
  name,
  value: median(largest(ours, kind, 'peakMegabytes')),
  unit: 'MB',
  from: `empty: ${median(largest(empty, kind, 'peakMegabytes')).toFixed(0)} MB`,
});

function resultsOf(ours: readonly Run[], empty: readonly Run[]): Result[] {
  const times = (runs: readonly Run[]) => runs.map(({ milliseconds }) => milliseconds);
  const appTimes = (runs: readonly Run[]) => largest(runs, 'app', 'milliseconds');
  return [
    timeResult('cdktf synth of dev and prod / of an empty app', times(ours), times(empty), 1.15),
    timeResult("  the app's own process", appTimes(ours), appTimes(empty)),
    peakResult('  peak memory of the app', ours, empty, 'app'),
    peakResult('  peak memory of cdktf itself', ours, empty, 'cli'),
  ];
}

/** Measures in pairs, after one run of each that fills the caches of loader and file system. */
export async function measureSynthCommand(repository: string, pairs: number): Promise<Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'gitlab-runner-aws-bench-'));
  try {
    const empty = writeEmptyApp(folder, repository);
    const runs = { ours: [] as Run[], empty: [] as Run[] };
    progress('cdktf synth: warming up');
    for (const app of [repository, empty]) await synth(app, folder, repository);
    // Which one is first changes, so that neither always follows the other.
    for (let turn = 0; turn < 2 * pairs; turn++) {
      progress(`cdktf synth: run ${turn + 1} of ${2 * pairs}`);
      const isOurs = turn % 4 === 0 || turn % 4 === 3;
      runs[isOurs ? 'ours' : 'empty'].push(await synth(isOurs ? repository : empty, folder, repository));
    }
    return resultsOf(runs.ours, runs.empty);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
