import { Annotations } from 'cdktf';
import type { Construct } from 'constructs';
import type { FleetImage } from '../config/machine-model';
import type { Architecture } from '../config/primitives';
import { builtImage, pinnedImage, stockImage, type MachineImage } from '../constructs/machine-image';
import { userDataLimit } from '../rendering/cloud-init';
import { buildImageCommand } from '../rendering/commands';
import { imageHashTag } from '../rendering/packer-template';
import { stockImages, stockParameter } from '../rendering/stock-image';
import type { Shared } from './shared';

/** What machines are started with, whatever they are for. */

/** A machine, as far as its image is concerned. */
export interface ImageOfMachine {
  /** Its image in the model. */
  readonly image: FleetImage;
  /** Its instruction set. */
  readonly architecture: Architecture;
}

/** The AMI of a machine: looked up, or named by its id. */
export function machineImage(
  scope: Construct,
  { image, architecture }: ImageOfMachine,
  { environment, provisioning }: Pick<Shared, 'environment' | 'provisioning'>,
): MachineImage {
  switch (image.kind) {
    case 'packer':
      return builtImage(scope, 'image', {
        hash: provisioning.hashOf(image.image),
        hashTag: imageHashTag,
        ownerAccountId: image.ownerAccountId,
        rootDeviceName: stockImages[image.image.base].rootDeviceName,
        buildCommand: buildImageCommand(environment.name, image.image.name),
      });
    case 'stock':
      return stockImage(scope, 'image', {
        parameterName: stockParameter(image.base, architecture),
        rootDeviceName: stockImages[image.base].rootDeviceName,
      });
    case 'ami':
      return pinnedImage(image.amiId, image.rootDeviceName);
  }
}

/** User data in base64. Only here is it known how large it gets: an error at the part of the model that it is of. */
export function boundedUserData(scope: Construct, path: string, userData: Buffer): string {
  const rule = `must not make user data larger than ${userDataLimit} bytes (build an image with Packer, or carry less)`;
  if (userData.length > userDataLimit)
    Annotations.of(scope).addError(`${path} ${rule}, got ${userData.length}`);
  return userData.toString('base64');
}
