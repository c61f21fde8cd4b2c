import { arnOf, regionalService, type Place } from './place';
import type { Statement } from './statement';

/** What uses the key of an environment, besides the IAM policies of its account. */

/** The account decides by its IAM policies. @see https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html */
const accountStatement = ({ partition, accountId }: Place): Statement => ({
  Sid: 'AccountByItsPolicies',
  Effect: 'Allow',
  Principal: { AWS: `arn:${partition}:iam::${accountId}:root` },
  Action: ['kms:*'],
  Resource: ['*'],
});

const encryption = [
  'kms:Encrypt',
  'kms:Decrypt',
  'kms:ReEncrypt*',
  'kms:GenerateDataKey*',
  'kms:DescribeKey',
];

/** By names, so that the key needs no reference back to what it encrypts. @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html */
const logsStatement = (place: Place, prefix: string): Statement => ({
  Sid: 'LogsOfThisEnvironment',
  Effect: 'Allow',
  Principal: { Service: regionalService(place, 'logs') },
  Action: encryption,
  Resource: ['*'],
  Condition: {
    ArnLike: { 'kms:EncryptionContext:aws:logs:arn': arnOf(place, 'logs', `log-group:${prefix}-*`) },
  },
});

/**
 * The service-linked role of Auto Scaling, which starts encrypted volumes. As a condition, since a new account has
 * no such role yet, and KMS refuses a policy that names a principal that is missing.
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html
 */
function autoScalingStatements({ partition, accountId }: Place): Statement[] {
  const role = `arn:${partition}:iam::${accountId}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`;
  const isAutoScaling = { 'kms:CallerAccount': accountId, 'aws:PrincipalArn': role };
  return [
    {
      Sid: 'VolumesOfAutoScaling',
      Effect: 'Allow',
      Principal: '*',
      Action: encryption,
      Resource: ['*'],
      Condition: { StringEquals: isAutoScaling },
    },
    {
      Sid: 'GrantsOfAutoScaling',
      Effect: 'Allow',
      Principal: '*',
      Action: ['kms:CreateGrant'],
      Resource: ['*'],
      Condition: { StringEquals: isAutoScaling, Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    },
  ];
}

/** What the owner of a given key must add to its policy. */
export const keyUserStatements = (place: Place, prefix: string): Statement[] => [
  logsStatement(place, prefix),
  ...autoScalingStatements(place),
];

/** Policy of a key that is made for the environment. */
export const keyStatements = (place: Place, prefix: string): Statement[] => [
  accountStatement(place),
  ...keyUserStatements(place, prefix),
];
