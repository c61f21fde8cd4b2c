import { parse } from 'smol-toml';
import { renderConfigTemplate } from '../../src/rendering/config-toml';
import { fleetOf, minimal, parsed, withFargate, withValue } from '../support/environments';

/** `[runners.cache]` as gitlab-runner reads it, in every fleet type. */

interface Runners {
  readonly runners: readonly { readonly cache?: unknown }[];
}

const cachesOf = (input: object): unknown[] => {
  const environment = parsed(input);
  return environment.fleets.flatMap((fleet) => {
    const { runners } = parse(renderConfigTemplate(fleet, environment)) as unknown as Runners;
    return runners.map(({ cache }) => cache);
  });
};

const expected = (path: string, bucket: string) => ({
  Type: 's3',
  Path: path,
  Shared: true,
  s3: { BucketName: bucket, BucketLocation: 'eu-central-1', AuthenticationType: 'iam' },
});

test('has a folder for each fleet and runner, and leaves the account to the machine that knows it', () => {
  const bucket = 'acme-dev-cache-@account-id@';
  expect(cachesOf(minimal())).toEqual([expected('linux/default', bucket)]);
  const two = withFargate({ runners: { node: { requestConcurrency: 2 }, java: { requestConcurrency: 2 } } });
  expect(cachesOf(two)).toEqual([expected('jobs/node', bucket), expected('jobs/java', bucket)]);
});

test('names the account where the environment does', () => {
  const input = withValue(minimal(), 'aws.accountId', '111122223333');
  expect(cachesOf(input)).toEqual([expected('linux/default', 'acme-dev-cache-111122223333')]);
});

test('names the address of S3 in China, which gitlab-runner does not know', () => {
  const input = withValue(minimal(), 'aws.region', 'cn-north-1');
  expect(cachesOf(input)).toMatchObject([
    { s3: { ServerAddress: 's3.cn-north-1.amazonaws.com.cn', BucketLocation: 'cn-north-1' } },
  ]);
});

test('is left out where the environment has none', () => {
  const input = withValue(minimal(), 'cache', false);
  expect(cachesOf(input)).toEqual([undefined]);
  expect(renderConfigTemplate(fleetOf(input), parsed(input))).not.toContain('cache');
});
