import { imageBuilderStatements } from '../../src/policies/image-builder';
import { buildTag } from '../../src/rendering/packer-template';
import { selectImages, type ImageArguments } from './images';

/** `packer:policy`: one JSON document for each image on stdout, which image it is for on stderr. */
export function printPolicies(args: ImageArguments): void {
  for (const { environment, image } of selectImages(args)) {
    console.error(`${environment.name} ${image.name}:`);
    const statements = imageBuilderStatements(image, environment, buildTag);
    console.log(JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2));
  }
}
