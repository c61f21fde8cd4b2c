import type { EnvironmentInput } from '../../src/config/environment';
import { minimal, parsed, refusals, withAutoscaler, withFargate } from '../support/environments';
import { put, rejects, type Case } from '../support/refusals';

/** A mirror of Docker Hub: what is taken, what is refused, and for whom it does nothing. */

type MirrorInput = NonNullable<EnvironmentInput['registryMirror']>;

const url = 'https://mirror.acme.example';
const withMirror = (registryMirror: MirrorInput, input = minimal()): EnvironmentInput => ({
  ...input,
  registryMirror,
});

const urlRule =
  'must be an https:// URL of a host, with its port if need be, and nothing else, such as https://mirror.acme.example';

test('takes no mirror, which is the default', () => {
  expect(parsed(minimal()).registryMirror).toBeUndefined();
});

test.each([
  [url, url],
  [`${url}/`, url],
  [`${url}:5000`, `${url}:5000`],
])('takes the mirror %s', (given, known) => {
  expect(parsed(withMirror({ type: 'url', url: given })).registryMirror).toEqual({ type: 'url', url: known });
});

rejects('what is no mirror', [
  ...[
    ...[
      'mirror.acme.example',
      'http://mirror.acme.example',
      'https://',
      '',
      `${url}/hub`,
      `${url}?a`,
      `${url}#a`,
    ],
    ...[`${url}:x`, `${url}:99999`, ` ${url}`, 'https://a"b', "https://a'b", 'https://$(id)', 'https://a\nb'],
  ].map((given): Case => [
    JSON.stringify(given),
    put('registryMirror', { type: 'url', url: given }),
    `registryMirror.url ${urlRule}, got ${JSON.stringify(given)}`,
  ]),
  [
    'a user and a password, which are not repeated',
    put('registryMirror', { type: 'url', url: 'https://me:pw@mirror.acme.example' }),
    `registryMirror.url ${urlRule}, got "https://[redacted]@mirror.acme.example"`,
  ],
  [
    'another type',
    put('registryMirror', { type: 'ecr' }),
    'registryMirror.type must be one of own, url, got "ecr"',
  ],
  ['no address', put('registryMirror', { type: 'url' }), 'registryMirror.url is required, got undefined'],
]);

describe('a mirror of our own', () => {
  const own = { type: 'own' } as const;
  const path = 'environments/dev.ts: registryMirror.type must not be own';
  const wayOut = "name a mirror that exists: { type: 'url', url: '…' }, got \"own\"";

  test('is taken where a manager can run it, also beside tasks, for which it does nothing', () => {
    const fleets = { ...withAutoscaler().fleets, ...withFargate().fleets };
    expect(refusals(withMirror(own, { ...minimal(), fleets }))).toEqual([]);
    expect(parsed(withMirror(own, withAutoscaler())).registryMirror).toEqual({ type: 'own' });
  });

  test('is refused beside fleets without a manager, by their names', () => {
    const group = { type: 'autoscaling-group', capacity: { min: 0, max: 1 } } as const;
    const fleets = { ...withAutoscaler().fleets, linux: group, arm: group };
    expect(refusals(withMirror(own, { ...minimal(), fleets }))).toEqual([
      `${path} beside fleets of type autoscaling-group (linux, arm), which have no manager to run it: ${wayOut}`,
    ]);
  });

  test('is refused without the bucket of the cache', () => {
    expect(refusals(withMirror(own, { ...withAutoscaler(), cache: false }))).toEqual([
      `${path} without the cache, in whose bucket its images lie: let there be a cache, or ${wayOut}`,
    ]);
  });

  test('has no address of its own', () => {
    expect(refusals(put('registryMirror', { type: 'own', url }, withAutoscaler()))).toEqual([
      `environments/dev.ts: registryMirror.url is not a known key, got "${url}"`,
    ]);
  });
});

describe('warnings', () => {
  const warnings = (input: EnvironmentInput): string[] =>
    parsed(input)
      .warnings.map(({ path, message }) => `${path} ${message}`)
      .filter((warning) => warning.includes('registryMirror'));

  test.each<[string, EnvironmentInput, string[]]>([
    ['machines', withMirror({ type: 'url', url }), []],
    ['workers', withMirror({ type: 'url', url }, withAutoscaler()), []],
    ['tasks without a mirror', withFargate(), []],
    [
      'tasks with a mirror',
      withMirror({ type: 'url', url }, withFargate()),
      ['fleets.jobs.type is fargate, whose images AWS pulls: registryMirror does nothing for them'],
    ],
  ])('%s', (_, input, expected) => {
    expect(warnings(input)).toEqual(expected);
  });
});
