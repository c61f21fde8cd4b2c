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
function declaration({ architecture, kind, content }: SelectedImage): 'set' | 'empty' | 'none' {
  const dockerfile = content.files.find(({ path }) => path === dockerfileOf(kind))?.bytes.toString() ?? '';
  const value = new RegExp(`^ARG ${argumentOf[architecture]}(=.*)?$`, 'm').exec(dockerfile);
  if (value === null) return 'none';
  return (value[1] ?? '=').length > 1 ? 'set' : 'empty';
}

/** Why an image can't be built with this checksum, or without one. */
export function checksumProblem(image: SelectedImage, given: string | undefined): string | undefined {
  if (given !== undefined)
    return /^[0-9a-f]{64}$/.test(given)
      ? undefined
      : `--driver-sha256 must be 64 hexadecimal digits, got ${JSON.stringify(given)}`;
  return declaration(image) === 'empty'
    ? `The checksum of the Fargate driver is missing: verify it as ${dockerfileOf(image.kind)} says, and write it there as ${argumentOf[image.architecture]}, or give it with --driver-sha256`
    : undefined;
}

/** Build arguments for a given checksum: it names the same bytes as the version, so the image's hash is without it. */
export const checksumArguments = (image: SelectedImage, given: string | undefined): string[] =>
  given === undefined || declaration(image) === 'none'
    ? []
    : ['--build-arg', `${argumentOf[image.architecture]}=${given}`];
