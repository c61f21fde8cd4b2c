import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { putMetrics } from '../metrics';
import type { MachineOrphanSettings } from './settings';

/** Figures for CloudWatch, by the names that they have there. */
export interface MachineOrphanMetrics {
  /** Machines of the fleet, orphans among them. */
  readonly Machines: number;
  /** Machines without manager. */
  readonly OrphanedMachines: number;
  /** Orphans that were ended. */
  readonly EndedMachines: number;
  /** Machines that their manager does not know, or none of all, but not for long enough. */
  readonly UnclaimedMachines: number;
  /** Managers that may be there, and do not say which machines they know. */
  readonly SilentManagers: number;
}

/** The unit of each metric. */
const units: Readonly<Record<keyof MachineOrphanMetrics, 'Count'>> = {
  Machines: 'Count',
  OrphanedMachines: 'Count',
  EndedMachines: 'Count',
  UnclaimedMachines: 'Count',
  SilentManagers: 'Count',
};

/** Sends all metrics of the fleet to CloudWatch, in one call. */
export const publish = (
  client: CloudWatchClient,
  { namespace, fleet }: MachineOrphanSettings,
  metrics: MachineOrphanMetrics,
): Promise<unknown> =>
  putMetrics(client, { namespace, dimension: { Name: 'Fleet', Value: fleet }, units }, metrics);
