import { minimal, parsed, refusals, withValue } from '../support/environments';
import { put, rejects } from '../support/refusals';

/** The network: what it may say, what that means, and what should be known of it. */

const tables = ['rtb-0a1b2c3d4e5f60718', 'rtb-0a1b2c3d'];
const withNetwork = (fields: object) => withValue(minimal(), 'network', { ...minimal().network, ...fields });
const warningsOf = (fields: object) =>
  parsed(withNetwork(fields)).warnings.map(({ path, message }) => `${path} ${message}`);

describe('a network that exists', () => {
  test('has no endpoints and no route tables unless it says so', () => {
    expect(parsed(minimal()).network).toEqual({
      ...minimal().network,
      interfaceEndpoints: false,
      routeTableIds: [],
    });
  });

  test.each<[string, object]>([
    ['interface endpoints with a way to S3', { interfaceEndpoints: true, routeTableIds: tables }],
    ['interface endpoints without one', { interfaceEndpoints: true }],
    ['no interface endpoints, and no route tables', { interfaceEndpoints: false, routeTableIds: [] }],
  ])('takes %s', (_, fields) => {
    expect(refusals(withNetwork(fields))).toEqual([]);
    expect(parsed(withNetwork(fields)).network).toMatchObject(fields);
  });
});

rejects('a network', [
  [
    'route tables that nothing would use',
    withNetwork({ routeTableIds: tables }),
    'network.routeTableIds needs interfaceEndpoints: nothing else uses route tables, got ["rtb-0a1b2c3d4e5f60718","rtb-0a1b2c3d"]',
  ],
  [
    'the same beside endpoints that are switched off',
    withNetwork({ interfaceEndpoints: false, routeTableIds: ['rtb-0a1b2c3d'] }),
    'network.routeTableIds needs interfaceEndpoints: nothing else uses route tables, got ["rtb-0a1b2c3d"]',
  ],
  [
    'a route table that repeats',
    withNetwork({ interfaceEndpoints: true, routeTableIds: ['rtb-0a1b2c3d', 'rtb-0a1b2c3d'] }),
    'network.routeTableIds[1] must not repeat element [0], got "rtb-0a1b2c3d"',
  ],
  [
    'an id that is no route table’s',
    withNetwork({ interfaceEndpoints: true, routeTableIds: ['subnet-0a1b2c3d'] }),
    'network.routeTableIds[0] must be an id such as rtb-0a1b2c3d4e5f60718, got "subnet-0a1b2c3d"',
  ],
  [
    'one route table without a list',
    withNetwork({ interfaceEndpoints: true, routeTableIds: 'rtb-0a1b2c3d' }),
    'network.routeTableIds must be a list, got "rtb-0a1b2c3d"',
  ],
  [
    'endpoints by name',
    put('network.interfaceEndpoints', ['ec2']),
    'network.interfaceEndpoints must be true or false, got ["ec2"]',
  ],
]);

test('a network that is unsound itself is not refused across its fields besides', () => {
  expect(refusals(withNetwork({ interfaceEndpoints: 'yes', routeTableIds: tables }))).toEqual([
    'environments/dev.ts: network.interfaceEndpoints must be true or false, got "yes"',
  ]);
});

describe('a network', () => {
  test('warns of endpoints without a way to S3', () => {
    expect(warningsOf({ interfaceEndpoints: true })).toEqual([
      "network.routeTableIds is empty: no gateway endpoint of S3 is made, where layers of ECR's images and packages of Amazon Linux lie; name the subnets' route tables, unless they have another way to S3",
    ]);
  });

  test.each<[string, object]>([
    ['no endpoints', {}],
    ['endpoints and a way to S3', { interfaceEndpoints: true, routeTableIds: tables }],
  ])('warns of nothing with %s', (_, fields) => {
    expect(warningsOf(fields)).toEqual([]);
  });
});
