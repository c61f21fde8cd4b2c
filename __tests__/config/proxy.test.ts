import type { EnvironmentInput } from '../../src/config/environment';
import {
  minimal,
  parsed,
  refusals,
  withAutoscaler,
  withCreated,
  withFargate,
  withFleet,
} from '../support/environments';
import { put, rejects, type Case } from '../support/refusals';

/** A company's proxy: what is taken, what is refused, and what does not go through it. */

type ProxyInput = NonNullable<EnvironmentInput['proxy']>;

const http = 'http://proxy.acme.example:3128';
const withProxy = (proxy: ProxyInput = { http }, input = minimal()): EnvironmentInput => ({
  ...input,
  proxy,
});
const proxyOf = (proxy: ProxyInput) => parsed(withProxy(proxy)).proxy;

const urlRule =
  'must be an http:// or https:// URL of a host and a port and nothing else, such as http://proxy.acme.example:3128';
const credentialsRule =
  'must not have a user or a password, which would stand in user data and in the Terraform state: have the proxy know machines by their addresses, or name a relay in the network that has the password, such as cntlm';
const directRule =
  'must be a host name, a domain such as .acme.example, an address or a range of addresses such as 10.0.0.0/8, without a port and without *';

describe('takes', () => {
  test('no proxy, which is the default', () => {
    expect(parsed(minimal()).proxy).toBeUndefined();
  });

  test('one proxy for everything', () => {
    expect(proxyOf({ http })).toEqual({ http, https: http, noProxy: [] });
  });

  test('a proxy for https alone', () => {
    expect(proxyOf({ https: http })).toEqual({ http: undefined, https: http, noProxy: [] });
  });

  test('two proxies, with a slash at the end or without', () => {
    expect(proxyOf({ http: `${http}/`, https: 'https://[fd00::1]:443' })).toEqual({
      http,
      https: 'https://[fd00::1]:443',
      noProxy: [],
    });
  });

  test.each([
    ...['gitlab.acme.example', '.acme.example', 'docker', 'Host-1.acme.example', 'x', '3m.example'],
    ...['10.1.2.3', '10.0.0.0/8', 'fd00:ec2::254', 'fd00::/8'],
  ])('%s as something that is reached directly', (entry) => {
    expect(proxyOf({ http, noProxy: [entry] })?.noProxy).toEqual([entry]);
  });
});

rejects('what is no address of a proxy', [
  ...[
    ...[
      'proxy.acme.example:3128',
      'http://proxy.acme.example',
      'socks5://proxy.acme.example:1080',
      '',
      'http://:3128',
    ],
    ...[
      'http://proxy:3128/path',
      'http://proxy:3128?a',
      'http://proxy:3128#a',
      'http://proxy:99999',
      ' http://proxy:3128',
    ],
    ...[
      'http://proxy;reboot:3128',
      'http://$(id):3128',
      "http://a'b:3128",
      'http://proxy:3128\nA=1',
      'http://-a:3128',
    ],
  ].flatMap((url): Case[] =>
    (['http', 'https'] as const).map((key) => [
      `${key} ${JSON.stringify(url)}`,
      put(`proxy.${key}`, url),
      `proxy.${key} ${urlRule}, got ${JSON.stringify(url)}`,
    ]),
  ),
  ['a number', put('proxy.http', 3128), 'proxy.http must be text, got 3128'],
  [
    'no address at all',
    put('proxy', {}),
    'proxy must have http, https or both: the addresses of the proxy, got {}',
  ],
  [
    'exceptions without a proxy',
    put('proxy', { noProxy: ['x'] }),
    'proxy must have http, https or both: the addresses of the proxy, got {"noProxy":["x"]}',
  ],
  [
    'a key of something else',
    put('proxy', { http, no_proxy: 'x' }),
    'proxy.no_proxy is not a known key, got "x"',
  ],
]);

describe('rejects a user and a password, and does not repeat them', () => {
  test('in place of the whole field', () => {
    expect(refusals(put('proxy', 'http://me:s3cret@proxy:3128'))).toEqual([
      'environments/dev.ts: proxy must be an object, got "http://[redacted]@proxy:3128"',
    ]);
  });

  test.each([
    ['http://me:s3cret@proxy:3128', 'http://[redacted]@proxy:3128'],
    ['http://s3cret@proxy:3128', 'http://[redacted]@proxy:3128'],
    ['http://me:s3cr@et@proxy:3128', 'http://[redacted]@proxy:3128'],
    ['me:s3cret@proxy:3128', '[redacted]@proxy:3128'],
    ['http://me:s3cret@', 'http://[redacted]@'],
  ])('%s', (url, shown) => {
    expect(refusals(put('proxy.https', url))).toEqual([
      `environments/dev.ts: proxy.https ${credentialsRule}, got "${shown}"`,
    ]);
  });
});

rejects('what cannot be reached directly', [
  ...[
    '*',
    '*.acme.example',
    'docker:2375',
    '10.0.0.256',
    '10.0.0.1/8',
    '10.0.0',
    '-a',
    'a-',
    'a..b',
    'a,b',
    'a b',
    '',
    '.',
    'http://a',
    '$(id)',
    'a\n',
  ].map((entry): Case => [
    JSON.stringify(entry),
    put('proxy', { http, noProxy: [entry] }),
    `proxy.noProxy[0] ${directRule}, got ${JSON.stringify(entry)}`,
  ]),
  [
    'one thing twice',
    put('proxy', { http, noProxy: ['a', 'a'] }),
    'proxy.noProxy[1] must not repeat element [0], got "a"',
  ],
]);

describe('warnings', () => {
  const warnings = (input: EnvironmentInput): string[] =>
    parsed(input)
      .warnings.map(({ path, message }) => `${path} ${message}`)
      .filter((warning) => warning.includes('proxy'));
  const byJobs = withFleet({ scaling: { type: 'jobs' } });
  const wayOut =
    'knows no proxy: the network needs interfaceEndpoints, endpoints of your own or a NAT gateway for it';
  const ofFunction = `fleets.linux.scaling.type is jobs, and the function that scales ${wayOut}`;
  const ofTasks = `fleets.jobs.type is fargate, and what pulls images and sends logs of tasks ${wayOut}`;
  const byHttps = 'is a proxy that is reached by https: Session Manager opens no session through one';

  test.each<[string, EnvironmentInput, string[]]>([
    ['machines behind a proxy', withProxy(), []],
    ['a manager and workers behind a proxy', withProxy({ http }, withAutoscaler()), []],
    ['a function that scales by jobs', withProxy({ http }, byJobs), [ofFunction]],
    ['tasks of Fargate', withProxy({ http }, withFargate()), [ofTasks]],
    ['no proxy', withFargate(), []],
    [
      'endpoints',
      withProxy({ http }, { ...byJobs, network: { ...byJobs.network, interfaceEndpoints: true } }),
      [],
    ],
    ['a NAT gateway', withProxy({ http }, withCreated({}, byJobs)), []],
    [
      'a network without any way out',
      withProxy({ http }, withCreated({ natGateways: 'none' }, byJobs)),
      [ofFunction],
    ],
    ['https to the proxy', withProxy({ http, https: 'https://proxy:3129' }), [`proxy.https ${byHttps}`]],
    ['https to the one proxy', withProxy({ http: 'https://proxy:3129' }), [`proxy.http ${byHttps}`]],
    ['https to the proxy for http alone', withProxy({ http: 'https://proxy:3129', https: http }), []],
  ])('%s', (_, input, expected) => {
    expect(warnings(input)).toEqual(expected);
  });
});
