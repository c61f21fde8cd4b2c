import type { Architecture } from '../config/primitives';

/** Public parameters that have the newest AMI of a distribution. @see https://docs.aws.amazon.com/linux/al2023/ug/ec2.html */
const parameters = {
  'amazon-linux-2023': (architecture: Architecture) =>
    `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${architecture}`,
  'ubuntu-24.04': (architecture: Architecture) =>
    `/aws/service/canonical/ubuntu/server/24.04/stable/current/${architecture === 'arm64' ? architecture : 'amd64'}/hvm/ebs-gp3/ami-id`,
} as const;

/** The public parameter for a distribution and an instruction set. */
export const stockParameter = (base: keyof typeof parameters, architecture: Architecture): string =>
  parameters[base](architecture);
