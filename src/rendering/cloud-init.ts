import type { FleetImage } from '../config/machine-model';
import type { Provisioning } from '../provisioning/provisioning';
import type { ProvisioningFile } from '../provisioning/tree';
import { gzip } from './gzip';
import { machinePaths } from './machine-paths';

/** cloud-config, in the JSON that YAML contains. @see https://cloudinit.readthedocs.io/en/latest/reference/modules.html */
interface CloudConfig {
  readonly write_files: readonly WrittenFile[];
  readonly runcmd: readonly (readonly string[])[];
}

/** A file that cloud-init writes, before SSH is up. */
export interface WrittenFile {
  /** Path on the machine. */
  readonly path: string;
  /** Octal mode. */
  readonly permissions: string;
  /** Text, or its base64. */
  readonly content: string;
  /** How the content is to be read. */
  readonly encoding?: 'b64';
}

/** Most bytes of user data, before base64. @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html */
export const userDataLimit = 16384;

/** A file for root alone. */
export const secretFile = (path: string, content: string): WrittenFile => ({
  path,
  permissions: '0600',
  content,
});

/** A file that everybody reads. */
export const plainFile = (path: string, content: string): WrittenFile => ({
  path,
  permissions: '0644',
  content,
});

/** Settings of our scripts, as systemd and shells read them: checked names and numbers, which need no quotes. */
export const settingsFile = (settings: Readonly<Record<string, string | number>>): WrittenFile =>
  plainFile(
    machinePaths.environment,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );

/** Text as it is, which compresses best; anything that is not UTF-8 as base64. */
function provisioningFile({ path, mode, bytes }: ProvisioningFile): WrittenFile {
  const file = { path: `${machinePaths.provisioning}/${path}`, permissions: mode };
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes)
    ? { ...file, content: text }
    : { ...file, content: bytes.toString('base64'), encoding: 'b64' };
}

/** JSON that is YAML too: what YAML refuses or takes for a line's end is escaped. */
const yamlSafe = (value: object): string =>
  JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** What a machine is made of at its first boot. */
export interface FirstBoot {
  /** What it is started from: provisioned now, where the image isn't. */
  readonly image: FleetImage;
  /** Files of its own. */
  readonly files: readonly WrittenFile[];
  /** Script that starts it, once everything is there. */
  readonly start: string;
}

/** User data of a machine. Known at synth in full, without any secret. */
export function renderCloudInit({ image, files, start }: FirstBoot, provisioning: Provisioning): Buffer {
  const contents = image.kind === 'packer' ? undefined : image.firstBoot;
  const carried =
    contents === undefined ? [] : provisioning.filesForFirstBoot(contents).map(provisioningFile);
  const provision = `bash ${machinePaths.provisioning}/scripts/provision.sh`;
  const config: CloudConfig = {
    write_files: [...files, ...carried],
    runcmd: [['bash', '-c', contents === undefined ? start : `${provision} && ${start}`]],
  };
  return gzip(Buffer.from(`#cloud-config\n${yamlSafe(config)}\n`));
}
