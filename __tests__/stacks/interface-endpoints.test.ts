import type { EnvironmentInput } from '../../src/config/environment';
import { minimal, withFargate, withFleet } from '../support/environments';
import {
  addressOf,
  addressesOf,
  blockAt,
  blocksOf,
  needs,
  synthesize,
  type Terraform,
} from '../support/synth';

/** The endpoints of an environment: for whom, where, and in which order with the fleets. */

const network = {
  ...minimal().network,
  interfaceEndpoints: true,
  routeTableIds: ['rtb-0a1b2c3d4e5f60718'],
};
const byJobs = withFleet({ scaling: { type: 'jobs' } });
const withEndpoints = (input: EnvironmentInput) => synthesize({ ...input, network });

const isOfEndpoints = (address: string): boolean =>
  /\.(interface-endpoints|network)_/.test(address) || address.includes('aws_vpc_endpoint');
const endpointsOf = (terraform: Terraform) =>
  addressesOf(terraform).filter((address) => address.startsWith('aws_vpc_endpoint.'));
const servicesOf = (terraform: Terraform) =>
  blocksOf(terraform, 'aws_vpc_endpoint').map(({ service_name: name }) => String(name).split('.').at(-1));

describe('an environment', () => {
  test('has no endpoints, and asks for nothing that only they need, unless it says so', () => {
    expect(addressesOf(synthesize(byJobs)).filter(isOfEndpoints)).toEqual([]);
  });

  test('changes no other resource where it gets endpoints, but what waits for them', () => {
    const before = synthesize(byJobs);
    const after = withEndpoints(byJobs);
    const resources = (terraform: Terraform) =>
      addressesOf(terraform).filter((one) => !one.startsWith('data.') && !isOfEndpoints(one));
    expect(resources(after)).toEqual(resources(before));
    expect(resources(before).length).toBeGreaterThan(20);
    for (const address of resources(before)) {
      const { depends_on: earlier, ...block } = blockAt(before, address);
      const { depends_on: later, ...same } = blockAt(after, address);
      expect(same).toEqual(block);
      expect((later as string[] | undefined)?.filter((one) => !isOfEndpoints(one))).toEqual(earlier);
    }
  });

  test('has endpoints in its own VPC, region and name, for its own subnets and route tables', () => {
    const vpcId = 'vpc-0f1e2d3c4b5a69788';
    const subnetIds = ['subnet-0f1e2d3c4b5a69788', 'subnet-0f1e2d3c4b5a69789'];
    const routeTableIds = ['rtb-0f1e2d3c4b5a69788', 'rtb-0f1e2d3c4b5a69789'];
    const terraform = synthesize({
      ...minimal(),
      aws: { region: 'eu-west-1' },
      network: { type: 'existing', vpcId, subnetIds, interfaceEndpoints: true, routeTableIds },
    });
    const endpoints = blocksOf(terraform, 'aws_vpc_endpoint');
    expect(endpoints.map(({ vpc_id: vpc }) => vpc)).toEqual(endpoints.map(() => vpcId));
    for (const { service_name: name } of endpoints) expect(name).toContain('.eu-west-1.');
    for (const { tags } of endpoints) expect((tags as { Name: string }).Name).toMatch(/^acme-dev-/);
    const ways = endpoints.flatMap(({ route_table_ids: tables }) => (tables === undefined ? [] : [tables]));
    expect(ways).toEqual([routeTableIds]);
    const [subnets] = blocksOf(terraform, 'data.aws_subnet');
    expect(subnets?.for_each).toBe(`\${toset(["${subnetIds.join('", "')}"])}`);
  });
});

describe('endpoints', () => {
  const groups = withEndpoints(byJobs);
  const tasks = withEndpoints(withFargate());

  test('are those that the types of the fleets need', () => {
    expect(servicesOf(groups)).toEqual(expect.arrayContaining(['autoscaling', 'ssmmessages', 's3']));
    expect(servicesOf(groups)).not.toContain('ecs');
    expect(servicesOf(tasks)).toEqual(expect.arrayContaining(['ecs', 'dkr', 's3']));
    expect(servicesOf(tasks)).not.toContain('autoscaling');
  });

  test('stay as they are where a fleet of another type is added', () => {
    const both = withEndpoints({ ...byJobs, fleets: { ...byJobs.fleets, ...withFargate().fleets } });
    const added = endpointsOf(both).filter((address) => !endpointsOf(groups).includes(address));
    expect(added).toEqual([expect.stringMatching(/^aws_vpc_endpoint\.interface-endpoints_ecs_/)]);
    for (const address of addressesOf(groups).filter(isOfEndpoints))
      expect(blockAt(both, address)).toEqual(blockAt(groups, address));
  });

  test('are there before the machines of a fleet and before its function, and go after them', () => {
    const made = addressesOf(groups).filter((one) => isOfEndpoints(one) && !one.startsWith('data.'));
    expect(made.length).toBeGreaterThan(12);
    expect(made.filter((one) => one.startsWith('aws_vpc_security_group_ingress_rule.'))).toHaveLength(1);
    for (const type of ['aws_autoscaling_group', 'aws_lambda_function'])
      expect([...needs(groups, addressOf(groups, type))]).toEqual(expect.arrayContaining(made));
  });

  test('are there before the managers of a fleet, and go after them', () => {
    const made = addressesOf(tasks).filter((one) => isOfEndpoints(one) && !one.startsWith('data.'));
    expect([...needs(tasks, addressOf(tasks, 'aws_ecs_service'))]).toEqual(expect.arrayContaining(made));
  });

  test('need nothing of a fleet: they can outlive it', () => {
    for (const address of endpointsOf(groups))
      expect([...needs(groups, address)].filter((one) => one.includes('.fleet-'))).toEqual([]);
  });

  test('make it needless to look for another way out of the function’s subnets', () => {
    expect(synthesize(byJobs)).toHaveProperty('check');
    expect(groups).not.toHaveProperty('check');
  });
});
