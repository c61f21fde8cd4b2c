import type { MachineImage } from './machine-image';

/** What a group launches its instances with; the group doesn't need to know how it was made. */
export type Launched =
  | { readonly kind: 'launch-configuration'; readonly name: string }
  | { readonly kind: 'launch-template'; readonly id: string; readonly version: string }
  | {
      readonly kind: 'mixed-instances';
      readonly id: string;
      readonly version: string;
      readonly mix: InstanceMix;
    };

/** Several instance types, on demand or spot. */
export interface InstanceMix {
  /** Instance types, the first one preferred on demand. */
  readonly instanceTypes: readonly string[];
  /** Spot instances, or nothing where everything is on demand. */
  readonly spot: SpotShare | undefined;
}

/** How many of a group's instances are on demand, and from where the others come. */
export interface SpotShare {
  /** Instances that are on demand before any is spot. */
  readonly onDemandBase: number;
  /** Share of the instances above them that is on demand. */
  readonly onDemandPercentage: number;
  /** EC2's allocation strategy. */
  readonly allocationStrategy: string;
}

/** What every instance of a group is launched with. */
export interface LaunchProps {
  /** Name, or what it begins with. */
  readonly name: string;
  /** Machine image. */
  readonly image: MachineImage;
  /** Instance profile. */
  readonly instanceProfileName: string;
  /** Security groups. */
  readonly securityGroupIds: readonly string[];
  /** EC2 key pair, if any. */
  readonly keyName: string | undefined;
  /** User data, in base64. */
  readonly userDataBase64: string;
  /** Hops that answers of the metadata service may take. */
  readonly metadataHopLimit: number;
  /** Root volume. */
  readonly rootVolume: LaunchVolume;
}

/** A root volume; what is left out is the image's own or AWS's default. */
export interface LaunchVolume {
  /** Size. */
  readonly sizeGib: number | undefined;
  /** EBS volume type. */
  readonly type: string;
  /** I/O operations per second. */
  readonly iops: number | undefined;
  /** Throughput. */
  readonly throughputMibps: number | undefined;
}

/** The metadata service with session tokens only. @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html */
export const metadataOptions = (hopLimit: number) => ({
  httpEndpoint: 'enabled',
  httpTokens: 'required',
  httpPutResponseHopLimit: hopLimit,
});
