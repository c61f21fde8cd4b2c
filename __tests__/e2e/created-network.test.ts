import type { EnvironmentInput } from '../../src/config/environment';
import { askAws, type AskAwsProps } from '../support/ask-aws';
import { Deployment, type PlannedChange } from '../support/deployment';
import { describeWith } from '../support/engines';
import type { CreatedInput } from '../support/environments';

/** A network that is made, on the real Terraform and provider and an emulated AWS. */

const region = 'eu-central-1';
const zonesOf = (letters: string) => Array.from(letters, (letter) => `${region}${letter}`);

const within = (fields: Partial<CreatedInput>): EnvironmentInput => ({
  project: 'acme',
  aws: { region },
  network: {
    type: 'create',
    cidr: '10.20.0.0/16',
    availabilityZones: zonesOf('ab'),
    flowLogs: true,
    ...fields,
  },
  cache: false,
  secretRecoveryDays: 0,
  fleets: { linux: { type: 'autoscaling-group', capacity: { min: 1, max: 2 } } },
});
const small = within({});
const large = within({ availabilityZones: zonesOf('abc'), natGateways: 'per-zone' });
const first = within({
  availabilityZones: zonesOf('abc'),
  natGateways: 'per-zone',
  interfaceEndpoints: true,
});

jest.setTimeout(300_000);

describeWith(['terraform', 'moto'], 'an environment in a network that is made', () => {
  let deployment: Deployment;
  let asker: AskAwsProps;
  let output: string;
  beforeAll(async () => {
    deployment = await Deployment.start('dev', first);
    asker = { url: deployment.emulator.url, region, account: '123456789012' };
    deployment.synth(first);
    output = deployment.apply();
  });
  afterAll(() => deployment.stop());

  const counted = (changes: readonly PlannedChange[]) => {
    const texts = changes.map(({ type, actions }) => `${type} ${actions.join()}`);
    return Object.fromEntries(
      [...new Set(texts)].map((text) => [text, texts.filter((one) => one === text).length]),
    );
  };
  type Lists = 'subnet_ids' | 'public_subnet_ids' | 'route_table_ids' | 'nat_public_ips';
  type Outputs = { vpc_id: { value: string } } & Record<Lists, { value: string[] }>;
  const outputs = () => JSON.parse(deployment.run('output', '-json')) as Outputs;
  /** Where something is said in what Terraform printed; fails where it is not. */
  const said = (words: RegExp): number => {
    const at = output.search(words);
    if (at < 0) throw new Error(`nothing is said of ${String(words)}`);
    return at;
  };

  test('is deployed, and left as it is by a second plan', () => {
    expect(output).toMatch(/Apply complete! Resources: \d+ added, 0 changed, 0 destroyed\./);
    expect(deployment.plan()).toEqual([]);
  });

  test('has its machines in the private subnets, each of which leads to a NAT gateway of its own', async () => {
    const { subnet_ids: subnets, route_table_ids: tables, nat_public_ips: addresses } = outputs();
    const [group] = (await askAws(asker, 'autoscaling', 'DescribeAutoScalingGroups')).all(
      'VPCZoneIdentifier',
    );
    expect(group?.split(',').sort()).toEqual([...subnets.value].sort());
    expect(subnets.value).toHaveLength(3);
    const ids = Object.fromEntries(tables.value.map((id, index) => [`RouteTableId.${index + 1}`, id]));
    const gateways = (await askAws(asker, 'ec2', 'DescribeRouteTables', ids)).all('natGatewayId');
    expect(gateways).toHaveLength(3);
    expect(new Set(gateways).size).toBe(3);
    const { all } = await askAws(asker, 'ec2', 'DescribeNatGateways');
    expect(all('publicIp').sort()).toEqual([...addresses.value].sort());
  });

  test('loses a zone, NAT gateways and endpoints, and nothing else, once its machines were told', () => {
    const before = outputs().nat_public_ips.value;
    deployment.synth(small);
    expect(counted(deployment.plan())).toEqual({
      'aws_autoscaling_group update': 1,
      'aws_eip delete': 2,
      'aws_nat_gateway delete': 2,
      'aws_route delete': 1,
      'aws_route update': 1,
      'aws_route_table delete': 1,
      'aws_route_table_association delete': 2,
      'aws_security_group delete': 1,
      'aws_subnet delete': 2,
      'aws_vpc_endpoint delete': 12,
      // That of S3.
      'aws_vpc_endpoint update': 1,
      'aws_vpc_security_group_ingress_rule delete': 1,
    });
    output = deployment.run('apply', '-input=false', '-no-color', 'plan.tfplan');
    expect(outputs().nat_public_ips.value).toEqual(before.slice(0, 1));
    const subnet = /aws_subnet\.network_private-eu-central-1c\S*: Destroying/;
    expect(said(/aws_autoscaling_group\.\S*: Modifications complete/)).toBeLessThan(said(subnet));
    const gateway = /aws_nat_gateway\.network_public_eu-central-1b\S*: Destroying/;
    expect(said(/aws_route\.network_private-eu-central-1b\S*: Modifications complete/)).toBeLessThan(
      said(gateway),
    );
  });

  test('gets a zone and a NAT gateway in each without a change of what is there', () => {
    deployment.synth(large);
    expect(counted(deployment.plan())).toEqual({
      'aws_autoscaling_group update': 1,
      'aws_eip create': 2,
      'aws_nat_gateway create': 2,
      'aws_route create': 1,
      // The second zone's, to a NAT gateway of its own.
      'aws_route update': 1,
      'aws_route_table create': 1,
      'aws_route_table_association create': 2,
      'aws_subnet create': 2,
      'aws_vpc_endpoint update': 1,
    });
  });

  test('is destroyed without a rest, its ways out after its machines', async () => {
    const { vpc_id: vpc, subnet_ids: subnets, public_subnet_ids: open, route_table_ids: tables } = outputs();
    const ids = [vpc.value, ...subnets.value, ...open.value, ...tables.value];
    expect(ids).toHaveLength(7);
    output = deployment.destroy();
    const machinesAreGone = said(/aws_autoscaling_group\.\S+: Destruction complete/);
    for (const way of [
      /aws_route\.\S+: Destroying/,
      /aws_nat_gateway\.\S+: Destroying/,
      /aws_internet_gateway\.\S+: Destroying/,
      /aws_vpc_endpoint\.\S+: Destroying/,
      /aws_subnet\.network_private\S+: Destroying/,
    ])
      expect([way, said(way) > machinesAreGone]).toEqual([way, true]);
    expect(deployment.run('state', 'list')).toBe('');
    const asked = ['Vpcs', 'Subnets', 'RouteTables', 'InternetGateways', 'Addresses', 'FlowLogs'];
    const rest = await Promise.all(asked.map((what) => askAws(asker, 'ec2', `Describe${what}`)));
    expect(rest.map(({ status }) => status)).toEqual(asked.map(() => 200));
    expect(ids.filter((id) => rest.some(({ text }) => text.includes(id)))).toEqual([]);
    const made = rest.flatMap(({ all }) => ['internetGatewayId', 'publicIp', 'flowLogId'].flatMap(all));
    expect(made).toEqual([]);
    const { all } = await askAws(asker, 'ec2', 'DescribeNatGateways');
    expect(all('state')).toEqual(['deleted', 'deleted', 'deleted']);
  });
});
