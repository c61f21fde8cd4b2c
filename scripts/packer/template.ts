import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'fs';
import { dirname, join } from 'path';
import { packerPlugins, renderPackerTemplate } from '../../src/rendering/packer-template';
import { selectImages, type ImageArguments, type SelectedImage } from './images';

/** Where templates are written, from the working directory. */
const outputFolder = 'packer.out';

/** With exactly this mode, whatever the umask is: Packer carries modes to the machine, and the hash holds them. */
const write = (path: string, content: string | Buffer, mode = 0o644): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, mode);
};

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Writes the template of an image and all that it refers to into a folder of its own; returns the folder. */
export function writeTemplate({ environment, image, hash, provisioning }: SelectedImage): string {
  const folder = join(outputFolder, environment.name, image.name);
  const unfinished = join(outputFolder, environment.name, `.${image.name}`);
  rmSync(unfinished, { recursive: true, force: true });
  write(join(unfinished, 'image.pkr.json'), json(renderPackerTemplate(image, environment, hash)));
  write(join(unfinished, 'plugins.pkr.json'), json(packerPlugins));
  for (const { path, mode, bytes } of provisioning.filesForImage(image))
    write(join(unfinished, 'provisioning', path), bytes, parseInt(mode, 8));
  rmSync(folder, { recursive: true, force: true });
  renameSync(unfinished, folder);
  return folder;
}

/** `packer:template`: writes the templates that are meant, and prints the path of each. */
export function printTemplates(args: ImageArguments): void {
  for (const selected of selectImages(args)) console.log(join(writeTemplate(selected), 'image.pkr.json'));
}
