import { z } from 'zod';
import { wholeNumber } from './primitives';

/** A bucket for what jobs build, beside GitLab's own artifacts. */
export const artifacts = z.strictObject({
  /** Days after which S3 deletes what a job has put there. @default 30 */
  expirationDays: wholeNumber(1, 3650).default(30),
  /**
   * Only through an endpoint of S3 in the environment's VPC are objects read, written and deleted, whoever asks.
   * @default true
   * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies-vpc-endpoint.html
   */
  vpcOnly: z.boolean().default(true),
});
