import type { EnvironmentInput } from '../../src/config/environment';
import {
  minimal,
  parsed,
  withAutoscaler,
  withFargate,
  withFleet,
  type FargateInput,
} from '../support/environments';
import { fleet, putFleet, rejects, type Case } from '../support/refusals';

/** Interactive web terminals: what people write of them, and what should be known. */

const GITLAB = 'sg-0a1b2c3d4e5f60718';

test('there is no session server unless one is asked for', () => {
  expect(parsed(minimal()).fleets[0]?.sessionServer).toBeUndefined();
});

test('one that is asked for has the defaults of the documentation', () => {
  expect(parsed(withFleet({ sessionServer: {} })).fleets[0]?.sessionServer).toEqual({
    port: 8093,
    timeoutSeconds: 1800,
    allowedSecurityGroupIds: [],
  });
});

test.each(['terminals.example.com:443', '10.0.0.5:8093', 'a:1', 'a-b:65535'])(
  '%s can be advertised',
  (address) => {
    const { fleets } = parsed(withFleet({ sessionServer: { advertiseAddress: address } }));
    expect(fleets[0]?.sessionServer?.advertiseAddress).toBe(address);
  },
);

const put = (path: string, value: unknown) => putFleet(`sessionServer.${path}`, value);
const at = `${fleet}.sessionServer`;
const form = 'must be a host and a port such as terminals.example.com:8093, without https://';

const cases: Case[] = [
  [
    'a key that it does not have',
    put('listenAddress', ':1'),
    `${at}.listenAddress is not a known key, got ":1"`,
  ],
  ['true', putFleet('sessionServer', true), `${at} must be an object, got true`],
  ['a port that is none', put('port', 65536), `${at}.port must be at most 65535, got 65536`],
  ['the port of SSH', put('port', 22), `${at}.port must not be 22, where the machine has SSH, got 22`],
  ['the port of the metrics', put('port', 9252), `${at}.port must not be metrics.port (9252), got 9252`],
  ['no time', put('timeoutSeconds', 0), `${at}.timeoutSeconds must be at least 1, got 0`],
  [
    'a group that is none',
    put('allowedSecurityGroupIds', ['0.0.0.0/0']),
    `${at}.allowedSecurityGroupIds[0] must be an id such as sg-0a1b2c3d4e5f60718, got "0.0.0.0/0"`,
  ],
  ...['https://a:1', 'a', ':8093', 'a:', 'a b:1', 'a:1/x', '-a:1', 'a"\n:1', 'u@a:1', 'a:0', 'a:65536'].map(
    (address): Case => [
      `${JSON.stringify(address)} as an address`,
      put('advertiseAddress', address),
      `${at}.advertiseAddress ${form}, got ${JSON.stringify(address)}`,
    ],
  ),
  [
    'a low port of managers that are tasks',
    withFargate({ sessionServer: { port: 443 } }),
    'fleets.jobs.sessionServer.port must be at least 1024: managers of tasks are not root, got 443',
  ],
];

rejects('a session server with', cases);

const warnings = (input: EnvironmentInput): string[] =>
  parsed(input).warnings.map(({ path, message }) => `${path} ${message}`);
const sessionServer: FargateInput['sessionServer'] = { allowedSecurityGroupIds: [GITLAB] };

test('nothing is to be warned of where GitLab may come in and jobs run in Docker beside gitlab-runner', () => {
  expect(warnings(withFleet({ sessionServer }))).toEqual([]);
});

test.each<[string, EnvironmentInput, string]>([
  [
    'that nobody may come in',
    withFleet({ sessionServer: {} }),
    `${at}.allowedSecurityGroupIds is empty: nobody reaches the session server; name the security group of GitLab's machines, or of what passes their requests on`,
  ],
  [
    'what GitLab does not list of workers',
    withAutoscaler({ sessionServer }),
    'fleets.builds.sessionServer is set, but GitLab does not list interactive web terminals for the docker-autoscaler executor: try them before you rely on them',
  ],
  [
    'what GitLab does not have for tasks',
    withFargate({ sessionServer }),
    'fleets.jobs.sessionServer is set, but jobs of this fleet have no interactive web terminals: GitLab has none for the custom executor',
  ],
])('warns of %s', (_, input, warning) => {
  expect(warnings(input)).toEqual([warning]);
});
