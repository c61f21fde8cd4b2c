import { cacheStatements, tlsOnlyStatement } from '../../src/policies/cache';

/** Exact permissions of the cache: what is not here is not allowed. */

const place = { partition: 'aws', region: 'eu-central-1', accountId: '111122223333' };
const bucketName = 'acme-dev-cache-111122223333';
const kmsKeyArn = 'arn:aws:kms:eu-central-1:111122223333:key/1';

test('a fleet reads and writes its own folder, through S3 alone', () => {
  expect(cacheStatements({ place, bucketName, folder: 'linux', kmsKeyArn })).toEqual([
    {
      Sid: 'Cache',
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
      Resource: ['arn:aws:s3:::acme-dev-cache-111122223333/linux/*'],
    },
    {
      Sid: 'CacheMisses',
      Effect: 'Allow',
      Action: ['s3:ListBucket'],
      Resource: ['arn:aws:s3:::acme-dev-cache-111122223333'],
    },
    {
      Sid: 'CacheKey',
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: [kmsKeyArn],
      Condition: { StringEquals: { 'kms:ViaService': 's3.eu-central-1.amazonaws.com' } },
    },
  ]);
});

test('the bucket refuses whatever does not come by TLS, from everybody', () => {
  expect(tlsOnlyStatement({ ...place, partition: 'aws-cn' }, bucketName)).toEqual({
    Sid: 'TlsOnly',
    Effect: 'Deny',
    Principal: '*',
    Action: ['s3:*'],
    Resource: [
      'arn:aws-cn:s3:::acme-dev-cache-111122223333',
      'arn:aws-cn:s3:::acme-dev-cache-111122223333/*',
    ],
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  });
});
