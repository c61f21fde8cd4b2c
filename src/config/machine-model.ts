import type { Base } from './image';
import type { Contents, Image } from './image-model';

/** What a machine is started from, once everything is resolved. */

/** What machines are started from. */
export type FleetImage =
  | {
      /** An image built by us, found by its hash. */
      readonly kind: 'packer';
      readonly image: Image;
      /** Account that shares it, or nothing for this one. */
      readonly ownerAccountId: string | undefined;
    }
  | {
      /** A pinned AMI. */
      readonly kind: 'ami';
      readonly amiId: string;
      readonly rootDeviceName: string;
      /** Provisioned at first boot with these, or nothing where the AMI has everything. */
      readonly firstBoot: Contents | undefined;
    }
  | {
      /** A distribution's own image. */
      readonly kind: 'stock';
      readonly base: Base;
      /** Provisioned at first boot with these, or nothing where Docker Machine does that. */
      readonly firstBoot: Contents | undefined;
    };

/** Root volume of an instance. */
export interface RootVolume {
  /** Size, or nothing for the image's own. */
  readonly sizeGib: number | undefined;
  /** EBS volume type. */
  readonly type: 'gp3' | 'gp2' | 'io1' | 'io2';
  /** I/O operations per second, or AWS's default. */
  readonly iops: number | undefined;
  /** Throughput, or AWS's default. */
  readonly throughputMibps: number | undefined;
}
