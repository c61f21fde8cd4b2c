import { run } from './run';
import { withoutVariables } from './without-variables';
import { CommandError } from '../command-error';

/** A Terraform that this project works with. */
export interface TerraformBinary {
  /** Its name or path, as it is to be called. */
  readonly path: string;
  /** Its version, like `1.11.4`. */
  readonly version: string;
}

/** The S3 backend has lock files of its own since this version. */
const OLDEST = [1, 10] as const;

const WAY_OUT =
  'install Terraform 1.10 or later (https://developer.hashicorp.com/terraform/install) or name one by TERRAFORM_BINARY_NAME';

const isRecentEnough = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
};

const parsedVersion = (stdout: string): string | undefined => {
  try {
    const parsed = JSON.parse(stdout) as { readonly terraform_version?: string };
    return parsed.terraform_version;
  } catch {
    return undefined;
  }
};

/** The Terraform that CDKTF would call: `TERRAFORM_BINARY_NAME`, or `terraform`. Refuses one that is too old. */
export const terraformBinary = async (): Promise<TerraformBinary> => {
  const path = process.env['TERRAFORM_BINARY_NAME'] || 'terraform';
  const environment = { ...withoutVariables(process.env, ['TF_']), CHECKPOINT_DISABLE: '1' };
  const { code, stdout, stderr } = await run(path, ['version', '-json'], environment);
  if (code === undefined) {
    throw new CommandError(`Terraform is not installed (${stderr}): ${WAY_OUT}.`);
  }
  const version = parsedVersion(stdout);
  if (version === undefined) {
    throw new CommandError(`${path} version -json does not answer as Terraform does: ${WAY_OUT}.`);
  }
  if (!isRecentEnough(version)) {
    throw new CommandError(`Terraform ${version} is too old: ${WAY_OUT}.`);
  }
  return { path, version };
};
