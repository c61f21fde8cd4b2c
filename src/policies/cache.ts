import { regionalService, type Place } from './place';
import type { Statement } from './statement';

/** The cache of a fleet's jobs. */
export interface CacheAccess {
  /** Where it is. */
  readonly place: Place;
  /** Name of its bucket. */
  readonly bucketName: string;
  /** Folder of the fleet in it. */
  readonly folder: string;
  /** ARN of the key that encrypts it. */
  readonly kmsKeyArn: string;
}

/**
 * Statements of whoever signs requests to the cache for its jobs: what lies in the folder of its own fleet only. Without
 * the right to list, S3 answers to a missing cache as to a forbidden one, and it asks for no folder then.
 * @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runnerscaches3-section
 */
export function cacheStatements({ place, bucketName, folder, kmsKeyArn }: CacheAccess): Statement[] {
  const bucketArn = `arn:${place.partition}:s3:::${bucketName}`;
  return [
    {
      Sid: 'Cache',
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
      Resource: [`${bucketArn}/${folder}/*`],
    },
    {
      Sid: 'CacheMisses',
      Effect: 'Allow',
      Action: ['s3:ListBucket'],
      Resource: [bucketArn],
    },
    {
      Sid: 'CacheKey',
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: [kmsKeyArn],
      Condition: { StringEquals: { 'kms:ViaService': regionalService(place, 's3') } },
    },
  ];
}

/** Statement of a bucket's policy that refuses what does not come by TLS. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html */
export const tlsOnlyStatement = ({ partition }: Place, bucketName: string): Statement => ({
  Sid: 'TlsOnly',
  Effect: 'Deny',
  Principal: '*',
  Action: ['s3:*'],
  Resource: ['', '/*'].map((objects) => `arn:${partition}:s3:::${bucketName}${objects}`),
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
});
