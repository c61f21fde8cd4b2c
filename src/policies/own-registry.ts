import type { Place } from './place';
import type { Statement } from './statement';

/** A mirror of Docker Hub that a manager runs. */
export interface RegistryAccess {
  /** Where it is. */
  readonly place: Pick<Place, 'partition'>;
  /** Bucket of the images. */
  readonly bucketName: string;
  /** Folder of this mirror in it. */
  readonly folder: string;
  /** Zone of its name. */
  readonly zoneId: string;
  /** Its name, in lower case and without a dot at its end. */
  readonly host: string;
}

/**
 * Statements of the manager besides those of the cache, whose bucket and key these are: its own folder, and the address
 * of its own name. Zones are found by their name, since user data can't have an id that is known only at apply; looking
 * knows no resource.
 * @see https://distribution.github.io/distribution/storage-drivers/s3/#s3-permission-scopes
 * @see https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-rrset-conditions.html
 */
export const ownRegistryStatements = ({
  place: { partition },
  bucketName,
  folder,
  zoneId,
  host,
}: RegistryAccess): Statement[] => [
  {
    Sid: 'RegistryImages',
    Effect: 'Allow',
    Action: [
      's3:GetObject',
      's3:PutObject',
      's3:DeleteObject',
      's3:AbortMultipartUpload',
      's3:ListMultipartUploadParts',
    ],
    Resource: [`arn:${partition}:s3:::${bucketName}/${folder}/*`],
  },
  {
    Sid: 'RegistryBucket',
    Effect: 'Allow',
    Action: ['s3:ListBucket', 's3:GetBucketLocation', 's3:ListBucketMultipartUploads'],
    Resource: [`arn:${partition}:s3:::${bucketName}`],
  },
  {
    Sid: 'RegistryAddress',
    Effect: 'Allow',
    Action: ['route53:ChangeResourceRecordSets'],
    Resource: [`arn:${partition}:route53:::hostedzone/${zoneId}`],
    Condition: {
      'ForAllValues:StringEquals': {
        'route53:ChangeResourceRecordSetsNormalizedRecordNames': [host],
        'route53:ChangeResourceRecordSetsRecordTypes': ['A'],
        'route53:ChangeResourceRecordSetsActions': ['UPSERT'],
      },
    },
  },
  {
    Sid: 'RegistryZones',
    Effect: 'Allow',
    Action: ['route53:ListHostedZonesByName'],
    Resource: ['*'],
  },
];
