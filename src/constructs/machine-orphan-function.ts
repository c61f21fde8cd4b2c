import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { MachineOrphanSettings } from '../functions/machine-orphans/settings';
import { ScheduledFunction, type ScheduledFunctionProps } from './scheduled-function';

/** Settings of the function that ends machines without a manager: as whom it runs, and what it is told. */
export interface MachineOrphanFunctionProps extends Omit<
  ScheduledFunctionProps,
  'description' | 'schedule' | 'timeoutSeconds' | 'variables' | 'network'
> {
  /** What it is told. */
  readonly settings: MachineOrphanSettings;
}

/**
 * The function that looks every 15 minutes for machines that no manager knows. It needs no network, since it reaches
 * managers through AWS, and has time to wait for their answers.
 */
export class MachineOrphanFunction extends Construct {
  /** What must be there for it to run, and not go before what relies on it. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, { settings, ...props }: MachineOrphanFunctionProps) {
    super(scope, id);
    const { dependables } = new ScheduledFunction(this, 'scheduled', {
      ...props,
      description: `Ends machines of ${settings.fleet} that no manager knows`,
      schedule: 'rate(15 minutes)',
      timeoutSeconds: 150,
      variables: { SETTINGS: JSON.stringify(settings) },
    });
    this.dependables = dependables;
  }
}
