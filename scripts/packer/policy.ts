import type { Image } from '../../src/config/model';
import { imageBuilderStatements } from '../../src/policies/image-builder';
import { buildTag } from '../../src/rendering/packer-template';
import { selectImages, type ImageArguments } from './images';

/** A temporary profile lets a builder make roles, and its look at the profile start a small machine. */
const advice = ({ name, build }: Image): string =>
  build.sshInterface === 'session_manager' && build.iamInstanceProfile === undefined
    ? ` (narrower with a profile of yours in images.${name}.build.iamInstanceProfile)`
    : '';

/** `packer:policy`: one JSON document for each image on stdout, which image it is for on stderr. */
export function printPolicies(args: ImageArguments): void {
  for (const { environment, image } of selectImages(args)) {
    console.error(`${environment.name} ${image.name}${advice(image)}:`);
    const statements = imageBuilderStatements(image, environment, buildTag);
    console.log(JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2));
  }
}
