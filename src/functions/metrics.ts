import {
  PutMetricDataCommand,
  type CloudWatchClient,
  type Dimension,
  type StandardUnit,
} from '@aws-sdk/client-cloudwatch';

/** Where figures go in CloudWatch, and in which units they are. */
export interface Measurement<Name extends string> {
  /** Namespace. */
  readonly namespace: string;
  /** What they are of. */
  readonly dimension: Dimension;
  /** The unit of each, by its name. */
  readonly units: Readonly<Record<Name, StandardUnit>>;
}

/**
 * Sends figures to CloudWatch, in one call.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
 */
export function putMetrics<Name extends string>(
  client: CloudWatchClient,
  { namespace, dimension, units }: Measurement<Name>,
  metrics: Readonly<Record<Name, number>>,
): Promise<unknown> {
  const MetricData = (Object.keys(units) as Name[]).map((name) => ({
    MetricName: name,
    Dimensions: [dimension],
    Unit: units[name],
    Value: metrics[name],
  }));
  return client.send(new PutMetricDataCommand({ Namespace: namespace, MetricData }));
}
