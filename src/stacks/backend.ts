import { LocalBackend, S3Backend, type TerraformStack } from 'cdktf';
import type { Environment } from '../config/model';

/** Where the state lies: S3 with its own lock file, or a file beside cdktf.json. */
export function addBackend(stack: TerraformStack, { name, project, state }: Environment): void {
  if (state === undefined) {
    // From the folder of the synthesized stack, where Terraform runs: CDKTF's own default is an absolute path.
    new LocalBackend(stack, { path: `../../../terraform.${name}.tfstate` });
    return;
  }
  const { bucket, region, kmsKeyArn, assumeRoleArn } = state;
  new S3Backend(stack, {
    bucket,
    region,
    key: `${project}/${name}/terraform.tfstate`,
    encrypt: true,
    kmsKeyId: kmsKeyArn,
  });
  stack.addOverride('terraform.backend.s3.use_lockfile', true);
  if (assumeRoleArn !== undefined)
    stack.addOverride('terraform.backend.s3.assume_role', { role_arn: assumeRoleArn });
}
