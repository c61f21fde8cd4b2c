import {
  fleetOf,
  minimal,
  parsed,
  refusals,
  withCreated,
  withFargate,
  withImage,
  withValue,
  type CreatedInput,
} from '../support/environments';
import { discardFolders, fileOf, messagesOf, newFolder } from '../support/folders';
import { linux, long, put, rejects } from '../support/refusals';

/** The network: what it may say, what that means, and what should be known of it. */

const tables = ['rtb-0a1b2c3d4e5f60718', 'rtb-0a1b2c3d'];
const withNetwork = (fields: object) => withValue(minimal(), 'network', { ...minimal().network, ...fields });
const warningsOf = (input: object) => parsed(input).warnings.map(({ path, message }) => `${path} ${message}`);

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

describe('a network that exists', () => {
  test('warns of endpoints without a way to S3', () => {
    expect(warningsOf(withNetwork({ interfaceEndpoints: true }))).toEqual([
      "network.routeTableIds is empty: no gateway endpoint of S3 is made, where layers of ECR's images and packages of Amazon Linux lie; name the subnets' route tables, unless they have another way to S3",
    ]);
  });

  test.each<[string, object]>([
    ['no endpoints', {}],
    ['endpoints and a way to S3', { interfaceEndpoints: true, routeTableIds: tables }],
  ])('warns of nothing with %s', (_, fields) => {
    expect(warningsOf(withNetwork(fields))).toEqual([]);
  });
});

const zonesOf = (letters: string) => Array.from(letters, (letter) => `eu-central-1${letter}`);

describe('a network that is made', () => {
  const { network } = parsed(withCreated());

  test('has 65,536 addresses and one NAT gateway, no interface endpoints and no flow logs unless it says so', () => {
    expect(network).toEqual({
      type: 'create',
      cidr: '10.0.0.0/16',
      zones: [
        { name: 'eu-central-1a', publicCidr: '10.0.255.240/28', privateCidr: '10.0.0.0/19' },
        { name: 'eu-central-1b', publicCidr: '10.0.255.224/28', privateCidr: '10.0.32.0/19' },
      ],
      natGateways: 'one',
      interfaceEndpoints: false,
      freeAddresses: 8187,
      flowLogsName: undefined,
    });
  });

  test('has everything that it says', () => {
    const fields = { cidr: '100.64.0.0/23', natGateways: 'per-zone', interfaceEndpoints: true } as const;
    expect(
      parsed(withCreated({ ...fields, availabilityZones: zonesOf('c'), flowLogs: true })).network,
    ).toEqual({
      type: 'create',
      ...fields,
      zones: [{ name: 'eu-central-1c', publicCidr: '100.64.1.240/28', privateCidr: '100.64.0.0/26' }],
      freeAddresses: 59,
      flowLogsName: 'acme-dev-flow-logs',
    });
  });

  test.each<[string, Partial<CreatedInput>]>([
    ['one zone in the smallest VPC', { cidr: '10.0.0.0/27', availabilityZones: zonesOf('a') }],
    ['two zones in a VPC of four subnets', { cidr: '10.0.0.0/26' }],
    ['six zones in half a thousand addresses', { cidr: '10.0.0.0/23', availabilityZones: zonesOf('abcdef') }],
    ['the end of 172.16.0.0/12', { cidr: '172.31.0.0/16' }],
    ['192.168.0.0/16', { cidr: '192.168.0.0/16' }],
    ['the end of 100.64.0.0/10', { cidr: '100.127.255.0/24' }],
    ['zones in any order', { availabilityZones: zonesOf('ca') }],
  ])('takes %s', (_, fields) => {
    expect(refusals(withCreated(fields))).toEqual([]);
  });

  test('takes zones of regions whose names are longer', () => {
    const input = withValue(
      withCreated({ availabilityZones: ['us-gov-west-1b'] }),
      'aws.region',
      'us-gov-west-1',
    );
    expect(refusals(input)).toEqual([]);
  });

  test('leaves subnets to the deploy where none is given', () => {
    const { fleets } = parsed(withCreated({}, withFargate({ managers: {}, runners: { a: {} } })));
    expect(fleets).toMatchObject([
      { managers: { subnetIds: undefined }, runners: [{ task: { subnetId: undefined } }] },
    ]);
    const subnetId = 'subnet-0a1b2c3d4e5f60718';
    const given = withFargate({
      managers: { subnetIds: [subnetId] },
      runners: { a: { task: { subnetId } } },
    });
    expect(parsed(withCreated({}, given)).fleets).toMatchObject([
      { managers: { subnetIds: [subnetId] }, runners: [{ task: { subnetId } }] },
    ]);
  });

  test('leaves the build of images to the default VPC where no subnet is given', () => {
    const subnetOf = (build: object) =>
      parsed(withCreated({}, withImage({ build }))).images.map(({ build: { subnetId } }) => subnetId);
    expect(subnetOf({})).toEqual([undefined]);
    expect(subnetOf({ subnetId: 'subnet-0a1b2c3d' })).toEqual(['subnet-0a1b2c3d']);
  });

  test('makes the fleet no other one', () => {
    expect(fleetOf(withCreated())).toEqual(fleetOf(minimal()));
  });
});

const create = (fields: object) => withValue(minimal(), 'network', { type: 'create', ...fields });
const zones = { availabilityZones: zonesOf('ab') };
const rangeRule = 'network.cidr must be an IPv4 range from /16 to /27, such as 10.20.0.0/16';
const placeRule =
  'network.cidr must lie in one of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10: whoever has other addresses could not be reached from the network';
const zoneRule =
  'must be an availability zone such as eu-central-1a; local zones and wavelength zones are not taken';

rejects('a network that is made', [
  [
    'another kind of network',
    withValue(minimal(), 'network.type', 'default'),
    'network.type must be one of existing, create, got "default"',
  ],
  ['no zones', create({}), 'network.availabilityZones is required, got undefined'],
  [
    'an empty list of zones',
    create({ availabilityZones: [] }),
    'network.availabilityZones must not be an empty list, got []',
  ],
  [
    'seven zones',
    create({ availabilityZones: zonesOf('abcdefg') }),
    `network.availabilityZones must have at most 6 elements, got ${JSON.stringify(zonesOf('abcdefg'))}`,
  ],
  [
    'a zone twice',
    create({ availabilityZones: zonesOf('aba') }),
    'network.availabilityZones[2] must not repeat element [0], got "eu-central-1a"',
  ],
  ...['us-east-1-bos-1a', 'us-east-1-wl1-bos-wlz-1', 'eu-central-1', 'a', 'euc1-az1', 'eu-central-1a\n'].map(
    (zone): [string, unknown, string] => [
      `the zone ${JSON.stringify(zone)}`,
      create({ availabilityZones: [zone] }),
      `network.availabilityZones[0] ${zoneRule}, got ${JSON.stringify(zone)}`,
    ],
  ),
  [
    'a zone of another region',
    create({ availabilityZones: ['eu-central-1a', 'eu-west-1a'] }),
    'network.availabilityZones[1] must be a zone of aws.region (eu-central-1), got "eu-west-1a"',
  ],
  ...[
    '10.0.0.0/15',
    '10.0.0.0/28',
    '10.0.0.1/16',
    '10.0.0.0',
    '10.0/16',
    'fd00::/16',
    '10.0.0.0/016',
    'x',
  ].map((cidr): [string, unknown, string] => [
    `the range ${cidr}`,
    create({ ...zones, cidr }),
    `${rangeRule}, got "${cidr}"`,
  ]),
  ...['8.8.0.0/16', '172.32.0.0/16', '192.169.0.0/16', '100.128.0.0/16', '0.0.0.0/16', '127.0.0.0/16'].map(
    (cidr): [string, unknown, string] => [
      `the range ${cidr}, which is others’`,
      create({ ...zones, cidr }),
      `${placeRule}, got "${cidr}"`,
    ],
  ),
  ...(
    [
      ['10.0.0.0/27', 2, 26],
      ['10.0.0.0/26', 3, 25],
      ['10.0.0.0/25', 5, 24],
      ['10.0.0.0/24', 6, 23],
    ] as const
  ).map(([cidr, count, needed]): [string, unknown, string] => [
    `${count} zones in ${cidr}`,
    create({ cidr, availabilityZones: zonesOf('abcdef'.slice(0, count)) }),
    `network.cidr must be a /${needed} or larger for the subnets of ${count} zones, got "${cidr}"`,
  ]),
  [
    'another number of NAT gateways',
    create({ ...zones, natGateways: 2 }),
    'network.natGateways must be one of one, per-zone, none, got 2',
  ],
  [
    'flow logs by name',
    create({ ...zones, flowLogs: 'all' }),
    'network.flowLogs must be true or false, got "all"',
  ],
  [
    'what belongs to a network that exists',
    create({ ...zones, vpcId: 'vpc-0a1b2c3d', routeTableIds: [] }),
    'network.vpcId is not a known key, got "vpc-0a1b2c3d"',
    'network.routeTableIds is not a known key, got []',
  ],
  [
    'what belongs to one that is made in one that exists',
    withNetwork({ natGateways: 'one' }),
    'network.natGateways is not a known key, got "one"',
  ],
  [
    'a fleet called as its flow logs',
    { ...withCreated({ flowLogs: true }), fleets: { 'flow-logs': linux() } },
    'fleets.flow-logs makes the IAM role name acme-dev-flow-logs, which network.flowLogs makes already, got "flow-logs"',
    'fleets.flow-logs makes the log group name acme-dev-flow-logs, which network.flowLogs makes already, got "flow-logs"',
  ],
]);

describe('a network that is made', () => {
  test('has flow logs whose role would be too long a name refused', () => {
    const name = long(50);
    const input = withCreated({ flowLogs: true });
    const rule = `network.flowLogs makes the IAM role name acme-${name}-flow-logs of 65 characters, and AWS takes 64, got true`;
    expect(refusals(input, undefined, name)).toContain(`environments/${name}.ts: ${rule}`);
  });

  test('is not looked at across its fields where it is unsound itself, and its region neither', () => {
    expect(refusals(create({ cidr: '10.0.0.0/27', availabilityZones: ['x'] }))).toEqual([
      `environments/dev.ts: network.availabilityZones[0] ${zoneRule}, got "x"`,
    ]);
    expect(refusals(withValue(withCreated(), 'aws.region', 'x'))).toEqual([
      'environments/dev.ts: aws.region must be an AWS region such as eu-central-1, got "x"',
    ]);
  });

  test('warns where nothing leads out of it', () => {
    expect(warningsOf(withCreated({ natGateways: 'none' }))).toEqual([
      'network.natGateways is none, and interfaceEndpoints is off: machines and tasks reach nothing but S3 until you give the route tables, which are an output, a way of your own',
    ]);
  });

  test('warns of the range that Docker uses', () => {
    expect(warningsOf(withCreated({ cidr: '172.17.128.0/20' }))).toEqual([
      'network.cidr lies in 172.17.0.0/16, which Docker and some services of AWS use for themselves: AWS advises against it',
    ]);
  });

  test.each<[string, Partial<CreatedInput>]>([
    ['its defaults', {}],
    ['interface endpoints for a NAT gateway', { natGateways: 'none', interfaceEndpoints: true }],
    ['the ranges beside Docker’s', { cidr: '172.18.0.0/16' }],
    ['the ranges before Docker’s', { cidr: '172.16.0.0/16' }],
  ])('warns of nothing with %s', (_, fields) => {
    expect(warningsOf(withCreated(fields))).toEqual([]);
  });
});

describe('two environments with interface endpoints', () => {
  afterEach(discardFolders);

  const there = { region: 'eu-central-1', accountId: '111122223333' };
  const inVpc = (vpcId: string, aws: object = there, interfaceEndpoints = true) =>
    fileOf({ ...withNetwork({ vpcId, interfaceEndpoints, routeTableIds: [] }), aws });
  const vpcId = 'vpc-0a1b2c3d';

  test.each([
    ['the same account', there],
    ['an account that is not known', { region: 'eu-central-1' }],
  ])('in one VPC, in %s, are refused', (_, aws) => {
    const folder = newFolder({ 'one.ts': inVpc(vpcId), 'two.ts': inVpc(vpcId, aws) });
    expect(messagesOf(folder)).toEqual([
      `<folder>/two.ts: network.interfaceEndpoints must not be on in two environments of ${vpcId}: a VPC has one endpoint of each service, and those of one environment serve both (<folder>/one.ts), got true`,
    ]);
  });

  test.each([
    ['in two VPCs', inVpc('vpc-0a1b2c3e')],
    ['in a VPC where the other has none', inVpc(vpcId, there, false)],
    ['in another region', inVpc(vpcId, { ...there, region: 'eu-west-1' })],
    ['in networks that are made', fileOf({ ...withCreated({ interfaceEndpoints: true }), aws: there })],
  ])('%s are taken', (_, two) => {
    expect(messagesOf(newFolder({ 'one.ts': inVpc(vpcId), 'two.ts': two }))).toEqual([]);
  });
});
