import { Fn, TerraformOutput } from 'cdktf';
import { ExistingNetwork } from '../../src/constructs/existing-network';
import { InterfaceEndpoints, type InterfaceEndpointsProps } from '../../src/constructs/interface-endpoints';
import { addressOf, addressesOf, blockOf, blocksOf, referencesOf, synthesizeScope } from '../support/synth';

/** The endpoints of a VPC, and what a plan knows of one that exists: with everything that Terraform gets. */

const localsOf = (terraform: object): Record<string, unknown> =>
  (terraform as { locals?: Record<string, unknown> }).locals ?? {};

const props: InterfaceEndpointsProps = {
  name: 'acme-dev',
  region: 'eu-central-1',
  vpcId: 'vpc-1',
  ranges: ['10.0.0.0/16', '100.64.0.0/16'],
  subnetOfZone: { 'eu-central-1a': 'subnet-1', 'eu-central-1b': 'subnet-2' },
  services: { ec2: 'com.amazonaws.eu-central-1.ec2', 'ecr.api': 'com.amazonaws.eu-central-1.ecr.api' },
  routeTableIds: ['rtb-1', 'rtb-2'],
};

const synthesized = (fields: Partial<InterfaceEndpointsProps> = {}) =>
  synthesizeScope((scope) => {
    const { dependables } = new InterfaceEndpoints(scope, 'endpoints', { ...props, ...fields });
    new TerraformOutput(scope, 'user', { value: 'a', staticId: true, dependsOn: [...dependables] });
  });

describe('InterfaceEndpoints', () => {
  const terraform = synthesized();
  const group = `\${${addressOf(terraform, 'aws_security_group')}.id}`;
  const endpoints = blocksOf(terraform, 'aws_vpc_endpoint');

  test('lead the names of services into the VPC, one subnet in each zone that has the service', () => {
    const [zones = ''] = Object.keys(localsOf(terraform));
    const [service = ''] = addressesOf(terraform).filter((one) =>
      one.startsWith('data.aws_vpc_endpoint_service.endpoints_ec2_'),
    );
    const subnets = `[for zone, id in local.${zones} : id if contains(${service}.availability_zones, zone)]`;
    expect(localsOf(terraform)).toEqual({ [zones]: props.subnetOfZone });
    expect(endpoints[0]).toEqual({
      vpc_id: 'vpc-1',
      service_name: 'com.amazonaws.eu-central-1.ec2',
      vpc_endpoint_type: 'Interface',
      private_dns_enabled: true,
      subnet_ids: `\${${subnets}}`,
      security_group_ids: [group],
      tags: { Name: 'acme-dev-ec2' },
      lifecycle: {
        precondition: [
          {
            condition: `\${length(${subnets}) > 0}`,
            error_message:
              "com.amazonaws.eu-central-1.ec2 is in none of the zones of the network's subnets. Add a subnet of a zone that has it.",
          },
        ],
      },
    });
  });

  test('are there for each service that is asked for, and in no zone that AWS does not name for it', () => {
    expect(endpoints.map(({ service_name: name }) => name)).toEqual([
      ...Object.values(props.services),
      'com.amazonaws.eu-central-1.s3',
    ]);
    expect(blocksOf(terraform, 'data.aws_vpc_endpoint_service')).toEqual(
      Object.values(props.services).map((name) => ({ service_name: name })),
    );
  });

  test('lead to S3 through the route tables', () => {
    expect(endpoints.at(-1)).toEqual({
      vpc_id: 'vpc-1',
      service_name: 'com.amazonaws.eu-central-1.s3',
      vpc_endpoint_type: 'Gateway',
      route_table_ids: ['rtb-1', 'rtb-2'],
      tags: { Name: 'acme-dev-s3' },
    });
  });

  test('have one security group, which lets HTTPS in from the VPC and nothing else, and nothing out', () => {
    expect(blockOf(terraform, 'aws_security_group')).toEqual({
      name_prefix: 'acme-dev-endpoints-',
      description: 'Endpoints of AWS services for acme-dev',
      vpc_id: 'vpc-1',
      lifecycle: { create_before_destroy: true },
    });
    expect(blockOf(terraform, 'aws_vpc_security_group_ingress_rule')).toEqual({
      for_each: '${toset(["10.0.0.0/16", "100.64.0.0/16"])}',
      security_group_id: group,
      cidr_ipv4: '${each.value}',
      ip_protocol: 'tcp',
      from_port: 443,
      to_port: 443,
    });
    expect(terraform.resource).not.toHaveProperty('aws_vpc_security_group_egress_rule');
  });

  test('are depended on whole: every endpoint, and the rule that lets in', () => {
    const made = addressesOf(terraform).filter((address) =>
      /^aws_vpc_(endpoint|security_group_ingress_rule)\./.test(address),
    );
    expect(made).toHaveLength(4);
    expect(referencesOf(terraform.output.user).sort()).toEqual(made);
  });

  test('lead to S3 only where there are route tables for it', () => {
    const endpointsOnly = blocksOf(synthesized({ routeTableIds: [] }), 'aws_vpc_endpoint');
    const types = endpointsOnly.map(({ vpc_endpoint_type: type }) => type);
    expect(types).toEqual(['Interface', 'Interface']);
  });
});

describe('ExistingNetwork', () => {
  const subnetIds = ['subnet-2', 'subnet-1'];
  const terraform = synthesizeScope((scope) => {
    const network = new ExistingNetwork(scope, 'network', { vpcId: 'vpc-1', subnetIds });
    new TerraformOutput(scope, 'ranges', { value: Fn.tolist(network.ranges), staticId: true });
    new TerraformOutput(scope, 'subnets', { value: network.subnetOfZone, staticId: true });
  });
  const [ranges = ''] = Object.keys(localsOf(terraform));

  test('asks AWS for the VPC and each of its subnets', () => {
    expect(blockOf(terraform, 'data.aws_vpc')).toEqual({ id: 'vpc-1' });
    expect(blockOf(terraform, 'data.aws_subnet')).toEqual({
      for_each: '${toset(["subnet-2", "subnet-1"])}',
      id: '${each.value}',
    });
  });

  test('knows every range that the VPC has now', () => {
    const vpc = addressOf(terraform, 'data.aws_vpc');
    expect(localsOf(terraform)).toEqual({
      [ranges]: `\${[for one in ${vpc}.cidr_block_associations : one.cidr_block if one.state == "associated"]}`,
    });
    expect(terraform.output.ranges?.value).toBe(`\${tolist(local.${ranges})}`);
  });

  test('knows the first subnet of each zone, in the order in which they are given', () => {
    const subnets = addressOf(terraform, 'data.aws_subnet');
    const ofZones = `{ for id in ["subnet-2","subnet-1"] : ${subnets}[id].availability_zone => id... }`;
    expect(terraform.output.subnets?.value).toBe(`\${{ for zone, ids in ${ofZones} : zone => ids[0] }}`);
  });
});
