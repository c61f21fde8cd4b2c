import { parseSettings } from '../../../src/functions/task-orphans/settings';

/** The settings of the audit, as its construct writes them into a variable. */

const cluster = 'arn:aws:ecs:eu-central-1:111122223333:cluster/acme-prod-fargate';

const settings = {
  fleet: 'acme-prod-fargate',
  families: { [cluster]: ['acme-prod-fargate-node', 'acme-prod-fargate-java'] },
  managerCluster: 'arn:aws-us-gov:ecs:us-gov-west-1:111122223333:cluster/acme',
  managerService: 'acme-prod-fargate',
  maxAgeHours: 24,
  dryRun: false,
  namespace: 'GitLabRunner',
};

test('settings are read as they were written', () => {
  expect(parseSettings(JSON.stringify(settings))).toEqual(settings);
});

test.each([
  ['fleet', ['', 1], 'a name'],
  [
    'families',
    [
      {},
      [],
      null,
      cluster,
      [cluster],
      { acme: ['node'] },
      { [cluster]: [] },
      { [cluster]: [''] },
      { [cluster]: [1] },
      { [cluster]: 'node' },
      { ...settings.families, '': ['node'] },
    ],
    'lists of names by the ARN of a cluster',
  ],
  [
    'managerCluster',
    ['', 'acme', 'arn:aws:ecs:eu-central-1:111122223333:task/acme/1'],
    'the ARN of a cluster',
  ],
  ['managerService', ['', null], 'a name'],
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
  expect(() => parseSettings('{}')).toThrow(/^(SETTINGS\.\w+ must be [^;]+, got undefined(; |$)){7}$/);
});
