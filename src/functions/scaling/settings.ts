import { aName, aNumberAboveZero, aPort, aWholeNumber, settingsBy } from '../settings';
import type { ScalingRules } from './tick';

/** Settings of the scaling function: what its construct writes and its handler reads. */
export interface ScalingSettings extends ScalingRules {
  /** Name of the Auto Scaling group. */
  readonly groupName: string;
  /** Port of gitlab-runner's metrics. */
  readonly metricsPort: number;
  /** CloudWatch namespace of what it measures; its role may write to no other. */
  readonly namespace: string;
}

/** The settings from the variable; everything that is wrong with them in one error. */
export const parseSettings = settingsBy<ScalingSettings>({
  groupName: aName,
  metricsPort: aPort,
  namespace: aName,
  headroomJobs: aWholeNumber,
  idleTimeSeconds: aWholeNumber,
  capacityPerInstance: aNumberAboveZero,
});
