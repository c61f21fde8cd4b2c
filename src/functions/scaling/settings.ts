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

/** Environment variables of every function: its settings, as JSON. */
export interface FunctionVariables {
  /** The settings. */
  readonly SETTINGS: string;
}
