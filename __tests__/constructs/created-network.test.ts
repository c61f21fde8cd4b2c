import { TerraformLocal, TerraformOutput } from 'cdktf';
import { CreatedNetwork, type CreatedNetworkProps } from '../../src/constructs/created-network';
import { FlowLogs } from '../../src/constructs/flow-logs';
import {
  addressOf,
  addressesOf,
  blockAt,
  blockOf,
  blocksOf,
  needs,
  referencesOf,
  synthesizeScope,
  type Block,
  type Terraform,
} from '../support/synth';

/** A VPC with its subnets and ways out: everything that Terraform gets. */

const zoneOf = (letter: string, index: number) => ({
  name: `eu-central-1${letter}`,
  publicCidr: `10.0.255.${240 - 16 * index}/28`,
  privateCidr: `10.0.${32 * index}.0/19`,
});
const zones = Array.from('abc', zoneOf);

const props: CreatedNetworkProps = {
  name: 'acme-dev',
  region: 'eu-central-1',
  cidr: '10.0.0.0/16',
  zones: zones.slice(0, 2),
  natGateways: 'one',
};

const synthesized = (fields: Partial<CreatedNetworkProps> = {}): Terraform =>
  synthesizeScope((scope) => {
    const made = new CreatedNetwork(scope, 'network', { ...props, ...fields });
    const { dependables, vpcId, subnetOfZone, routeTableIds, publicSubnetIds, natPublicIps } = made;
    const outputs = { vpcId, subnetOfZone, routeTableIds, publicSubnetIds, natPublicIps };
    for (const [name, value] of Object.entries(outputs))
      new TerraformOutput(scope, name, { value, staticId: true });
    new TerraformOutput(scope, 'user', { value: 'a', staticId: true, dependsOn: [...dependables] });
  });

/** The address of the only block of a type with this name. */
const named = (terraform: Terraform, type: string, name: string): string => {
  const isNamed = (address: string) => (blockAt(terraform, address).tags as { Name?: string }).Name === name;
  const [found = '', ...more] = addressesOf(terraform).filter(
    (address) => address.startsWith(`${type}.`) && isNamed(address),
  );
  expect(more).toEqual([]);
  return found;
};
const idOf = (address: string) => `\${${address}.id}`;
const tags = (Name: string) => ({ tags: { Name } });
/** What is removed goes after those who use it were told. */
const lifecycle = { create_before_destroy: true };

/** Blocks of a type, or none. */
const blocks = ({ resource }: Terraform, type: string): Block[] => Object.values(resource[type] ?? {});

const one = synthesized();
const perZone = synthesized({ natGateways: 'per-zone' });
const none = synthesized({ natGateways: 'none' });
const vpc = idOf(addressOf(one, 'aws_vpc'));
const [a, b] = ['eu-central-1a', 'eu-central-1b'];
const subnet = (kind: 'public' | 'private', zone: string) =>
  named(one, 'aws_subnet', `acme-dev-${kind}-${zone}`);
const tableOf = (what: string) => named(one, 'aws_route_table', `acme-dev-${what}`);
const natOf = (terraform: Terraform, zone: string) => named(terraform, 'aws_nat_gateway', `acme-dev-${zone}`);

describe('CreatedNetwork', () => {
  test('is a VPC that resolves names and gives them', () => {
    expect(blockOf(one, 'aws_vpc')).toEqual({
      cidr_block: '10.0.0.0/16',
      enable_dns_support: true,
      enable_dns_hostnames: true,
      ...tags('acme-dev'),
    });
  });

  test('has a default security group without any rule', () => {
    expect(blockOf(one, 'aws_default_security_group')).toEqual({ vpc_id: vpc, ...tags('acme-dev-default') });
  });

  test('has a public and a private subnet in each zone, and no public address by itself in either', () => {
    expect(blocksOf(one, 'aws_subnet')).toHaveLength(4);
    for (const { name, publicCidr, privateCidr } of props.zones) {
      const common = { vpc_id: vpc, availability_zone: name, map_public_ip_on_launch: false };
      expect(blockAt(one, subnet('public', name))).toEqual({
        ...common,
        cidr_block: publicCidr,
        ...tags(`acme-dev-public-${name}`),
      });
      expect(blockAt(one, subnet('private', name))).toEqual({
        ...common,
        cidr_block: privateCidr,
        ...tags(`acme-dev-private-${name}`),
        lifecycle,
      });
    }
  });

  test('has one route table of public subnets and one of each private one, with routes beside them', () => {
    expect(blocksOf(one, 'aws_route_table')).toHaveLength(3);
    expect(blockAt(one, tableOf('public'))).toEqual({ vpc_id: vpc, ...tags('acme-dev-public') });
    for (const name of [`private-${a}`, `private-${b}`])
      expect(blockAt(one, tableOf(name))).toEqual({ vpc_id: vpc, ...tags(`acme-dev-${name}`), lifecycle });
    const associations = blocksOf(one, 'aws_route_table_association').map(
      ({ subnet_id: from, route_table_id: table }) => [from, table],
    );
    expect(associations).toHaveLength(4);
    expect(associations).toEqual(
      expect.arrayContaining([
        [idOf(subnet('public', a)), idOf(tableOf('public'))],
        [idOf(subnet('public', b)), idOf(tableOf('public'))],
        [idOf(subnet('private', a)), idOf(tableOf(`private-${a}`))],
        [idOf(subnet('private', b)), idOf(tableOf(`private-${b}`))],
      ]),
    );
  });

  test('lets only public subnets lead to the internet gateway, and private ones to the NAT gateway', () => {
    const gateway = addressOf(one, 'aws_internet_gateway');
    expect(blockAt(one, gateway)).toEqual({ vpc_id: vpc, ...tags('acme-dev') });
    const nat = idOf(addressOf(one, 'aws_nat_gateway'));
    const internet = { destination_cidr_block: '0.0.0.0/0' };
    const routes = blocksOf(one, 'aws_route');
    expect(routes).toHaveLength(3);
    expect(routes).toEqual(
      expect.arrayContaining([
        { ...internet, route_table_id: idOf(tableOf('public')), gateway_id: idOf(gateway) },
        { ...internet, route_table_id: idOf(tableOf(`private-${a}`)), nat_gateway_id: nat, lifecycle },
        { ...internet, route_table_id: idOf(tableOf(`private-${b}`)), nat_gateway_id: nat, lifecycle },
      ]),
    );
  });

  test('has one NAT gateway in its first zone, which comes once its subnet leads to the internet', () => {
    const nat = addressOf(one, 'aws_nat_gateway');
    const address = addressOf(one, 'aws_eip');
    expect(blockAt(one, address)).toEqual({ domain: 'vpc', ...tags(`acme-dev-${a}`), lifecycle });
    const { depends_on: before, ...block } = blockAt(one, nat);
    expect(block).toEqual({
      allocation_id: idOf(address),
      subnet_id: idOf(subnet('public', a)),
      ...tags(`acme-dev-${a}`),
      lifecycle,
    });
    expect((before as string[]).map((one) => one.split('.')[0]).sort()).toEqual([
      'aws_route',
      'aws_route_table_association',
    ]);
    expect([...needs(one, nat)]).toEqual(
      expect.arrayContaining([addressOf(one, 'aws_internet_gateway'), tableOf('public')]),
    );
  });

  test('has a way to S3 from every private subnet, whatever NAT gateways there are', () => {
    for (const terraform of [one, perZone, none])
      expect(blockOf(terraform, 'aws_vpc_endpoint')).toEqual({
        vpc_id: vpc,
        service_name: 'com.amazonaws.eu-central-1.s3',
        vpc_endpoint_type: 'Gateway',
        route_table_ids: [idOf(tableOf(`private-${a}`)), idOf(tableOf(`private-${b}`))],
        ...tags('acme-dev-s3'),
      });
  });

  test('is known by ids that come with a deploy', () => {
    expect(one.output.vpcId?.value).toBe(vpc);
    expect(one.output.subnetOfZone?.value).toEqual({
      [a]: idOf(subnet('private', a)),
      [b]: idOf(subnet('private', b)),
    });
    expect(one.output.routeTableIds?.value).toEqual([
      idOf(tableOf(`private-${a}`)),
      idOf(tableOf(`private-${b}`)),
    ]);
    expect(one.output.publicSubnetIds?.value).toEqual([idOf(subnet('public', a)), idOf(subnet('public', b))]);
    expect(one.output.natPublicIps?.value).toEqual([`\${${addressOf(one, 'aws_eip')}.public_ip}`]);
  });

  test('is depended on with everything that leads out of private subnets', () => {
    const needed = new Set(
      referencesOf(one.output.user).flatMap((address) => [address, ...needs(one, address)]),
    );
    // The second public subnet has no NAT gateway.
    const idle = /^aws_default_security_group\.|\.network_public_eu-central-1b_/;
    const wanted = addressesOf(one).filter((address) => !idle.test(address));
    expect(wanted).toHaveLength(addressesOf(one).length - 3);
    expect(wanted.filter((address) => !needed.has(address))).toEqual([]);
  });
});

describe('a NAT gateway in every zone', () => {
  test('is the way out of the private subnet of its zone', () => {
    const routes = blocksOf(perZone, 'aws_route').filter((route) => 'nat_gateway_id' in route);
    expect(blocksOf(perZone, 'aws_nat_gateway')).toHaveLength(2);
    expect(routes.map(({ route_table_id: table, nat_gateway_id: nat }) => [table, nat])).toEqual([
      [idOf(tableOf(`private-${a}`)), idOf(natOf(perZone, a))],
      [idOf(tableOf(`private-${b}`)), idOf(natOf(perZone, b))],
    ]);
    expect(perZone.output.natPublicIps?.value).toHaveLength(2);
  });

  test('leaves the first one as it was, and everything else but the routes of other zones', () => {
    const before = addressesOf(one);
    const changed = before.filter(
      (address) => JSON.stringify(blockAt(perZone, address)) !== JSON.stringify(blockAt(one, address)),
    );
    expect(changed).toEqual([expect.stringMatching(/^aws_route\.network_private-eu-central-1b_/)]);
    const added = addressesOf(perZone).filter((address) => !before.includes(address));
    expect(added.map((address) => address.split('.')[0])).toEqual(['aws_eip', 'aws_nat_gateway']);
  });
});

describe('a network without NAT gateways', () => {
  test('has nothing that leads to the internet', () => {
    for (const type of ['aws_internet_gateway', 'aws_nat_gateway', 'aws_eip', 'aws_route'])
      expect([type, blocks(none, type)]).toEqual([type, []]);
    expect(blocksOf(none, 'aws_subnet').map(({ tags: own }) => (own as { Name: string }).Name)).toEqual([
      `acme-dev-private-${a}`,
      `acme-dev-private-${b}`,
    ]);
    expect(none.output.publicSubnetIds?.value).toEqual([]);
    expect(none.output.natPublicIps?.value).toEqual([]);
  });

  test('is the same else', () => {
    for (const address of addressesOf(none)) expect(blockAt(none, address)).toEqual(blockAt(one, address));
    expect(addressesOf(none).length).toBeGreaterThan(8);
  });
});

describe('a zone', () => {
  test('that is removed goes after those who use its subnet, its routes and its NAT gateway', () => {
    const ofZone = addressesOf(perZone).filter((address) => address.includes(`private-${b}`));
    const nat = [natOf(perZone, b), named(perZone, 'aws_eip', `acme-dev-${b}`)];
    expect(ofZone).toHaveLength(4);
    for (const address of [...ofZone, ...nat]) expect(blockAt(perZone, address)).toMatchObject({ lifecycle });
  });
});

describe('a further zone', () => {
  test.each(['one', 'per-zone', 'none'] as const)('changes nothing of the others (%s)', (natGateways) => {
    const before = synthesized({ natGateways });
    const after = synthesized({ natGateways, zones });
    const changed = addressesOf(before).filter(
      (address) => JSON.stringify(blockAt(after, address)) !== JSON.stringify(blockAt(before, address)),
    );
    expect(changed).toEqual([expect.stringMatching(/^aws_vpc_endpoint\.network_s3_/)]);
    const added = addressesOf(after).filter((address) => !addressesOf(before).includes(address));
    expect(added.length).toBeGreaterThan(2);
    for (const address of added) expect(address).toContain('eu-central-1c');
  });
});

test('FlowLogs keep all connections of a VPC, once they may be written', () => {
  const terraform = synthesizeScope((scope) => {
    const before = new TerraformLocal(scope, 'before', 'a');
    new FlowLogs(scope, 'logs', {
      name: 'acme-dev-flow-logs',
      vpcId: 'vpc-1',
      logGroupArn: 'arn:logs',
      roleArn: 'arn:role',
      dependables: [before],
    });
  });
  expect(blockOf(terraform, 'aws_flow_log')).toEqual({
    vpc_id: 'vpc-1',
    traffic_type: 'ALL',
    log_destination_type: 'cloud-watch-logs',
    log_destination: 'arn:logs',
    iam_role_arn: 'arn:role',
    ...tags('acme-dev-flow-logs'),
    depends_on: ['local.before'],
  });
});
