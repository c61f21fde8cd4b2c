import type { EnvironmentInput } from '../../src/config/environment';
import { askAws, type AskAwsProps } from '../support/ask-aws';
import { Deployment } from '../support/deployment';
import { describeWith } from '../support/engines';

/** Endpoints in a network that exists, on the real Terraform and provider and an emulated AWS. */

const region = 'eu-central-1';
const vpcId = 'vpc-0f1e2d3c4b5a69788';
const routeTableId = 'rtb-0f1e2d3c4b5a69788';
/** As the emulated AWS has them: of three zones, the first two again. */
const [a1, b, c, a2, b2] = ['88', '89', '8a', '8b', '8c'].map((end) => `subnet-0f1e2d3c4b5a697${end}`) as [
  string,
  string,
  string,
  string,
  string,
];

const withSubnets = (...subnetIds: string[]) =>
  ({
    project: 'acme',
    aws: { region },
    network: {
      type: 'existing',
      vpcId,
      subnetIds,
      interfaceEndpoints: true,
      routeTableIds: [routeTableId],
    },
    cache: false,
    secretRecoveryDays: 0,
    fleets: { linux: { type: 'autoscaling-group', capacity: { min: 1, max: 2 } } },
  }) satisfies EnvironmentInput;

const services = [
  ...['autoscaling', 'ec2', 'ec2messages', 'ecr.api', 'ecr.dkr', 'kms', 'logs', 'monitoring'],
  ...['secretsmanager', 'ssm', 'ssmmessages', 'sts'],
];

jest.setTimeout(300_000);

describeWith(['terraform', 'moto'], 'an environment with interface endpoints', () => {
  let deployment: Deployment;
  let asker: AskAwsProps;
  beforeAll(async () => {
    deployment = await Deployment.start('dev', withSubnets(a1, b, c, a2, b2));
    asker = { url: deployment.emulator.url, region, account: '123456789012' };
    await askAws(asker, 'ec2', 'AssociateVpcCidrBlock', { VpcId: vpcId, CidrBlock: '100.64.0.0/16' });
    deployment.synth(withSubnets(a2, a1, b));
    deployment.apply();
    state = JSON.parse(deployment.run('show', '-json')) as State;
  });
  afterAll(() => deployment.stop());

  const changes = (input: EnvironmentInput) => {
    deployment.synth(input);
    return deployment.plan('-refresh=false').map(({ type, actions }) => `${type} ${actions.join()}`);
  };
  const counted = (texts: readonly string[]) =>
    Object.fromEntries(
      [...new Set(texts)].sort().map((text) => [text, texts.filter((one) => one === text).length]),
    );

  interface State {
    values: { root_module: { resources: { type: string; mode: string; values: Record<string, unknown> }[] } };
  }
  let state: State;
  const made = (wanted: string) =>
    state.values.root_module.resources
      .filter(({ type, mode }) => mode === 'managed' && type === wanted)
      .map((resource) => resource.values);
  const interfaces = () =>
    made('aws_vpc_endpoint').filter(({ vpc_endpoint_type: type }) => type === 'Interface');
  const subnetsOfEndpoints = () => interfaces().map(({ subnet_ids: ids }) => [...(ids as string[])].sort());

  test('really has two subnets of a zone', async () => {
    const asked = Object.fromEntries([a1, a2, b, b2].map((id, index) => [`SubnetId.${index + 1}`, id]));
    const { all } = await askAws(asker, 'ec2', 'DescribeSubnets', asked);
    const zones = Object.fromEntries(
      all('subnetId').map((id, index) => [id, all('availabilityZone')[index]?.at(-1)]),
    );
    expect(zones).toEqual({ [a1]: 'a', [a2]: 'a', [b]: 'b', [b2]: 'b' });
  });

  test('has an endpoint of every service, in the first subnet of each zone, with the names of the services', () => {
    expect(interfaces().map(({ service_name: name }) => name)).toEqual(
      expect.arrayContaining(services.map((service) => `com.amazonaws.${region}.${service}`)),
    );
    expect(subnetsOfEndpoints()).toEqual(services.map(() => [b, a2].sort()));
    for (const { private_dns_enabled: isEnabled } of interfaces()) expect(isEnabled).toBe(true);
  });

  test('has a way to S3 from the route table', async () => {
    const { text } = await askAws(asker, 'ec2', 'DescribeVpcEndpoints', {
      'Filter.1.Name': 'vpc-endpoint-type',
      'Filter.1.Value.1': 'Gateway',
    });
    expect(text).toContain(`<serviceName>com.amazonaws.${region}.s3</serviceName>`);
    expect(text).toContain(routeTableId);
  });

  test('lets HTTPS in from every range of the VPC, and nothing else', async () => {
    const { all } = await askAws(asker, 'ec2', 'DescribeVpcs', { 'VpcId.1': vpcId });
    const ranges = [...new Set(all('cidrBlock'))].sort();
    expect(ranges).toHaveLength(2);
    expect(ranges).toContain('100.64.0.0/16');
    const [{ security_group_ids: groups } = {}] = interfaces();
    const rules = made('aws_vpc_security_group_ingress_rule').filter(
      ({ security_group_id: group }) => group === (groups as string[])[0],
    );
    expect(rules.map(({ cidr_ipv4: range }) => range).sort()).toEqual(ranges);
    for (const rule of rules)
      expect(rule).toMatchObject({ ip_protocol: 'tcp', from_port: 443, to_port: 443 });
  });

  test('is left as it is by a second plan', () => {
    expect(deployment.plan()).toEqual([]);
  });

  test('gets a subnet of another zone by changing its endpoints where they are', () => {
    expect(counted(changes(withSubnets(a2, a1, b, c)))).toEqual({
      'aws_autoscaling_group update': 1,
      'aws_vpc_endpoint update': services.length,
    });
  });

  test('only loses endpoints when it wants none any more', () => {
    const { network, ...rest } = withSubnets(a2, a1, b);
    const without = { ...rest, network: { ...network, interfaceEndpoints: false, routeTableIds: [] } };
    expect(counted(changes(without))).toEqual({
      'aws_security_group delete': 1,
      'aws_vpc_endpoint delete': services.length + 1,
      'aws_vpc_security_group_ingress_rule delete': 2,
    });
  });

  test('leaves its endpoints alone when subnets come or go of zones that they are in already', () => {
    expect(changes(withSubnets(a2, b, b2))).toEqual(['aws_autoscaling_group update']);
  });

  test('is destroyed without a rest, its endpoints after its machines', async () => {
    const ids = made('aws_vpc_endpoint').map(({ id }) => String(id));
    const output = deployment.destroy();
    const machinesAreGone = output.search(/aws_autoscaling_group\.\S+: Destruction complete/);
    expect(machinesAreGone).toBeGreaterThan(0);
    for (const first of [/aws_vpc_endpoint\.\S+: Destroying/, /rule\.interface-endpoints\S+: Destroying/])
      expect(output.search(first)).toBeGreaterThan(machinesAreGone);
    expect(output).toMatch(/Destroy complete! Resources: \d+ destroyed/);
    expect(deployment.run('state', 'list')).toBe('');
    expect(ids).toHaveLength(services.length + 1);
    const asked = Object.fromEntries(ids.map((id, index) => [`VpcEndpointId.${index + 1}`, id]));
    const { all } = await askAws(asker, 'ec2', 'DescribeVpcEndpoints', asked);
    expect(all('state')).toEqual(ids.map(() => 'deleted'));
  });
});
