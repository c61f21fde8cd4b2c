import { Construct } from 'constructs';
import type { TaskOrphanSettings } from '../functions/task-orphans/settings';
import { ScheduledFunction, type ScheduledFunctionProps } from './scheduled-function';

/** Settings of the function that ends jobs without a manager: as whom it runs, and what it is told. */
export interface TaskOrphanFunctionProps extends Omit<
  ScheduledFunctionProps,
  'description' | 'schedule' | 'variables' | 'network'
> {
  /** What it is told. */
  readonly settings: TaskOrphanSettings;
}

/** The function that looks every 15 minutes for tasks of jobs whose manager is gone. It needs no network: it asks AWS only. */
export class TaskOrphanFunction extends Construct {
  constructor(scope: Construct, id: string, { settings, ...props }: TaskOrphanFunctionProps) {
    super(scope, id);
    new ScheduledFunction(this, 'scheduled', {
      ...props,
      description: `Ends jobs of ${settings.fleet} that no manager looks after`,
      schedule: 'rate(15 minutes)',
      variables: { SETTINGS: JSON.stringify(settings) },
    });
  }
}
