import { App } from 'cdktf';
import { mkdtempSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { setFlagsFromString } from 'v8';
import { runInNewContext } from 'vm';
import type { EnvironmentInput } from '../src/config/environment';
import type { Environment } from '../src/config/model';
import { parseEnvironment } from '../src/config/parse';
import { readProvisioning, type Provisioning } from '../src/provisioning/provisioning';
import { EnvironmentStack } from '../src/stacks/environment-stack';
import { progress } from './progress';
import { RawEstate, type Texts } from './raw-estate';
import { format, type Result } from './result';
import { median, pairedRatio } from './statistics';

/** Synth in process: an environment of many fleets against the same resources in raw CDKTF. */

// CDKTF keeps a stack trace of every token; with source maps these cost more than the rest.
process.setSourceMapsEnabled(false);

setFlagsFromString('--expose-gc');
/** Collects garbage before a measurement, so that none of another one is paid for in it. */
const collectGarbage = runInNewContext('gc') as () => void;

const fleetNames = (count: number): string[] => Array.from({ length: count }, (_, index) => `fleet-${index}`);

/** The smallest environment, with as many fleets as wanted. */
function environmentOf(count: number): Environment {
  const input: EnvironmentInput = {
    project: 'acme',
    aws: { region: 'eu-central-1' },
    network: { type: 'existing', vpcId: 'vpc-0a1b2c3d4e5f60718', subnetIds: ['subnet-0a1b2c3d4e5f60718'] },
    fleets: Object.fromEntries(
      fleetNames(count).map((name) => [name, { type: 'autoscaling-group', capacity: { min: 1, max: 2 } }]),
    ),
  };
  const { environment, refusals } = parseEnvironment('dev', input, () => undefined);
  if (environment === undefined)
    throw new Error(`the benchmark's own environment is refused: ${JSON.stringify(refusals)}`);
  return environment;
}

/** Milliseconds of processor time, garbage collection included: unlike a clock it doesn't run while others do. */
function timed(work: () => void): number {
  collectGarbage();
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** Synthesizes what `build` puts into an app, and tells how long it took. */
const timedSynth = (folder: string, build: (app: App) => void): number =>
  timed(() => {
    const app = new App({ outdir: folder, stackTraces: false });
    build(app);
    app.synth();
  });

type Json = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;

const synthesized = (folder: string): Json =>
  JSON.parse(readFileSync(join(folder, 'stacks', 'dev', 'cdk.tf.json'), 'utf8')) as Json;

/** Number of every kind of resource, data source and output. */
const census = ({ resource = {}, data = {}, output = {} }: Json): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...Object.entries({ ...resource, ...data }), ['output', output] as const]
      .map(([type, instances]) => [type, Object.keys(instances).length] as const)
      .sort(([one], [other]) => one.localeCompare(other)),
  );

const firstOf = (json: Json, type: string): Readonly<Record<string, unknown>> =>
  Object.values(json.resource?.[type] ?? {})[0] as Readonly<Record<string, unknown>>;

const documentOf = (json: Json, type: string): string => {
  const documents = Object.values(json.resource?.aws_ssm_document ?? {}) as {
    readonly document_type: string;
    readonly content: string;
  }[];
  return documents.find(({ document_type }) => document_type === type)?.content ?? '';
};

/** The long texts of a real estate, so that both write the same number of bytes. */
const textsOf = (json: Json): Texts => ({
  userData: String(firstOf(json, 'aws_launch_template').user_data),
  policy: String(firstOf(json, 'aws_iam_role_policy').policy),
  keyPolicy: String(firstOf(json, 'aws_kms_key').policy),
  sessionDocument: documentOf(json, 'Session'),
  drainDocument: documentOf(json, 'Command'),
});

interface Bench {
  readonly provisioning: Provisioning;
  readonly texts: Texts;
  readonly folders: { readonly ours: string; readonly raw: string };
}

interface Sample {
  readonly fleets: number;
  readonly ours: number[];
  readonly raw: number[];
}

const synthOurs = ({ provisioning, folders }: Bench, environment: Environment): number =>
  timedSynth(folders.ours, (app) => {
    new EnvironmentStack(app, environment, provisioning);
  });

const synthRaw = ({ texts, folders }: Bench, names: readonly string[]): number =>
  timedSynth(folders.raw, (app) => {
    new RawEstate(app, names, texts);
  });

/** A benchmark against another number of resources would be worth nothing. */
function checkSameCensus({ folders }: Bench): void {
  const [ours, raw] = [folders.ours, folders.raw].map((folder) =>
    JSON.stringify(census(synthesized(folder))),
  );
  if (ours !== raw)
    throw new Error(`the raw estate has other resources (bench/raw-estate.ts):\n${ours}\n${raw}`);
}

function sample(bench: Bench, fleets: number, pairs: number): Sample {
  const environment = environmentOf(fleets);
  const names = fleetNames(fleets);
  const result: Sample = { fleets, ours: [], raw: [] };
  for (let pair = 0; pair < pairs; pair++) {
    progress(`synth in process: ${fleets} fleets, pair ${pair + 1} of ${pairs}`);
    const oursFirst = pair % 2 === 0;
    if (oursFirst) result.ours.push(synthOurs(bench, environment));
    result.raw.push(synthRaw(bench, names));
    if (!oursFirst) result.ours.push(synthOurs(bench, environment));
  }
  checkSameCensus(bench);
  return result;
}

const perFleet = ({ fleets }: Sample, times: readonly number[]): number => (median(times) / fleets) * 1000;

const ratioResult = (one: Sample): Result => ({
  name: `synth of ${one.fleets} fleets / the same in raw CDKTF`,
  value: pairedRatio(one.ours, one.raw),
  unit: 'x',
  aim: 1.3,
  from: `${format(median(one.ours), 'ms')} / ${format(median(one.raw), 'ms')}, ${one.ours.length} pairs`,
});

function growthResult(small: Sample, large: Sample): Result {
  const growth = (which: 'ours' | 'raw') => perFleet(large, large[which]) / perFleet(small, small[which]);
  const cost = (one: Sample) => format(perFleet(one, one.ours), 'µs');
  return {
    name: `time per fleet at ${large.fleets} / at ${small.fleets}`,
    value: growth('ours'),
    unit: 'x',
    aim: 1.3,
    from: `${cost(large)} / ${cost(small)}; raw CDKTF: ${format(growth('raw'), 'x')}`,
  };
}

/** The model is parsed before a stack is made; measured apart, since raw CDKTF has none. */
function parseResult(fleets: number): Result {
  progress(`parsing ${fleets} fleets`);
  const times = Array.from({ length: 5 }, () => timed(() => environmentOf(fleets)));
  return { name: `parsing the model of ${fleets} fleets`, value: median(times), unit: 'ms' };
}

/** Measures 1, 10, 100 and 1,000 fleets, each in alternating pairs. */
export function measureSynthInProcess(repository: string): Result[] {
  const folder = mkdtempSync(join(tmpdir(), 'gitlab-runner-aws-bench-'));
  try {
    const folders = { ours: join(folder, 'ours'), raw: join(folder, 'raw') };
    const provisioning = readProvisioning(repository);
    const empty = { userData: '', policy: '', keyPolicy: '', sessionDocument: '', drainDocument: '' };
    synthOurs({ provisioning, folders, texts: empty }, environmentOf(1));
    const bench = { provisioning, folders, texts: textsOf(synthesized(folders.ours)) };
    sample(bench, 10, 10);
    const samples = (
      [
        [1, 31],
        [10, 15],
        [100, 9],
        [1000, 3],
      ] as const
    ).map(([fleets, pairs]) => sample(bench, fleets, pairs));
    const [, , hundred, thousand] = samples as [Sample, Sample, Sample, Sample];
    return [
      ...samples.map(ratioResult),
      growthResult(hundred, thousand),
      parseResult(100),
      parseResult(1000),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
