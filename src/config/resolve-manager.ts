import type { ParsedEnvironment } from './environment';
import type { ParsedImageChoice } from './image-choice';
import type { Image } from './image-model';
import { defaultManagerInstanceType } from './instance-types';
import type { ParsedManagerFields } from './manager';
import type { Machine, Manager } from './manager-model';
import type { Architecture } from './primitives';
import { resolveFleetImage, resolveRootVolume } from './resolve-machine';
import type { ParsedRootVolume } from './root-volume';
import { architectureOfImage } from './rules/machine';

/** The one manager of a fleet. */

/** The images of an environment, as parsed and as resolved. */
export interface Images {
  /** As the file has them. */
  readonly parsed: ParsedEnvironment['images'];
  /** As the model has them. */
  readonly resolved: readonly Image[];
}

/** What a machine is started from. */
export function resolveMachine(
  choice: { readonly image: ParsedImageChoice; readonly rootVolume: ParsedRootVolume },
  images: Images,
): Machine {
  const image = resolveFleetImage(choice.image, images.resolved);
  return {
    architecture: architectureOfImage(choice.image, images.parsed) as Architecture,
    image,
    rootVolume: resolveRootVolume(choice.rootVolume, image),
  };
}

/** The model of a manager. */
export function resolveManager({ manager }: ParsedManagerFields, images: Images): Manager {
  const machine = resolveMachine(manager, images);
  const { instanceType = defaultManagerInstanceType[machine.architecture], keyName } = manager;
  return { ...machine, instanceType, keyName };
}
