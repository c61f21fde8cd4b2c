import type { Environment } from '../../src/config/model';
import { callersAccount } from '../aws';
import { typed } from '../command';
import { CommandError } from '../command-error';
import { checksumProblem } from './driver';
import { findPushed, type PushedImage } from './ecr';
import { findEngine, type Engine } from './engine';
import { selectEnvironment, selectImages, type ImageArguments, type SelectedImage } from './images';
import { buildAndPush } from './push';

/** How to build. */
export interface BuildArguments extends ImageArguments {
  /** Verified SHA-256 of the Fargate driver. @default the Dockerfile's */
  readonly driverSha256?: string | undefined;
  /** Insist on a build; refused where the image exists. */
  readonly force: boolean;
  /** Check everything and build nothing. */
  readonly dryRun: boolean;
  /** Print the result as JSON. */
  readonly json: boolean;
}

/** What became of an image. */
interface BuildResult extends Partial<PushedImage> {
  readonly environment: string;
  readonly image: string;
  readonly repository: string;
  readonly tag: string;
  readonly outcome: 'pushed' | 'exists' | 'checked';
}

/** An image, and what the registry has of it. */
interface KnownImage extends SelectedImage {
  readonly pushed: PushedImage | undefined;
}

/** `docker:build`: checks, builds and pushes what does not exist yet, and says what comes next. */
export async function build(args: BuildArguments): Promise<void> {
  const environment = selectEnvironment(args.environment);
  const selected = selectImages(environment, args);
  const engine = await checkedEngine(environment);
  const images = await Promise.all(selected.map(withPushed));
  refuse(images.flatMap((image) => problemsOf(image, args)));
  const results: BuildResult[] = [];
  try {
    for (const image of images) {
      const result = await buildOne(image, engine, args);
      results.push(result);
      if (!args.json) console.log(describe(result, args));
    }
  } finally {
    // Also where a later image failed: what was pushed was pushed.
    if (args.json) console.log(JSON.stringify(results));
  }
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new CommandError(problems.join('\n'));
}

/** The engine, if it and the credentials are as a build needs them; refuses with everything that is wrong. */
async function checkedEngine(environment: Environment): Promise<Engine> {
  const [engine, account] = await Promise.allSettled([
    Promise.resolve().then(findEngine),
    refuseOtherAccount(environment),
  ]);
  const failed = [engine, account].filter((check) => check.status === 'rejected');
  refuse(failed.map(({ reason }) => (reason as Error).message));
  return (engine as PromiseFulfilledResult<Engine>).value;
}

async function refuseOtherAccount({ aws, name }: Environment): Promise<void> {
  const account = await callersAccount(aws, 'docker');
  if (aws.accountId !== undefined && account !== aws.accountId)
    throw new CommandError(`The credentials are of account ${account}, and ${name} is in ${aws.accountId}`);
}

const withPushed = async (image: SelectedImage): Promise<KnownImage> => ({
  ...image,
  pushed: await findPushed(image.environment.aws, image.repository, image.content.hash),
});

function problemsOf(image: KnownImage, { force, driverSha256 }: BuildArguments): string[] {
  const { pushed, repository, environment, content } = image;
  if (pushed === undefined) return [checksumProblem(image, driverSha256)].filter((one) => one !== undefined);
  const removal = `aws ecr batch-delete-image --region ${environment.aws.region} --repository-name ${repository} --image-ids imageTag=${content.hash}`;
  return force
    ? [
        `${pushed.uri}:${content.hash} exists, and tags are immutable: --force can't replace it. Delete it first, if no task needs it: ${removal}`,
      ]
    : [];
}

async function buildOne(image: KnownImage, engine: Engine, args: BuildArguments): Promise<BuildResult> {
  const { environment, kind, repository, content, pushed } = image;
  const result = { environment: environment.name, image: kind, repository, tag: content.hash };
  if (pushed !== undefined) return { ...result, ...pushed, outcome: 'exists' };
  if (args.dryRun) return { ...result, outcome: 'checked' };
  await buildAndPush(image, engine, args.driverSha256);
  const made = await findPushed(environment.aws, repository, content.hash);
  if (made === undefined)
    throw new CommandError(`docker push ended well, and ECR has no ${repository}:${content.hash}`);
  return { ...result, ...made, outcome: 'pushed' };
}

function describe(
  { environment, image, repository, tag, uri, digest, outcome }: BuildResult,
  args: BuildArguments,
): string {
  const diff = `Next: ${typed(`npx cdktf diff ${environment}`)}`;
  switch (outcome) {
    case 'checked':
      return `${environment} ${image}: everything that a build needs is there; ${repository}:${tag}. Nothing was built (--dry-run).\nNext: ${typed(buildCommand(image, args))}`;
    case 'exists':
      return `${environment} ${image}: ${uri}:${tag} exists already, digest ${digest}.\n${diff}`;
    case 'pushed':
      return `${environment} ${image}: pushed ${uri}:${tag}, digest ${digest}.\n${diff}`;
  }
}

/** The command that builds what was only checked. */
const buildCommand = (image: string, { environment, architecture, driverSha256 }: BuildArguments): string =>
  [
    `npm run docker:build -- ${environment} ${image}`,
    ...(architecture === 'x86_64' ? [] : [`--architecture ${architecture}`]),
    ...(driverSha256 === undefined ? [] : [`--driver-sha256 ${driverSha256}`]),
  ].join(' ');
