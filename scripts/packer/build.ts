import { spawnSync } from 'child_process';
import { readFileSync } from 'fs';
import { join } from 'path';
import { CommandError } from '../command';
import { callersAccount, findImage, subnetExists } from './aws';
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
  const problems = [...new Set((await Promise.all(selected.map(problemsOf))).flat())];
  if (problems.length > 0) throw new CommandError(problems.join('\n'));
  const results: BuildResult[] = [];
  for (const image of selected) results.push(await buildOne(image, args));
  if (args.json) console.log(JSON.stringify(results));
  else for (const result of results) console.log(describe(result));
}

async function problemsOf({ image, environment: { aws, name } }: SelectedImage): Promise<string[]> {
  const problems: string[] = [];
  const { subnetId, sshInterface } = image.build;
  const version = packerVersion();
  if (isOlder(version, [1, 10]))
    problems.push(`Packer ${version.join('.')} is too old: 1.10 or newer builds this template`);
  if (
    sshInterface === 'session_manager' &&
    spawnSync('session-manager-plugin', ['--version']).error !== undefined
  )
    problems.push(
      `session-manager-plugin was not found; install it, or set images.${image.name}.build.sshInterface: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html`,
    );
  try {
    const account = await callersAccount(aws);
    if (aws.accountId !== undefined && account !== aws.accountId)
      problems.push(`The credentials are of account ${account}, and ${name} is in ${aws.accountId}`);
    else if (!(await subnetExists(aws, subnetId)))
      problems.push(
        `Subnet ${subnetId} does not exist in ${aws.region} of account ${account}; set images.${image.name}.build.subnetId`,
      );
  } catch (error) {
    problems.push(`AWS could not be asked with the credentials of this shell: ${(error as Error).message}`);
  }
  return problems;
}

async function buildOne(selected: SelectedImage, { force, dryRun }: BuildArguments): Promise<BuildResult> {
  const { environment, image, hash } = selected;
  const result = { environment: environment.name, image: image.name, hash };
  const existing = await findImage(environment.aws, hash);
  if (existing !== undefined && !force) return { ...result, amiId: existing, outcome: 'exists' };
  const folder = writeTemplate(selected);
  await validateTemplate(folder, packerVersion());
  if (dryRun) return { ...result, amiId: undefined, outcome: 'checked' };
  await runPacker(['build', folder]);
  return { ...result, amiId: builtAmi(folder, environment.aws.region), outcome: 'built' };
}

interface Manifest {
  readonly builds: readonly { readonly artifact_id: string; readonly packer_run_uuid: string }[];
  readonly last_run_uuid: string;
}

/** Packer's manifest lists every run; the AMI is `<region>:<id>`, with a comma before each copy. */
function builtAmi(folder: string, region: string): string | undefined {
  const { builds, last_run_uuid: last } = JSON.parse(
    readFileSync(join(folder, 'manifest.json'), 'utf8'),
  ) as Manifest;
  const artifacts = builds.find(({ packer_run_uuid: run }) => run === last)?.artifact_id.split(',') ?? [];
  return artifacts.find((artifact) => artifact.startsWith(`${region}:`))?.slice(region.length + 1);
}

function describe({ environment, image, hash, amiId, outcome }: BuildResult): string {
  switch (outcome) {
    case 'checked':
      return `${environment} ${image}: everything that a build needs is there; hash ${hash}. Nothing was built (--dry-run).`;
    case 'exists':
      return `${environment} ${image}: ${amiId} has the hash ${hash} already; --force builds another one.\nNext: npx cdktf diff ${environment}`;
    case 'built':
      return `${environment} ${image}: built ${amiId} with the hash ${hash}.\nNext: npx cdktf diff ${environment}`;
  }
}
