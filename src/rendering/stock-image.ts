import type { Architecture } from '../config/primitives';

/** Public parameter that has the newest AMI of a distribution. @see https://docs.aws.amazon.com/linux/al2023/ug/ec2.html */
export const stockParameter = (base: 'amazon-linux-2023', architecture: Architecture): string => {
  switch (base) {
    case 'amazon-linux-2023':
      return `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${architecture}`;
  }
};
