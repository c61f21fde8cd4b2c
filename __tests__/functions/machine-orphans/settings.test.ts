import { parseSettings } from '../../../src/functions/machine-orphans/settings';

/** The settings of the audit, as its construct writes them into a variable. */

const profile = 'arn:aws:iam::111122223333:instance-profile/acme-prod-machines-builds';

const settings = {
  fleet: 'acme-prod-machines',
  profiles: [profile, 'arn:aws-us-gov:iam::111122223333:instance-profile/ci/acme'],
  keyPairs: ['runner-*-acme-prod-machines-*'],
  document: 'acme-prod-machines-orphans',
  managerGroup: 'acme-prod-machines',
  maxAgeHours: 24,
  dryRun: false,
  namespace: 'GitLabRunner',
};

test('settings are read as they were written', () => {
  expect(parseSettings(JSON.stringify(settings))).toEqual(settings);
});

test('machines may share a key that is given', () => {
  expect(parseSettings(JSON.stringify({ ...settings, keyPairs: [] })).keyPairs).toEqual([]);
});

test.each([
  ['fleet', ['', 1], 'a name'],
  [
    'profiles',
    [
      [],
      {},
      null,
      profile,
      [''],
      [1],
      ['acme-prod-machines-builds'],
      [profile, ''],
      ['arn:aws:iam::111122223333:role/acme-prod-machines-builds'],
      ['arn:aws:iam::*:instance-profile/acme'],
    ],
    'a list of ARNs of instance profiles',
  ],
  ['keyPairs', [null, 'runner-*', [''], [1]], 'a list of names, or an empty one'],
  ['document', ['', null], 'a name'],
  ['managerGroup', ['', null, ['acme-prod-machines']], 'a name'],
  ['maxAgeHours', [0, -1, 0.5, '24', null], 'a whole number above 0'],
  ['dryRun', ['false', 0, null], 'true or false'],
  ['namespace', ['', null], 'a name'],
])('rejects %s that is none', (name, values, what) => {
  for (const value of values)
    expect(() => parseSettings(JSON.stringify({ ...settings, [name]: value }))).toThrow(
      `SETTINGS.${name} must be ${what}, got ${JSON.stringify(value)}`,
    );
  expect(values).not.toHaveLength(0);
});

test('rejects settings without any of them, and says so of each', () => {
  expect(() => parseSettings('{}')).toThrow(/^(SETTINGS\.\w+ must be [^;]+, got undefined(; |$)){8}$/);
});
