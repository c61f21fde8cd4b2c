import type { AutoscalingGroupFleet } from '../config/fleet-model';
import type { Environment } from '../config/model';
import type { Provisioning } from '../provisioning/provisioning';
import type { ProvisioningFile } from '../provisioning/tree';
import { renderCloudwatchAgent } from './cloudwatch-agent';
import { renderConfigTemplate } from './config-toml';
import { gzip } from './gzip';
import { lifecycleHooks } from './lifecycle-hooks';
import { machinePaths } from './machine-paths';

/** cloud-config, in the JSON that YAML contains. @see https://cloudinit.readthedocs.io/en/latest/reference/modules.html */
interface CloudConfig {
  readonly write_files: readonly WrittenFile[];
  readonly runcmd: readonly (readonly string[])[];
}

interface WrittenFile {
  readonly path: string;
  readonly permissions: string;
  readonly content: string;
  readonly encoding?: 'b64';
}

/** Most bytes of user data, before base64. @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html */
export const userDataLimit = 16384;

const secretFile = (path: string, content: string): WrittenFile => ({ path, permissions: '0600', content });
const plainFile = (path: string, content: string): WrittenFile => ({ path, permissions: '0644', content });

/** Settings of our scripts, as systemd reads them: checked names and numbers, which need no quotes. */
const environmentFile = (region: string, fleet: AutoscalingGroupFleet): string =>
  Object.entries({
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AUTO_SCALING_GROUP: fleet.awsName,
    LAUNCH_HOOK: lifecycleHooks.launch.name,
    TERMINATION_HOOK: lifecycleHooks.termination.name,
    DRAIN_TIMEOUT_SECONDS: fleet.drainTimeoutSeconds,
    METRICS_PORT: fleet.metrics.port,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

/** What only this fleet has. */
function settingsFiles(environment: Environment, fleet: AutoscalingGroupFleet): WrittenFile[] {
  const { aws, gitlab } = environment;
  const certificates = gitlab.caCertificatePem;
  return [
    plainFile(machinePaths.environment, environmentFile(aws.region, fleet)),
    plainFile(machinePaths.cloudwatchAgent, renderCloudwatchAgent(fleet.awsName)),
    ...(certificates === undefined ? [] : [plainFile(machinePaths.gitlabCertificates, certificates)]),
    secretFile(machinePaths.configTemplate, renderConfigTemplate(fleet, environment)),
  ];
}

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

/**
 * User data of a fleet's instances: its settings, and what provisions the machine where the image doesn't have it
 * yet. Known at synth in full, without any secret.
 */
export function renderUserData(
  environment: Environment,
  fleet: AutoscalingGroupFleet,
  provisioning: Provisioning,
): Buffer {
  const contents = fleet.image.kind === 'packer' ? undefined : fleet.image.firstBoot;
  const carried =
    contents === undefined ? [] : provisioning.filesForFirstBoot(contents).map(provisioningFile);
  const provision = `bash ${machinePaths.provisioning}/scripts/provision.sh`;
  const config: CloudConfig = {
    write_files: [...settingsFiles(environment, fleet), ...carried],
    runcmd: [
      ['bash', '-c', contents === undefined ? machinePaths.boot : `${provision} && ${machinePaths.boot}`],
    ],
  };
  return gzip(Buffer.from(`#cloud-config\n${yamlSafe(config)}\n`));
}
