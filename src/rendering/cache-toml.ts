import type { Aws, Cache } from '../config/model';

/** `[runners.cache]`: whoever signs the requests has the rights, and no key stands in a file. @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runnerscache-section */
export interface CacheToml {
  readonly Type: 's3';
  readonly Path: string;
  readonly Shared: true;
  readonly s3: {
    readonly ServerAddress: string | undefined;
    readonly BucketName: string;
    readonly BucketLocation: string;
    readonly AuthenticationType: 'iam';
  };
}

/** What the token loader puts the account's id in place of, where the environment does not name it. */
export const accountPlaceholder = '@account-id@';

/** Name of the bucket of a cache. */
export const cacheBucketName = ({ name }: Cache, accountId: string): string => `${name}-${accountId}`;

/** Folder of a runner's cache in the bucket; nothing else may reach it. */
export const cachePath = (fleet: string, runner: string): string => `${fleet}/${runner}`;

/** S3 has another address in China. @see https://docs.aws.amazon.com/general/latest/gr/s3.html */
const serverAddress = ({ partition, region }: Aws): string | undefined =>
  partition === 'aws-cn' ? `s3.${region}.amazonaws.com.cn` : undefined;

/** The cache of a runner. Shared: with the runner's token in its path, a new token would be an empty cache. */
export const renderCache = (cache: Cache, aws: Aws, path: string): CacheToml => ({
  Type: 's3',
  Path: path,
  Shared: true,
  s3: {
    ServerAddress: serverAddress(aws),
    BucketName: cacheBucketName(cache, aws.accountId ?? accountPlaceholder),
    BucketLocation: aws.region,
    AuthenticationType: 'iam',
  },
});
