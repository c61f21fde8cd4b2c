import { join } from 'path';
import type { BuiltContainerImage, FargateFleet } from '../../src/config/fleet-model';
import { environmentsFolder, loadEnvironments } from '../../src/config/load';
import type { Environment } from '../../src/config/model';
import type { ContainerImageKind } from '../../src/config/names';
import { containerImageContent, type ContainerImageContent } from '../../src/provisioning/container-images';
import { CommandError } from '../command-error';

/** The folder that holds the project. */
const projectFolder = join(__dirname, '../..');

/** Which images a command is about. */
export interface ImageArguments {
  /** Name of the environment. */
  readonly environment: string;
  /** One of its images. @default both */
  readonly image?: ContainerImageKind | undefined;
}

/** An image of an environment, before it is built. */
export interface SelectedImage {
  /** The environment. */
  readonly environment: Environment;
  /** The image in the model. */
  readonly image: BuiltContainerImage;
  /** What goes into it, and its tag. */
  readonly content: ContainerImageContent;
}

/** The environment of a name; refuses one that there is not. */
export function selectEnvironment(wanted: string): Environment {
  const environments = loadEnvironments(environmentsFolder(), projectFolder);
  const environment = environments.find(({ name }) => name === wanted);
  if (environment !== undefined) return environment;
  const names = environments.map(({ name }) => name).join(', ');
  throw new CommandError(`There is no environment ${wanted}; there is: ${names}`);
}

/** The images of ours that a fleet runs: of its managers, and of its jobs. The same may be there more than once. */
export const builtImagesOf = ({ managers, runners }: FargateFleet): BuiltContainerImage[] =>
  [managers.image, ...runners.map(({ task }) => task.image)].filter((image) => image.kind === 'built');

/** Each once, managers first. */
function distinct(images: readonly BuiltContainerImage[]): BuiltContainerImage[] {
  const byContent = new Map(images.map((image) => [JSON.stringify(image), image]));
  return [...byContent.values()].sort((one, other) => one.image.localeCompare(other.image));
}

/** The images of an environment that are meant; refuses when its fleets use none of them. */
export function selectImages(
  environment: Environment,
  { image: wanted }: Pick<ImageArguments, 'image'>,
): SelectedImage[] {
  const { name } = environment;
  const fleets = environment.fleets.filter((fleet) => fleet.type === 'fargate');
  if (fleets.length === 0)
    throw new CommandError(`${name} has no Fargate fleet, and only those have container images`);
  const images = distinct(fleets.flatMap(builtImagesOf)).filter(
    ({ image }) => wanted === undefined || image === wanted,
  );
  if (images.length === 0)
    throw new CommandError(
      `There is nothing to build: every Fargate fleet of ${name} has given ${wanted ?? 'container'} images`,
    );
  return images.map((image) => ({
    environment,
    image,
    content: containerImageContent(projectFolder, image),
  }));
}
