import type { SessionLogging } from '../config/model';
import type { ContainerImageKind } from '../config/names';

/** Commands that outputs show: made of checked names only, so that they can be pasted. */

/** Sets a runner's token; it is read from standard input, and so in no argument and no history. */
export const setTokenCommand = (region: string, secretName: string): string =>
  `aws secretsmanager put-secret-value --region ${region} --secret-id ${secretName} --secret-string file:///dev/stdin`;

/** Opens a logged shell. */
export function startSessionCommand(
  region: string,
  { documentName, isAccountDefault }: SessionLogging,
): string {
  const document = isAccountDefault ? '' : ` --document-name ${documentName}`;
  return `aws ssm start-session --region ${region}${document} --target INSTANCE_ID`;
}

/** Lets an instance finish its jobs and go; the group starts another one. */
export const drainCommand = (region: string, documentName: string): string =>
  `aws ssm send-command --region ${region} --document-name ${documentName} --instance-ids INSTANCE_ID --parameters Mode=replace`;

/** Builds a container image and pushes it. */
export const buildContainerImageCommand = (environment: string, image: ContainerImageKind): string =>
  `npm run docker:build -- ${environment} ${image}`;

/** Builds a machine image. */
export const buildImageCommand = (environment: string, image: string): string =>
  `npm run packer:build -- ${environment} ${image}`;
