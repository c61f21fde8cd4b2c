import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { putMetrics } from '../metrics';
import type { TaskOrphanSettings } from './settings';

/** Figures for CloudWatch, by the names that they have there. */
export interface TaskOrphanMetrics {
  /** Tasks that run jobs of the fleet, orphans among them. */
  readonly Workers: number;
  /** Workers without manager. */
  readonly OrphanedWorkers: number;
  /** Orphans that were stopped. */
  readonly StoppedWorkers: number;
}

/** The unit of each metric. */
const units: Readonly<Record<keyof TaskOrphanMetrics, 'Count'>> = {
  Workers: 'Count',
  OrphanedWorkers: 'Count',
  StoppedWorkers: 'Count',
};

/** Sends all metrics of the fleet to CloudWatch, in one call. */
export const publish = (
  client: CloudWatchClient,
  { namespace, fleet }: TaskOrphanSettings,
  metrics: TaskOrphanMetrics,
): Promise<unknown> =>
  putMetrics(client, { namespace, dimension: { Name: 'Fleet', Value: fleet }, units }, metrics);
