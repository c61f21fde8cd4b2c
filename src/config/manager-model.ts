import type { FleetImage, RootVolume } from './machine-model';
import type { Architecture } from './primitives';

/** The one manager of a fleet, once everything is resolved. */

/** What a machine is started from, whatever it is for. */
export interface Machine {
  /** Instruction set of image and instance type. */
  readonly architecture: Architecture;
  /** Machine image. */
  readonly image: FleetImage;
  /** Root volume. */
  readonly rootVolume: RootVolume;
}

/** The machine that runs gitlab-runner. */
export interface Manager extends Machine {
  /** Instance type. */
  readonly instanceType: string;
  /** EC2 key pair, if any. */
  readonly keyName: string | undefined;
}
