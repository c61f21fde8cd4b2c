import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheFolder } from './cache-folder';
import { guardPrograms } from './guard';
import { findProviderMirror } from './provider-mirror';
import { withoutVariables } from './without-variables';

/** Where a command is to run. */
export interface EmulatedEnvironmentProps {
  /** The emulator's address. */
  readonly url: string;
  /** The region of commands that name none. */
  readonly region: string;
  /** The account that the command acts in; a stack can name another one, see `overrideTerraform`. */
  readonly accountId: string;
  /** A folder of its own for settings and for the guards in front of Docker and Packer; made if missing. */
  readonly directory: string;
}

/** Whatever the user has set for the real AWS, Terraform, CDKTF and Packer. */
const OF_THE_USER = ['AWS_', 'TF_', 'CDKTF_', 'PKR_', 'PACKER_'];

const LOOPBACK = '127.0.0.1,localhost';

/** The key by which the emulator knows an account. */
export const accessKey = (accountId: string): string => `EMULATED${accountId}`;

/** Not a secret: the emulator doesn't look at it. */
export const SECRET_KEY = 'emulated';

const mirrorSettings = (mirror: string): string => `provider_installation {
  filesystem_mirror {
    path    = ${JSON.stringify(mirror)}
    include = ["registry.terraform.io/hashicorp/aws"]
  }
  direct {
    exclude = ["registry.terraform.io/hashicorp/aws"]
  }
}
`;

/** The provider is half a gigabyte: fetched once, not once for each run. */
const cacheSettings = (): string => {
  const folder = join(cacheFolder(), 'terraform-providers');
  mkdirSync(folder, { recursive: true });
  return `plugin_cache_dir = ${JSON.stringify(folder)}\n`;
};

const terraformSettings = (): string => {
  const mirror = findProviderMirror();
  return mirror === undefined ? cacheSettings() : mirrorSettings(mirror);
};

const written = (directory: string, name: string, content: string): string => {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
};

const awsVariables = ({
  url,
  region,
  accountId,
  directory,
}: EmulatedEnvironmentProps): NodeJS.ProcessEnv => ({
  AWS_ENDPOINT_URL: url,
  AWS_ACCESS_KEY_ID: accessKey(accountId),
  AWS_SECRET_ACCESS_KEY: SECRET_KEY,
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: written(directory, 'aws-config', ''),
  AWS_SHARED_CREDENTIALS_FILE: written(directory, 'aws-credentials', ''),
});

/**
 * The environment for a command against the emulated AWS: the user's own without anything that concerns AWS,
 * Terraform, CDKTF or Packer, and with a `packer` and a `docker` in front that refuse what would leave loopback.
 */
export const emulatedEnvironment = (props: EmulatedEnvironmentProps): NodeJS.ProcessEnv => {
  mkdirSync(props.directory, { recursive: true });
  const path = process.env['PATH'] ?? '';
  return {
    ...withoutVariables(process.env, OF_THE_USER),
    ...awsVariables(props),
    TF_CLI_CONFIG_FILE: written(props.directory, 'terraform.rc', terraformSettings()),
    TF_IN_AUTOMATION: '1',
    // CDKTF's own cache of providers is in the user's home.
    CDKTF_DISABLE_PLUGIN_CACHE_ENV: '1',
    CHECKPOINT_DISABLE: '1',
    NO_PROXY: LOOPBACK,
    no_proxy: LOOPBACK,
    PATH: [guardPrograms(props.directory, path), path].join(delimiter),
  };
};
