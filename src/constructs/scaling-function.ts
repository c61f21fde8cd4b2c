import { Construct } from 'constructs';
import type { ScalingSettings } from '../functions/scaling/settings';
import { ScheduledFunction, type ScheduledFunctionProps } from './scheduled-function';

/** Settings of the function that scales a group: where and as whom it runs, and what it is told. */
export interface ScalingFunctionProps extends Omit<
  ScheduledFunctionProps,
  'description' | 'schedule' | 'variables'
> {
  /** What it is told. */
  readonly settings: ScalingSettings;
}

/** The function that looks at the jobs of a group each minute, and makes the group as large as they need it. */
export class ScalingFunction extends Construct {
  constructor(scope: Construct, id: string, { settings, ...props }: ScalingFunctionProps) {
    super(scope, id);
    new ScheduledFunction(this, 'scheduled', {
      ...props,
      description: `Scales ${settings.groupName} by its jobs`,
      schedule: 'rate(1 minute)',
      variables: { SETTINGS: JSON.stringify(settings) },
    });
  }
}
