import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { putMetrics } from '../metrics';
import { answerOf, type Api } from './calls';
import type { ScalingSettings } from './settings';
import type { ScalingMetrics } from './tick';

const cloudWatch: Api = { name: 'Amazon CloudWatch', endpoint: 'monitoring' };

/** The unit of each metric. */
const units: Readonly<Record<keyof ScalingMetrics, 'Count' | 'Percent'>> = {
  Jobs: 'Count',
  WaitingJobs: 'Count',
  Utilization: 'Percent',
  DesiredInstances: 'Count',
  InServiceInstances: 'Count',
  IdleInstances: 'Count',
  DrainingInstances: 'Count',
  ScrapeFailures: 'Count',
};

/** Sends all metrics of the group to CloudWatch, in one call. */
export function publish(
  client: CloudWatchClient,
  { namespace, groupName }: ScalingSettings,
  metrics: ScalingMetrics,
): Promise<unknown> {
  const dimension = { Name: 'AutoScalingGroupName', Value: groupName };
  return answerOf(cloudWatch, putMetrics(client, { namespace, dimension, units }, metrics));
}
