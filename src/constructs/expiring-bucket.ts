import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket';
import { S3BucketLifecycleConfiguration } from '@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration';
import { S3BucketOwnershipControls } from '@cdktf/provider-aws/lib/s3-bucket-ownership-controls';
import { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy';
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block';
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { Statement } from '../policies/statement';
import { policyDocument } from './policy-document';

/** Settings of a bucket whose objects expire. */
export interface ExpiringBucketProps {
  /** Name, which may be known only at apply. */
  readonly name: string;
  /** ARN of the key that encrypts it. */
  readonly kmsKeyArn: string;
  /** Days after which its objects are deleted. */
  readonly expirationDays: number;
  /** A destroy fails while it has objects; else they are deleted with it. */
  readonly isKept: boolean;
  /** Its policy. */
  readonly statements: readonly Statement[];
}

/** A bucket for what is of use for a time: encrypted and private. */
export class ExpiringBucket extends Construct {
  /** What must not go before those who use it. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(
    scope: Construct,
    id: string,
    { name, kmsKeyArn, expirationDays, isKept, statements }: ExpiringBucketProps,
  ) {
    super(scope, id);
    const { id: bucket } = new S3Bucket(this, 'bucket', { bucket: name, forceDestroy: !isKept });
    const access = new S3BucketPublicAccessBlock(this, 'public-access', {
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    const ownership = new S3BucketOwnershipControls(this, 'ownership', {
      bucket,
      rule: { objectOwnership: 'BucketOwnerEnforced' },
    });
    const encryption = new S3BucketServerSideEncryptionConfigurationA(this, 'encryption', {
      bucket,
      rule: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: kmsKeyArn },
          bucketKeyEnabled: true,
        },
      ],
    });
    // Nobody waits for it: the provider looks for almost a minute whether it stays.
    new S3BucketLifecycleConfiguration(this, 'lifecycle', {
      bucket,
      rule: [expiration(expirationDays)],
    });
    const policy = new S3BucketPolicy(this, 'policy', { bucket, policy: policyDocument(statements) });
    this.dependables = [access, ownership, encryption, policy];
  }
}

/** Uploads that were never finished are billed, and seen nowhere. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html */
const expiration = (days: number) => ({
  id: 'expiration',
  status: 'Enabled',
  filter: [{ prefix: '' }],
  expiration: [{ days }],
  abortIncompleteMultipartUpload: [{ daysAfterInitiation: 1 }],
});
