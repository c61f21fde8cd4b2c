import type { EnvironmentInput } from '../../src/config/environment';
import { minimal, parsed, withAutoscaler, withFargate } from '../support/environments';
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
  ['no address', put('registryMirror', { type: 'url' }), 'registryMirror.url is required, got undefined'],
]);

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
