import { join } from 'path';
import type { BuiltContainerImage } from '../../src/config/fleet-model';
import { dockerfileOf } from '../../src/provisioning/container-images';
import { checksumArguments } from './driver';
import { ensureRepository, registryPassword } from './ecr';
import { dockerArchitecture, forgetImage, logIn, runDocker, type Engine } from './engine';
import type { SelectedImage } from './images';
import { inWorkspace, writeConfiguration, writeContext, type Workspace } from './workspace';

/** Builds an image with this checksum of the driver, if one is given, and pushes it; its repository is made if it is missing. */
export async function buildAndPush(
  selected: SelectedImage,
  engine: Engine,
  driverSha256: string | undefined,
): Promise<void> {
  const { environment, image, content } = selected;
  const uri = await ensureRepository(environment, image.repository);
  // Asked for before the build: whoever may not push is to learn it now.
  const password = await registryPassword(environment.aws);
  const reference = `${uri}:${content.hash}`;
  warnOfEmulation(image, engine);
  await inWorkspace(async (workspace) => {
    try {
      await buildImage(selected, reference, workspace, driverSha256);
      await push(reference, password, engine, workspace);
    } finally {
      forgetImage(reference);
    }
  });
}

function warnOfEmulation({ architecture }: BuiltContainerImage, engine: Engine): void {
  const wanted = dockerArchitecture[architecture];
  if (wanted !== engine.architecture)
    console.error(
      `The Docker engine is ${engine.architecture}, and builds ${wanted} by emulation, slowly. It fails with "exec format error" without: https://docs.docker.com/build/building/multi-platform/#qemu`,
    );
}

async function buildImage(
  selected: SelectedImage,
  reference: string,
  { folder, refuseIfStopped }: Workspace,
  driverSha256: string | undefined,
): Promise<void> {
  const { image, content } = selected;
  const context = join(folder, 'context');
  writeContext(context, content.files);
  await refuseIfStopped();
  await runDocker([
    'build',
    ...['--platform', `linux/${dockerArchitecture[image.architecture]}`],
    ...['--build-arg', `GITLAB_RUNNER_VERSION=${image.gitlabRunnerVersion}`],
    ...checksumArguments(selected, driverSha256),
    ...['--file', join(context, dockerfileOf(image.image))],
    ...['--tag', reference],
    context,
  ]);
}

async function push(
  reference: string,
  password: string,
  { context }: Engine,
  { folder, refuseIfStopped }: Workspace,
): Promise<void> {
  const [registry = ''] = reference.split('/');
  const configuration = join(folder, 'configuration');
  writeConfiguration(configuration, registry);
  const settings = {
    DOCKER_CONFIG: configuration,
    ...(context === undefined ? {} : { DOCKER_CONTEXT: context }),
  };
  await refuseIfStopped();
  try {
    logIn(registry, password, settings);
  } finally {
    // First: a login that was stopped did not fail.
    await refuseIfStopped();
  }
  await runDocker(['push', reference], settings);
}
