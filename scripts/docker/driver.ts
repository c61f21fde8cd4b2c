import type { Architecture } from '../../src/config/primitives';
import { dockerfileOf } from '../../src/provisioning/container-images';
import type { SelectedImage } from './images';

/** The checksum of GitLab's Fargate driver, which whoever builds has to verify: it comes without a package. */

/** The Dockerfile's argument for it. */
const argumentOf: Readonly<Record<Architecture, string>> = {
  x86_64: 'FARGATE_DRIVER_SHA256_X86_64',
  arm64: 'FARGATE_DRIVER_SHA256_AARCH64',
};

/** How the image's Dockerfile declares it: with a value, without, or not at all. */
function declaration({ image, content }: SelectedImage): 'set' | 'empty' | 'none' {
  const path = dockerfileOf(image.image);
  const dockerfile = content.files.find((file) => file.path === path)?.bytes.toString() ?? '';
  const value = new RegExp(`^ARG ${argumentOf[image.architecture]}(=.*)?$`, 'm').exec(dockerfile);
  if (value === null) return 'none';
  return (value[1] ?? '=').length > 1 ? 'set' : 'empty';
}

/** Why an image can't be built with this checksum, or without one. */
export function checksumProblem(selected: SelectedImage, given: string | undefined): string | undefined {
  if (given !== undefined)
    return /^[0-9a-f]{64}$/.test(given)
      ? undefined
      : `--driver-sha256 must be 64 hexadecimal digits, got ${JSON.stringify(given)}`;
  const { image } = selected;
  return declaration(selected) === 'empty'
    ? `The checksum of the Fargate driver is missing: verify it as ${dockerfileOf(image.image)} says, and write it there as ${argumentOf[image.architecture]}, or give it with --driver-sha256`
    : undefined;
}

/** Build arguments for a given checksum: it names the same bytes as the version, so the image's hash is without it. */
export const checksumArguments = (selected: SelectedImage, given: string | undefined): string[] =>
  given === undefined || declaration(selected) === 'none'
    ? []
    : ['--build-arg', `${argumentOf[selected.image.architecture]}=${given}`];
