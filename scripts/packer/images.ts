import { join } from 'path';
import { environmentsFolder, loadEnvironments } from '../../src/config/load';
import type { Image } from '../../src/config/image-model';
import type { Environment } from '../../src/config/model';
import { readProvisioning, type Provisioning } from '../../src/provisioning/provisioning';
import { CommandError } from '../command-error';

/** The folder that holds the project, and the user's scripts and files. */
const repository = join(__dirname, '../..');

/** Which images a command is about. */
export interface ImageArguments {
  /** Name of an environment. @default all */
  readonly environment?: string | undefined;
  /** Name of one of its images. @default all */
  readonly image?: string | undefined;
}

/** An image of an environment, and what is carried into it. */
export interface SelectedImage {
  /** The environment. */
  readonly environment: Environment;
  /** The image. */
  readonly image: Image;
  /** Hash of everything that goes into it. */
  readonly hash: string;
  /** The content of `packer/`. */
  readonly provisioning: Provisioning;
}

const names = (things: readonly { readonly name: string }[]): string =>
  things.map(({ name }) => name).join(', ') || 'none';

/** The images that are meant; refuses names that no one has. */
export function selectImages({ environment: wanted, image: wantedImage }: ImageArguments): SelectedImage[] {
  const environments = loadEnvironments(environmentsFolder(), repository);
  const chosen = environments.filter(({ name }) => wanted === undefined || name === wanted);
  if (chosen.length === 0)
    throw new CommandError(`There is no environment ${wanted}; there is: ${names(environments)}`);
  const images = chosen.flatMap(({ images: all }) => all);
  if (images.length === 0)
    throw new CommandError(
      `No image is defined under images in ${chosen.map(({ name }) => name).join(', ')}`,
    );
  const provisioning = readProvisioning(repository);
  const selected = chosen.flatMap((environment) =>
    environment.images
      .filter(({ name }) => wantedImage === undefined || name === wantedImage)
      .map((image) => ({ environment, image, hash: provisioning.hashOf(image), provisioning })),
  );
  if (selected.length === 0)
    throw new CommandError(`There is no image ${wantedImage} in ${wanted}; there is: ${names(images)}`);
  return selected;
}
