import type { BuiltContainerImage } from '../../src/config/fleet-model';
import type { Environment } from '../../src/config/model';
import { callersAccount } from '../aws';
import { typed } from '../command';
import { CommandError } from '../command-error';
import { checksumProblem } from './driver';
import { findPushed, type PushedImage } from './ecr';
import { findEngine, type Engine } from './engine';
import { selectEnvironment, selectImages, type ImageArguments, type SelectedImage } from './images';
import { buildAndPush } from './push';
import { tagRepository } from './repository-tags';

/** How to build. */
export interface BuildArguments extends ImageArguments {
  /** Verified SHA-256 of the Fargate driver. @default the Dockerfile's */
  readonly driverSha256?: string | undefined;
  /** Insist on a build; refused where the image exists. */
  readonly force: boolean;
  /** Check everything, build nothing and change nothing. */
  readonly dryRun: boolean;
  /** Print the result as JSON. */
  readonly json: boolean;
}

/** What became of an image. */
interface BuildResult extends Pick<BuiltContainerImage, 'image' | 'architecture' | 'repository'> {
  readonly environment: string;
  readonly tag: string;
  readonly uri?: string;
  readonly digest?: string;
  readonly outcome: 'pushed' | 'exists' | 'checked';
}

/** An image, and what the registry has of it. */
interface KnownImage extends SelectedImage {
  readonly pushed: PushedImage | undefined;
}

/** `docker:build`: checks, builds and pushes what does not exist yet, lets stacks find it, and says what comes next. */
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
      if (!args.json) console.log(describe(result));
    }
  } finally {
    // Also where a later image failed: what was pushed was pushed.
    if (args.json) console.log(JSON.stringify(results));
  }
  if (!args.json) console.log(nextStep(args));
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new CommandError([...new Set(problems)].join('\n'));
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

const withPushed = async (selected: SelectedImage): Promise<KnownImage> => ({
  ...selected,
  pushed: await findPushed(selected.environment.aws, selected.image.repository, selected.content.hash),
});

function problemsOf(known: KnownImage, { force, driverSha256 }: BuildArguments): string[] {
  const { pushed, image, environment, content } = known;
  if (pushed === undefined) return [checksumProblem(known, driverSha256)].filter((one) => one !== undefined);
  const removal = `aws ecr batch-delete-image --region ${environment.aws.region} --repository-name ${image.repository} --image-ids imageTag=${content.hash}`;
  return force
    ? [
        `${pushed.uri}:${content.hash} exists, and tags are immutable: --force can't replace it. Delete it first, if no task needs it: ${removal}`,
      ]
    : [];
}

async function buildOne(known: KnownImage, engine: Engine, args: BuildArguments): Promise<BuildResult> {
  const outcome = known.pushed === undefined ? (args.dryRun ? 'checked' : 'pushed') : 'exists';
  if (args.dryRun) return resultOf(known, known.pushed, outcome);
  const pushed = known.pushed ?? (await pushedAnew(known, engine, args));
  await tagRepository(known, pushed);
  return resultOf(known, pushed, outcome);
}

/** Builds an image, and says what ECR has of it afterwards. */
async function pushedAnew(
  selected: SelectedImage,
  engine: Engine,
  { driverSha256 }: BuildArguments,
): Promise<PushedImage> {
  const { environment, image, content } = selected;
  await buildAndPush(selected, engine, driverSha256);
  const made = await findPushed(environment.aws, image.repository, content.hash);
  if (made === undefined)
    throw new CommandError(`docker push ended well, and ECR has no ${image.repository}:${content.hash}`);
  return made;
}

const resultOf = (
  { environment, image: { image, architecture, repository }, content }: SelectedImage,
  pushed: PushedImage | undefined,
  outcome: BuildResult['outcome'],
): BuildResult => ({
  environment: environment.name,
  image,
  architecture,
  repository,
  tag: content.hash,
  ...(pushed === undefined ? {} : { uri: pushed.uri, digest: pushed.digest }),
  outcome,
});

function describe(result: BuildResult): string {
  const { environment, image, architecture, repository, tag, uri, digest, outcome } = result;
  const subject = `${environment} ${image} (${architecture})`;
  switch (outcome) {
    case 'checked':
      return `${subject}: everything that a build needs is there; ${repository}:${tag}.`;
    case 'exists':
      return `${subject}: ${uri}:${tag} exists already, digest ${digest}.`;
    case 'pushed':
      return `${subject}: pushed ${uri}:${tag}, digest ${digest}.`;
  }
}

function nextStep({ environment, image, dryRun, driverSha256 }: BuildArguments): string {
  if (!dryRun) return `Next: ${typed(`npx cdktf diff ${environment}`)}`;
  const words = [
    `npm run docker:build -- ${environment}`,
    ...(image === undefined ? [] : [image]),
    ...(driverSha256 === undefined ? [] : [`--driver-sha256 ${driverSha256}`]),
  ];
  return `Nothing was built or changed (--dry-run).\nNext: ${typed(words.join(' '))}`;
}
