import { findTokens, redact } from '../../src/config/tokens';

/** Texts that look like secrets are found everywhere, and nothing else is. */

const gitlab = "must not contain a GitLab token: store it as the value of the runner's secret";
const privateKey = ['-----BEGIN', 'RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----'].join(' ');

const secrets: readonly (readonly [text: string, what: string])[] = [
  ['glrt-t1_abcDEF-123.xyz', 'a GitLab token'],
  ['glrt-', 'a GitLab token'],
  ['glrtr-abc', 'a GitLab token'],
  ['glpat-abcdefghij0123456789', 'a GitLab token'],
  ['gldt-abcdefghij0123456789', 'a GitLab token'],
  ['glcbt-64_abcdefghij', 'a GitLab token'],
  ['glptt-abc', 'a GitLab token'],
  ['glft-abc', 'a GitLab token'],
  ['glagent-abc', 'a GitLab token'],
  ['GR1348941abcdefghij', 'a GitLab registration token'],
  ['AKIAIOSFODNN7EXAMPLE', 'an AWS access key'],
  ['ASIAIOSFODNN7EXAMPLE', 'an AWS access key'],
  [privateKey, 'a private key'],
];

const ordinary = [
  'glibc-devel',
  'glib2-devel',
  'glslang-devel',
  'gl-utils',
  'gitlab-runner',
  'gitlab-token',
  'single-threaded',
  'glossary',
  'GR1348941',
  'AKIA',
  'arn:aws:iam::111122223333:role/AKIA',
  '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
  '-----BEGIN PUBLIC KEY-----',
];

describe('redact', () => {
  test.each(secrets)('takes away %s', (text) => {
    expect(redact(text)).toBe('[redacted]');
    expect(redact(`a ${text}`)).toBe('a [redacted]');
    expect(redact(`"${text}"`)).not.toContain(text);
  });

  test('takes away all of several', () => {
    expect(redact('a glrt-one, glpat-two; glrt-three')).toBe('a [redacted], [redacted]; [redacted]');
    expect(redact('glrt-one')).toBe(redact('glrt-one'));
  });

  test.each(ordinary)('leaves %s', (text) => {
    expect(redact(text)).toBe(text);
  });
});

describe('findTokens', () => {
  test.each(secrets)('finds %s, as often as asked', (text, what) => {
    for (const value of [text, `x ${text}`, text]) {
      expect(findTokens({ a: [value] })).toEqual([
        { path: ['a', 0], rule: expect.stringContaining(`must not contain ${what}`) as string, value },
      ]);
    }
  });

  test.each(ordinary)('does not find %s', (text) => {
    expect(findTokens({ [text]: text })).toEqual([]);
  });

  test('finds keys and values, at any depth', () => {
    expect(findTokens({ a: { 'glrt-key': { b: [1, null, undefined, 'glrt-value'] } } })).toEqual([
      { path: ['a', 'glrt-key'], rule: gitlab, value: 'glrt-key' },
      { path: ['a', 'glrt-key', 'b', 3], rule: gitlab, value: 'glrt-value' },
    ]);
  });

  test.each([undefined, null, 0, true, [], {}, () => 'glrt-x'])('finds nothing in %p', (value) => {
    expect(findTokens(value)).toEqual([]);
  });

  test('says of a key that is not a runner’s token that it does not belong here, not that it is one', () => {
    const [key] = findTokens('AKIAIOSFODNN7EXAMPLE');
    expect(key?.rule).toMatch(/^must not contain an AWS access key/);
    expect(key?.rule).not.toContain("the runner's secret");
  });
});
