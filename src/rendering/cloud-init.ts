import type { FleetImage } from '../config/machine-model';
import type { FirstBootPart, Provisioning } from '../provisioning/provisioning';
import type { ProvisioningFile } from '../provisioning/tree';
import { gzip } from './gzip';
import { renderDockerDaemon } from './docker-daemon';
import { machinePaths } from './machine-paths';
import { renderAgentProxy } from './proxy';

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

/** Variables as systemd and shells read them: checked names, numbers and addresses, which need no quotes. */
const variablesFile = (path: string, variables: Readonly<Record<string, string | number>>): WrittenFile =>
  plainFile(
    path,
    Object.entries(variables)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );

/** Settings of our scripts. */
export const settingsFile = (settings: Readonly<Record<string, string | number>>): WrittenFile =>
  variablesFile(machinePaths.environment, settings);

/** What Docker is told of the mirror that it asks first: nothing where there is none. */
export const mirrorFiles = (url: string | undefined): WrittenFile[] =>
  url === undefined ? [] : [plainFile(machinePaths.dockerDaemon, renderDockerDaemon(url))];

/** What tells programs of the proxy: nothing where there is none. */
const proxyFiles = (variables: Readonly<Record<string, string>>): WrittenFile[] =>
  Object.keys(variables).length === 0
    ? []
    : [
        variablesFile(machinePaths.proxy, variables),
        plainFile(machinePaths.cloudwatchAgentCommon, renderAgentProxy(variables)),
      ];

/** The first boot itself downloads through the proxy too, before anything else is there that knows it. */
const throughProxy = (files: readonly WrittenFile[], command: string): string =>
  files.length === 0 ? command : `set -a && . ${machinePaths.proxy} && set +a && ${command}`;

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
  /** What it is for. */
  readonly parts: readonly FirstBootPart[];
  /** Variables of the proxy, if there is one. */
  readonly proxyVariables: Readonly<Record<string, string>>;
  /** Files of its own. */
  readonly files: readonly WrittenFile[];
  /** Script that starts it, once everything is there. */
  readonly start: string;
}

/** User data of a machine. Known at synth in full, without any secret. */
export function renderCloudInit(
  { image, parts, proxyVariables, files, start }: FirstBoot,
  provisioning: Provisioning,
): Buffer {
  const contents = image.kind === 'packer' ? undefined : image.firstBoot;
  const carried =
    contents === undefined ? [] : provisioning.filesForFirstBoot(contents, parts).map(provisioningFile);
  const provision = `bash ${machinePaths.provisioning}/scripts/provision.sh`;
  const ofProxy = proxyFiles(proxyVariables);
  const command = contents === undefined ? start : `${provision} && ${start}`;
  const config: CloudConfig = {
    write_files: [...files, ...ofProxy, ...carried],
    runcmd: [['bash', '-c', throughProxy(ofProxy, command)]],
  };
  return gzip(Buffer.from(`#cloud-config\n${yamlSafe(config)}\n`));
}
