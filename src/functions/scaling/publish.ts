import { PutMetricDataCommand, type CloudWatchClient, type MetricDatum } from '@aws-sdk/client-cloudwatch';
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

const metricNames = Object.keys(units) as (keyof ScalingMetrics)[];

const datum = (groupName: string, name: keyof ScalingMetrics, value: number): MetricDatum => ({
  MetricName: name,
  Dimensions: [{ Name: 'AutoScalingGroupName', Value: groupName }],
  Unit: units[name],
  Value: value,
});

/**
 * Sends all metrics to CloudWatch, in one call.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
 */
export function publish(
  client: CloudWatchClient,
  { namespace, groupName }: ScalingSettings,
  metrics: ScalingMetrics,
): Promise<unknown> {
  const data = metricNames.map((name) => datum(groupName, name, metrics[name]));
  const command = new PutMetricDataCommand({ Namespace: namespace, MetricData: data });
  return answerOf(cloudWatch, client.send(command));
}
