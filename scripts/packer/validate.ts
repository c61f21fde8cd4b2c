import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import type { PackerTemplate } from '../../src/rendering/packer-types';
import { selectImages, type ImageArguments } from './images';
import { isOlder, packerVersion, runPacker, type PackerSettings, type Version } from './packer-binary';
import { writeTemplate } from './template';

/** The first Packer that knows plugins and every field of our templates. */
const current: Version = [1, 7];

/** Fields of a source that Packer before 1.7 refuses. */
const unknownToOldPacker = [
  'deprecate_at',
  'imds_support',
  'metadata_options',
  'temporary_security_group_source_public_ip',
];

/** `packer:validate`: writes the templates that are meant, and lets Packer look at each. */
export async function validate(args: ImageArguments): Promise<void> {
  const selected = selectImages(args);
  const version = packerVersion();
  for (const image of selected) await validateTemplate(writeTemplate(image), version);
}

/** Lets Packer look at a template; one that is too old looks at what it can know. */
export async function validateTemplate(
  folder: string,
  version: Version,
  settings: PackerSettings = {},
): Promise<void> {
  console.error(`packer validate ${folder}`);
  if (isOlder(version, current)) return validateWithOldPacker(folder, version);
  await runPacker(['init', folder], settings);
  await runPacker(['validate', folder], settings);
}

async function validateWithOldPacker(folder: string, version: Version): Promise<void> {
  const left = ['plugins.pkr.json', ...unknownToOldPacker].join(', ');
  console.error(
    `Packer ${version.join('.')} does not know, and does not see: ${left}. Builds need 1.10 or newer.`,
  );
  const copy = mkdtempSync(join(tmpdir(), 'packer-'));
  try {
    cpSync(folder, copy, { recursive: true });
    rmSync(join(copy, 'plugins.pkr.json'));
    const template = join(copy, 'image.pkr.json');
    writeFileSync(
      template,
      JSON.stringify(forOldPacker(JSON.parse(readFileSync(template, 'utf8')) as PackerTemplate)),
    );
    // It asks for credentials even to validate, and uses them for nothing.
    const extra = { AWS_ACCESS_KEY_ID: 'unused', AWS_SECRET_ACCESS_KEY: 'unused' };
    await runPacker(['validate', copy], { extra });
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** The template without what Packer before 1.7 refuses. */
export const forOldPacker = ({ source, ...rest }: PackerTemplate): object => ({
  ...rest,
  source: {
    'amazon-ebs': Object.fromEntries(
      Object.entries(source['amazon-ebs']).map(([name, fields]) => [
        name,
        Object.fromEntries(Object.entries(fields).filter(([field]) => !unknownToOldPacker.includes(field))),
      ]),
    ),
  },
});
