import { artifactStatements, vpcOnlyStatement } from '../../src/policies/artifacts';

/** Exact permissions of the artifacts: what is not here is not allowed. */

const place = { partition: 'aws-us-gov', region: 'us-gov-west-1', accountId: '111122223333' };
const artifacts = { place, bucketName: 'acme-dev-artifacts-111122223333' };
const kmsKeyArn = 'arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/1';
const objects = 'arn:aws-us-gov:s3:::acme-dev-artifacts-111122223333/*';

test('jobs read and write objects, through S3 alone, and delete none', () => {
  expect(artifactStatements(artifacts, kmsKeyArn)).toEqual([
    {
      Sid: 'Artifacts',
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'],
      Resource: [objects],
    },
    {
      Sid: 'ArtifactsKey',
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: [kmsKeyArn],
      Condition: { StringEquals: { 'kms:ViaService': 's3.us-gov-west-1.amazonaws.com' } },
    },
  ]);
});

test('the bucket refuses its objects to everybody outside the VPC, and nothing of itself to anybody', () => {
  expect(vpcOnlyStatement(artifacts, 'vpc-0a1b2c3d4e5f60718')).toEqual({
    Sid: 'VpcOnly',
    Effect: 'Deny',
    Principal: '*',
    Action: [
      's3:GetObject*',
      's3:PutObject*',
      's3:DeleteObject*',
      's3:AbortMultipartUpload',
      's3:ListMultipartUploadParts',
    ],
    Resource: [objects],
    Condition: { StringNotEquals: { 'aws:SourceVpc': 'vpc-0a1b2c3d4e5f60718' } },
  });
});
