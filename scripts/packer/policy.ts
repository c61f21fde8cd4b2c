import type { Image } from '../../src/config/image-model';
import { imageBuilderStatements } from '../../src/policies/image-builder';
import { buildTag } from '../../src/rendering/packer-template';
import { stockImages } from '../../src/rendering/stock-image';
import { selectImages, type ImageArguments } from './images';

/** A temporary profile lets a builder make roles, and its look at the profile start a small machine. */
const advice = ({ name, build }: Image): string =>
  build.sshInterface === 'session_manager' && build.iamInstanceProfile === undefined
    ? ` (narrower with a profile of yours in images.${name}.build.iamInstanceProfile)`
    : '';

/** Characters that a managed policy may have; a role's own has room for 10,240. White space does not count. */
const managedPolicyLength = 6144;

/** `packer:policy`: one JSON document for each image on stdout, which image it is for on stderr. */
export function printPolicies(args: ImageArguments): void {
  for (const { environment, image } of selectImages(args)) {
    console.error(`${environment.name} ${image.name}${advice(image)}:`);
    const sourceOwner = stockImages[image.base].owner(environment.aws.partition);
    const statements = imageBuilderStatements(image, environment, { buildTag, sourceOwner });
    const document = { Version: '2012-10-17', Statement: statements };
    if (JSON.stringify(document).length > managedPolicyLength)
      console.error('(too long for a managed policy: to be written into the builder’s role itself)');
    console.log(JSON.stringify(document, null, 2));
  }
}
