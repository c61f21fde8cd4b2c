import { minimal, parsed, refusals, withValue } from '../support/environments';

/** The cache: what people write of it, and what the model makes of it. */

const withCache = (cache: unknown) => withValue(minimal(), 'cache', cache);

test.each([
  ['unless something is said', undefined, { name: 'acme-dev-cache', expirationDays: 90 }],
  ['where nothing more is said', {}, { name: 'acme-dev-cache', expirationDays: 90 }],
  ['with days of its own', { expirationDays: 7 }, { name: 'acme-dev-cache', expirationDays: 7 }],
  ['unless it is turned off', false, undefined],
])('is made %s', (_, cache, expected) => {
  expect(parsed(withCache(cache)).cache).toEqual(expected);
});

const path = 'environments/dev.ts: cache';

test.each([
  [true, [`${path} must be false or an object, got true`]],
  [null, [`${path} must be false or an object, got null`]],
  [[], [`${path} must be false or an object, got []`]],
  [{ expirationDays: 0 }, [`${path}.expirationDays must be at least 1, got 0`]],
  [{ expirationDays: 1.5 }, [`${path}.expirationDays must be a whole number, got 1.5`]],
  [{ days: 1 }, [`${path}.days is not a known key, got 1`]],
])('refuses %j', (cache, expected) => {
  expect(refusals(withCache(cache))).toEqual(expected);
});

test('refuses names with which S3 would refuse the bucket, and takes them without a cache', () => {
  const long = withValue(minimal(), 'project', 'a'.repeat(32));
  const name = 'e'.repeat(13);
  expect(refusals(long, undefined, name)).toEqual([
    `environments/${name}.ts: project makes the S3 bucket name ${'a'.repeat(32)}-${name}-cache-<account id> of 65 characters, and AWS takes 63, got "${'a'.repeat(32)}"`,
  ]);
  expect(refusals(withValue(long, 'cache', false), undefined, name)).toEqual([]);
});
