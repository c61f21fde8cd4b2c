import { regionalService, type Place } from './place';
import type { Statement } from './statement';

/** The bucket of artifacts. */
export interface Artifacts {
  /** Where it is. */
  readonly place: Place;
  /** Name of the bucket. */
  readonly bucketName: string;
}

const objectsOf = ({ place, bucketName }: Artifacts): string => `arn:${place.partition}:s3:::${bucketName}/*`;

/** Statements of the role of what runs jobs: they read and write, and delete nothing. */
export const artifactStatements = (artifacts: Artifacts, kmsKeyArn: string): Statement[] => [
  {
    Sid: 'Artifacts',
    Effect: 'Allow',
    Action: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'],
    Resource: [objectsOf(artifacts)],
  },
  {
    Sid: 'ArtifactsKey',
    Effect: 'Allow',
    Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
    Resource: [kmsKeyArn],
    Condition: { StringEquals: { 'kms:ViaService': regionalService(artifacts.place, 's3') } },
  },
];

/**
 * Statement of the bucket's policy that refuses its objects to whoever comes another way than through an endpoint of S3
 * in the VPC. The bucket itself can be managed from everywhere, so that nobody is locked out.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies-vpc-endpoint.html
 */
export const vpcOnlyStatement = (artifacts: Artifacts, vpcId: string): Statement => ({
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
  Resource: [objectsOf(artifacts)],
  Condition: { StringNotEquals: { 'aws:SourceVpc': vpcId } },
});
