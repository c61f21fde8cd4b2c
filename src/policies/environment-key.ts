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

/** Services that start encrypted volumes for us, each with its service-linked role. */
const starters = {
  autoScaling: { name: 'AutoScaling', role: 'autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling' },
  spot: { name: 'Spot', role: 'spot.amazonaws.com/AWSServiceRoleForEC2Spot' },
} as const;

/**
 * A service-linked role that starts encrypted volumes. As a condition, since a new account has no such role yet, and
 * KMS refuses a policy that names a principal that is missing.
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html
 */
function starterStatements(
  { partition, accountId }: Place,
  { name, role }: (typeof starters)[keyof typeof starters],
): Statement[] {
  const isStarter = {
    'kms:CallerAccount': accountId,
    'aws:PrincipalArn': `arn:${partition}:iam::${accountId}:role/aws-service-role/${role}`,
  };
  return [
    {
      Sid: `VolumesOf${name}`,
      Effect: 'Allow',
      Principal: '*',
      Action: encryption,
      Resource: ['*'],
      Condition: { StringEquals: isStarter },
    },
    {
      Sid: `GrantsOf${name}`,
      Effect: 'Allow',
      Principal: '*',
      Action: ['kms:CreateGrant'],
      Resource: ['*'],
      Condition: { StringEquals: isStarter, Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    },
  ];
}

/**
 * What the owner of a given key must add to its policy. Images of ours are encrypted with it, and spot instances that
 * Docker Machine asks for are started by another service than those of groups.
 */
export const keyUserStatements = (
  place: Place,
  prefix: string,
  { startsSpot = false }: { readonly startsSpot?: boolean } = {},
): Statement[] => [
  logsStatement(place, prefix),
  ...starterStatements(place, starters.autoScaling),
  ...(startsSpot ? starterStatements(place, starters.spot) : []),
];

/** Policy of a key that is made for the environment. */
export const keyStatements = (place: Place, prefix: string): Statement[] => [
  accountStatement(place),
  ...keyUserStatements(place, prefix),
];
