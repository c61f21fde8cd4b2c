import { join } from 'path';
import { defaultGitlabRunnerVersion } from '../../src/config/image';
import { environmentsFolder, loadEnvironments } from '../../src/config/load';
import type { Environment } from '../../src/config/model';
import type { Architecture } from '../../src/config/primitives';
import {
  containerImage,
  ecrRepositoryName,
  type ContainerImage,
  type ContainerImageKind,
} from '../../src/provisioning/container-images';
import { CommandError } from '../command-error';

/** The folder that holds the project. */
const projectFolder = join(__dirname, '../..');

/** Which images a command is about. */
export interface ImageArguments {
  /** Name of the environment. */
  readonly environment: string;
  /** One of its images. @default both */
  readonly image?: ContainerImageKind | undefined;
  /** Instruction set of the tasks. */
  readonly architecture: Architecture;
}

/** An image of an environment, before it is built. */
export interface SelectedImage {
  /** The environment. */
  readonly environment: Environment;
  /** Which image. */
  readonly kind: ContainerImageKind;
  /** Instruction set of the tasks. */
  readonly architecture: Architecture;
  /** Version of gitlab-runner in it. */
  readonly gitlabRunnerVersion: string;
  /** Name of its repository in ECR. */
  readonly repository: string;
  /** What goes into it, and its tag. */
  readonly content: ContainerImage;
}

/** The environment of a name; refuses one that there is not. */
export function selectEnvironment(wanted: string): Environment {
  const environments = loadEnvironments(environmentsFolder(), projectFolder);
  const environment = environments.find(({ name }) => name === wanted);
  if (environment !== undefined) return environment;
  const names = environments.map(({ name }) => name).join(', ');
  throw new CommandError(`There is no environment ${wanted}; there is: ${names}`);
}

/** The images of an environment that are meant. */
export function selectImages(
  environment: Environment,
  { image, architecture }: Omit<ImageArguments, 'environment'>,
): SelectedImage[] {
  const settings = { gitlabRunnerVersion: defaultGitlabRunnerVersion, architecture };
  const kinds: readonly ContainerImageKind[] = image === undefined ? ['manager', 'worker'] : [image];
  return kinds.map((kind) => ({
    ...settings,
    environment,
    kind,
    repository: ecrRepositoryName(environment.prefix, kind),
    content: containerImage(projectFolder, kind, settings),
  }));
}
