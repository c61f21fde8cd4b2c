import { ExpiringBucket } from '../../src/constructs/expiring-bucket';
import { minimal, withFargate, withValue } from '../support/environments';
import { addressOf, blockOf, blocksOf, needs, synthesize, synthesizeScope } from '../support/synth';

/** The bucket of the cache, with everything that Terraform gets. */

const bucketOf = (isKept = false) =>
  synthesizeScope((scope) => {
    const props = { name: 'a', kmsKeyArn: 'arn:key', expirationDays: 7, isKept, statements: [] };
    new ExpiringBucket(scope, 'cache', props);
  });

test('is left with its objects where these are kept: a destroy then fails', () => {
  expect(blockOf(bucketOf(true), 'aws_s3_bucket')).toEqual({ bucket: 'a', force_destroy: false });
});

test('is private, encrypted with the key of the environment, and empties itself', () => {
  const terraform = bucketOf();
  const bucket = `\${${addressOf(terraform, 'aws_s3_bucket')}.id}`;
  expect(blockOf(terraform, 'aws_s3_bucket')).toEqual({ bucket: 'a', force_destroy: true });
  expect(blockOf(terraform, 'aws_s3_bucket_public_access_block')).toEqual({
    bucket,
    block_public_acls: true,
    block_public_policy: true,
    ignore_public_acls: true,
    restrict_public_buckets: true,
  });
  expect(blockOf(terraform, 'aws_s3_bucket_ownership_controls')).toEqual({
    bucket,
    rule: { object_ownership: 'BucketOwnerEnforced' },
  });
  expect(blockOf(terraform, 'aws_s3_bucket_server_side_encryption_configuration')).toEqual({
    bucket,
    rule: [
      {
        apply_server_side_encryption_by_default: { sse_algorithm: 'aws:kms', kms_master_key_id: 'arn:key' },
        bucket_key_enabled: true,
      },
    ],
  });
  expect(blockOf(terraform, 'aws_s3_bucket_lifecycle_configuration')).toEqual({
    bucket,
    rule: [
      {
        id: 'expiration',
        status: 'Enabled',
        filter: [{ prefix: '' }],
        expiration: [{ days: 7 }],
        abort_incomplete_multipart_upload: [{ days_after_initiation: 1 }],
      },
    ],
  });
});

describe.each([
  ['a group of instances', minimal(), 'aws_autoscaling_group'],
  ['a service of managers', withFargate(), 'aws_ecs_service'],
])('in an environment with %s', (_, input, type) => {
  test('goes after what uses it, which does not wait for the expiration of objects', () => {
    const terraform = synthesize(input);
    const needed = [...needs(terraform, addressOf(terraform, type))].join('\n');
    expect(needed).toContain('aws_s3_bucket_policy.');
    expect(needed).not.toContain('aws_s3_bucket_lifecycle_configuration.');
  });

  test('has one folder that the fleet may use', () => {
    const roles = blocksOf(synthesize(input), 'aws_iam_role_policy').map(({ policy }) => String(policy));
    const folders = roles.flatMap((policy) => policy.match(/arn:aws:s3:::[^"]*\/\*/g) ?? []);
    const [fleet = ''] = Object.keys(input.fleets);
    expect(folders).toEqual([expect.stringMatching(new RegExp(`/${fleet}/\\*$`))]);
  });

  test('is not there where the environment has none', () => {
    const terraform = synthesize(withValue(input, 'cache', false));
    expect(Object.keys(terraform.resource).filter((kind) => kind.startsWith('aws_s3'))).toEqual([]);
    expect(JSON.stringify(terraform)).not.toMatch(/s3:|cache/);
  });
});
