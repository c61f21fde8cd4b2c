import { spawnSync } from 'child_process';
import { readFileSync } from 'fs';
import { join } from 'path';
import { callersAccount } from '../aws';
import { typed } from '../command';
import { CommandError } from '../command-error';
import { findImage, subnetExists } from './aws';
import { selectImages, type ImageArguments, type SelectedImage } from './images';
import { isOlder, packerVersion, runPacker } from './packer-binary';
import { writeTemplate } from './template';
import { validateTemplate } from './validate';

/** How to build. */
export interface BuildArguments extends ImageArguments {
  /** Build although an image with this hash exists. */
  readonly force: boolean;
  /** Check everything and build nothing. */
  readonly dryRun: boolean;
  /** Print the result as JSON. */
  readonly json: boolean;
}

/** What became of an image. */
interface BuildResult {
  readonly environment: string;
  readonly image: string;
  readonly hash: string;
  readonly amiId: string | undefined;
  readonly outcome: 'built' | 'exists' | 'checked';
}

/** `packer:build`: checks, builds what does not exist yet, and says what comes next. */
export async function build(args: BuildArguments): Promise<void> {
  const selected = selectImages(args);
  const ofPacker = packerProblems();
  const ofImages = (await Promise.all(selected.map(problemsOf))).flat();
  const problems = [...new Set([...ofPacker, ...ofImages])];
  if (problems.length > 0) throw new CommandError(problems.join('\n'));
  const results: BuildResult[] = [];
  try {
    for (const image of selected) {
      const result = await buildOne(image, args);
      results.push(result);
      if (!args.json) console.log(describe(result));
    }
  } finally {
    // Also where a later image failed: what was built was built.
    if (args.json) console.log(JSON.stringify(results));
  }
}

function packerProblems(): string[] {
  try {
    const version = packerVersion();
    return isOlder(version, [1, 10])
      ? [`Packer ${version.join('.')} is too old: 1.10 or newer builds this template`]
      : [];
  } catch (error) {
    return [(error as CommandError).message];
  }
}

async function problemsOf(selected: SelectedImage): Promise<string[]> {
  const inAws = await awsProblem(selected).catch((error: unknown) => (error as CommandError).message);
  return [sessionPluginProblem(selected), inAws].filter((problem) => problem !== undefined);
}

/** Without the plugin Packer would start the instance, and then never reach it. */
function sessionPluginProblem({ image: { name, build } }: SelectedImage): string | undefined {
  if (build.sshInterface !== 'session_manager') return undefined;
  return spawnSync('session-manager-plugin', ['--version']).error === undefined
    ? undefined
    : `session-manager-plugin was not found; install it, or set images.${name}.build.sshInterface: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html`;
}

async function awsProblem({ image, environment }: SelectedImage): Promise<string | undefined> {
  const { aws, name } = environment;
  const account = await callersAccount(aws, 'packer');
  if (aws.accountId !== undefined && account !== aws.accountId)
    return `The credentials are of account ${account}, and ${name} is in ${aws.accountId}`;
  const { subnetId } = image.build;
  if (await subnetExists(aws, subnetId)) return undefined;
  const set = `set images.${image.name}.build.subnetId`;
  return subnetId === undefined
    ? `${aws.region} of account ${account} has no default VPC, and the network of ${name} is made by its deploy; ${set}`
    : `Subnet ${subnetId} does not exist in ${aws.region} of account ${account}; ${set}`;
}

/** Our own result alone is for stdout. */
const progress = { output: 'stderr' } as const;

async function buildOne(selected: SelectedImage, { force, dryRun }: BuildArguments): Promise<BuildResult> {
  const { environment, image, hash } = selected;
  const result = { environment: environment.name, image: image.name, hash };
  const existing = await findImage(environment.aws, hash);
  if (existing !== undefined && !force) return { ...result, amiId: existing, outcome: 'exists' };
  const folder = writeTemplate(selected);
  await validateTemplate(folder, packerVersion(), progress);
  if (dryRun) return { ...result, amiId: undefined, outcome: 'checked' };
  await runPacker(['build', folder], progress);
  return { ...result, amiId: builtAmi(folder, environment.aws.region), outcome: 'built' };
}

interface Manifest {
  readonly builds: readonly { readonly artifact_id: string; readonly packer_run_uuid: string }[];
  readonly last_run_uuid: string;
}

/** Packer's manifest lists every run; the AMI is `<region>:<id>`, with a comma before each copy. */
function builtAmi(folder: string, region: string): string {
  const path = join(folder, 'manifest.json');
  const { builds, last_run_uuid: last } = readManifest(path);
  const artifacts = builds.find(({ packer_run_uuid: run }) => run === last)?.artifact_id.split(',') ?? [];
  const ami = artifacts.find((artifact) => artifact.startsWith(`${region}:`))?.slice(region.length + 1);
  if (ami === undefined)
    throw new CommandError(`packer build ended well, and ${path} names no AMI of ${region}`);
  return ami;
}

function readManifest(path: string): Manifest {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  } catch (error) {
    throw new CommandError(
      `packer build ended well, and its result cannot be read: ${(error as Error).message}`,
    );
  }
}

function describe({ environment, image, hash, amiId, outcome }: BuildResult): string {
  const diff = `Next: ${typed(`npx cdktf diff ${environment}`)}`;
  switch (outcome) {
    case 'checked':
      return `${environment} ${image}: everything that a build needs is there; hash ${hash}. Nothing was built (--dry-run).\nNext: ${typed(`npm run packer:build -- ${environment} ${image}`)}`;
    case 'exists':
      return `${environment} ${image}: ${amiId} has the hash ${hash} already; --force builds another one.\n${diff}`;
    case 'built':
      return `${environment} ${image}: built ${amiId} with the hash ${hash}.\n${diff}`;
  }
}
