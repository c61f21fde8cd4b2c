import { defaultGitlabRunnerVersion } from './image';
import type { ParsedImageChoice } from './image-choice';
import type { Contents, Image } from './image-model';
import type { ParsedJobMachine } from './job-machine';
import type { FleetImage, RootVolume } from './machine-model';
import type { ParsedRootVolume } from './root-volume';

/** What machines are started from, whatever they are for. */

/** What a given AMI without our provisioning gets at first boot. */
const standardContents: Contents = {
  gitlabRunnerVersion: defaultGitlabRunnerVersion,
  dockerMachineSha256: undefined,
  packages: [],
  scripts: [],
  files: [],
};

/** The image of a choice. At first boot machines of Docker Machine get nothing: it installs what they need. */
export function resolveFleetImage(
  choice: ParsedImageChoice | ParsedJobMachine['image'],
  images: readonly Image[],
): FleetImage {
  if ('packer' in choice) {
    const image = images.find(({ name }) => name === choice.packer) as Image;
    return { kind: 'packer', image, ownerAccountId: choice.ownerAccountId };
  }
  if ('ami' in choice)
    return {
      kind: 'ami',
      amiId: choice.ami,
      rootDeviceName: choice.rootDeviceName,
      firstBoot: 'provisioned' in choice && !choice.provisioned ? standardContents : undefined,
    };
  if (!('packages' in choice)) return { kind: 'stock', base: choice.stock, firstBoot: undefined };
  const { stock, gitlabRunnerVersion, dockerMachineSha256, packages, scripts, files } = choice;
  const firstBoot = { gitlabRunnerVersion, dockerMachineSha256, packages, scripts, files };
  return { kind: 'stock', base: stock, firstBoot };
}

/** Size of the root volume of a stock image when nothing is said: room for job images. */
export const stockRootVolumeGib = 30;

/** A root volume as large as its image asks for, unless it says otherwise. */
export function resolveRootVolume(volume: ParsedRootVolume, image: FleetImage): RootVolume {
  const own =
    image.kind === 'packer'
      ? image.image.rootVolumeGib
      : image.kind === 'stock'
        ? stockRootVolumeGib
        : undefined;
  const { sizeGib = own, type, iops, throughputMibps } = volume;
  return { sizeGib, type, iops, throughputMibps };
}
