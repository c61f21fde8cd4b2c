import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accessKey, SECRET_KEY } from './environment';

/** The settings of a backend, as they stand in the synthesized JSON. */
type BackendSettings = Readonly<Record<string, unknown>>;

/** What can't be read from the stack. */
export interface OverrideOptions {
  /**
   * The S3 backend of a stack that is not synthesized yet. An override replaces a backend as a whole, so that
   * all of its settings are needed, under Terraform's names (`bucket`, `key`, `region`, `use_lockfile` …).
   * @default none: the stack's own if it is synthesized and has one
   */
  readonly s3Backend?: BackendSettings;
}

interface SynthesizedStack {
  readonly terraform?: { readonly backend?: { readonly s3?: BackendSettings } };
}

/** The S3 backend in the stack's `cdk.tf.json`. */
const synthesizedBackend = (directory: string): BackendSettings | undefined => {
  const file = join(directory, 'cdk.tf.json');
  if (!existsSync(file)) {
    return undefined;
  }
  return (JSON.parse(readFileSync(file, 'utf8')) as SynthesizedStack).terraform?.backend?.s3;
};

/** The emulator is one address, without a bucket's name in front, and has no metadata service. */
const emulatedBackend = (backend: BackendSettings, accountId: string): BackendSettings => ({
  ...backend,
  access_key: accessKey(accountId),
  secret_key: SECRET_KEY,
  use_path_style: true,
  skip_metadata_api_check: true,
  skip_region_validation: true,
});

/**
 * Writes `override.tf.json` into a synthesized stack's folder: what the AWS provider and an S3 backend need
 * for the emulated AWS, and the account whose stack it is. It stays when the stack is synthesized again.
 * @see https://developer.hashicorp.com/terraform/language/files/override
 */
export const overrideTerraform = (
  directory: string,
  accountId: string,
  { s3Backend = synthesizedBackend(directory) }: OverrideOptions = {},
): void => {
  const aws = {
    access_key: accessKey(accountId),
    secret_key: SECRET_KEY,
    s3_use_path_style: true,
    skip_metadata_api_check: 'true',
  };
  const terraform = s3Backend && { backend: { s3: emulatedBackend(s3Backend, accountId) } };
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    join(directory, 'override.tf.json'),
    `${JSON.stringify({ provider: { aws }, terraform }, undefined, 2)}\n`,
  );
};
