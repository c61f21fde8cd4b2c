import type { Base } from '../config/image';
import type { Architecture } from '../config/primitives';

/** What AWS and Canonical publish: the images that machines and our own images start from. */

/** A distribution's own image. */
interface StockImage {
  /** Public parameter that has its newest AMI. */
  readonly parameter: (architecture: Architecture) => string;
  /** Name of its AMIs, with `*` for what differs from release to release. */
  readonly amiName: (architecture: Architecture) => string;
  /** Accounts, or AWS's alias of them, that own its AMIs in a partition. */
  readonly owner: (partition: string) => string;
  /** User as whom one logs in, and may use sudo. */
  readonly user: string;
  /** Device of its root volume. */
  readonly rootDeviceName: string;
}

/** The instruction sets in Debian's words. */
const debian: Readonly<Record<Architecture, string>> = { x86_64: 'amd64', arm64: 'arm64' };

/** Accounts of Canonical outside the partition `aws`. @see https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/ */
const canonicalElsewhere: Readonly<Record<string, string>> = {
  'aws-cn': '837727238323',
  'aws-us-gov': '513442679011',
};

/**
 * The images of each base.
 * @see https://docs.aws.amazon.com/linux/al2023/ug/ec2.html
 * @see https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/
 */
export const stockImages: Readonly<Record<Base, StockImage>> = {
  'amazon-linux-2023': {
    parameter: (architecture) =>
      `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${architecture}`,
    amiName: (architecture) => `al2023-ami-2023.*-kernel-*-${architecture}`,
    owner: () => 'amazon',
    user: 'ec2-user',
    rootDeviceName: '/dev/xvda',
  },
  'ubuntu-24.04': {
    parameter: (architecture) =>
      `/aws/service/canonical/ubuntu/server/24.04/stable/current/${debian[architecture]}/hvm/ebs-gp3/ami-id`,
    amiName: (architecture) =>
      `ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-${debian[architecture]}-server-*`,
    owner: (partition) => canonicalElsewhere[partition] ?? '099720109477',
    user: 'ubuntu',
    rootDeviceName: '/dev/sda1',
  },
};

/** The public parameter for a distribution and an instruction set. */
export const stockParameter = (base: Base, architecture: Architecture): string =>
  stockImages[base].parameter(architecture);
