/** Where ARNs point to. */
export interface Place {
  /** Partition, such as `aws`. */
  readonly partition: string;
  /** Region. */
  readonly region: string;
  /** Account id, which may be known only at apply. */
  readonly accountId: string;
}

/** An ARN in a place. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
export const arnOf = ({ partition, region, accountId }: Place, service: string, resource: string): string =>
  `arn:${partition}:${service}:${region}:${accountId}:${resource}`;

/** An Auto Scaling group by its name; the id in the middle is known only after it is made. */
export const groupArn = (place: Place, name: string): string =>
  arnOf(place, 'autoscaling', `autoScalingGroup:*:autoScalingGroupName/${name}`);

/** The name by which a regional service is known to policies, such as `logs.eu-central-1.amazonaws.com`. */
export const regionalService = (
  { partition, region }: Pick<Place, 'partition' | 'region'>,
  service: string,
): string => `${service}.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`;
