import { App } from 'cdktf';
import { gunzipSync } from 'node:zlib';
import type { EnvironmentInput } from '../../src/config/environment';
import { EnvironmentStack } from '../../src/stacks/environment-stack';
import { errorsOf } from '../../src/stacks/errors';
import { containerOf, variablesOf } from '../fleets/fargate-stack';
import {
  minimal,
  parsed,
  withCreated,
  withFargate,
  withFleet,
  withValue,
  type CreatedInput,
  type FargateInput,
} from '../support/environments';
import {
  addressOf,
  addressesOf,
  blockAt,
  blockOf,
  blocksOf,
  needs,
  permissionsOf,
  provisioning,
  referencesOf,
  synthesize,
  textOf,
  type Terraform,
} from '../support/synth';

/** An environment in a network that is made: what runs where, who reaches whom, and in which order. */

const groups = withFleet({ scaling: { type: 'jobs' } });
const both = { ...groups, fleets: { ...groups.fleets, ...withFargate().fleets } };
const everything = {
  natGateways: 'per-zone',
  interfaceEndpoints: true,
  flowLogs: true,
} as const;
const made = (fields: Partial<CreatedInput> = {}, input: EnvironmentInput = both) =>
  synthesize(withCreated(fields, input));

const full = made(everything);
const resourcesOf = (terraform: Terraform) =>
  addressesOf(terraform).filter((address) => !address.startsWith('data.'));
const subnetsOf = (terraform: Terraform, kind: 'public' | 'private'): string[] =>
  addressesOf(terraform).filter((address) => address.startsWith(`aws_subnet.network_${kind}`));
const idOf = (address: string) => `\${${address}.id}`;
const privateIds = subnetsOf(full, 'private').map(idOf);

/** The managers’ container of the fleet of tasks. */
function managerOf(terraform: Terraform) {
  const definition = blocksOf(terraform, 'aws_ecs_task_definition').find(
    ({ family }) => family === 'acme-dev-jobs',
  );
  if (definition === undefined) throw new Error('there are no managers');
  const variables = variablesOf(containerOf(definition));
  const files = gunzipSync(Buffer.from(variables.MANAGER_FILES ?? '', 'base64')).toString();
  return { variables, files: JSON.parse(files) as Record<string, string> };
}

describe('what runs', () => {
  test('is in the private subnets, and in the VPC that is made', () => {
    expect(privateIds).toHaveLength(2);
    expect(blockOf(full, 'aws_autoscaling_group').vpc_zone_identifier).toEqual(privateIds);
    expect(blockOf(full, 'aws_ecs_service').network_configuration).toMatchObject({ subnets: privateIds });
    const functions = blocksOf(full, 'aws_lambda_function').filter((block) => 'vpc_config' in block);
    expect(functions.map(({ vpc_config: config }) => (config as { subnet_ids: unknown }).subnet_ids)).toEqual(
      [privateIds],
    );
    const vpc = idOf(addressOf(full, 'aws_vpc'));
    const securityGroups = blocksOf(full, 'aws_security_group');
    expect(securityGroups.length).toBeGreaterThan(4);
    for (const { vpc_id: id } of securityGroups) expect(id).toBe(vpc);
  });

  test('has nothing to do with public subnets: they are for NAT gateways alone', () => {
    const open = subnetsOf(full, 'public');
    expect(open).toHaveLength(2);
    const users = resourcesOf(full).filter((address) =>
      referencesOf(blockAt(full, address)).some((reference) => open.includes(reference)),
    );
    expect(users).toHaveLength(4);
    for (const address of users) expect(address).toMatch(/^aws_(nat_gateway|route_table_association)\./);
  });

  test('is reached from the internet by nobody', () => {
    const ranges = blocksOf(full, 'aws_vpc_security_group_ingress_rule').flatMap((rule) =>
      'cidr_ipv4' in rule || 'cidr_ipv6' in rule ? [rule] : [],
    );
    expect(ranges).toEqual([
      expect.objectContaining({ for_each: '${toset(["10.0.0.0/16"])}', cidr_ipv4: '${each.value}' }),
    ]);
    expect(JSON.stringify(full)).not.toMatch(
      /"(map_public_ip_on_launch|associate_public_ip_address|assign_public_ip)": ?true/,
    );
    const gateway = addressOf(full, 'aws_internet_gateway');
    const ways = resourcesOf(full).filter((address) =>
      referencesOf(blockAt(full, address)).includes(gateway),
    );
    expect(ways).toEqual([expect.stringMatching(/^aws_route\.network_public_/)]);
    expect(Object.keys(blockOf(full, 'aws_default_security_group')).sort()).toEqual(['tags', 'vpc_id']);
  });

  test('is not looked at in the plan for a way out, which is known', () => {
    for (const fields of [{}, everything, { natGateways: 'none' } as const])
      expect(made(fields)).not.toHaveProperty('check');
    const open = { task: { subnetId: 'subnet-0a1b2c3d' } };
    expect(made({}, withFargate({ runners: { open } }))).toHaveProperty('check');
  });

  test('waits for its ways out, and they go after it: NAT gateways, routes, gateways and endpoints', () => {
    const needless = /^aws_(default_security_group|flow_log)\.|\.flow-log/;
    const ways = resourcesOf(full).filter(
      (address) => /\.(network|interface-endpoints)_/.test(address) && !needless.test(address),
    );
    expect(ways.length).toBeGreaterThan(30);
    const scaling = resourcesOf(full).filter((address) =>
      address.startsWith('aws_lambda_function.fleet-linux_scaling'),
    );
    const running = [
      addressOf(full, 'aws_autoscaling_group'),
      addressOf(full, 'aws_ecs_service'),
      ...scaling,
    ];
    expect(running).toHaveLength(3);
    for (const address of running) {
      const kept = needs(full, address);
      expect(ways.filter((way) => !kept.has(way))).toEqual([]);
    }
    for (const way of ways)
      expect([...needs(full, way)].filter((address) => address.includes('.fleet-'))).toEqual([]);
  });

  test('is known at a plan as far as AWS is asked: nothing is read only at apply', () => {
    const asked = addressesOf(full).filter((address) => address.startsWith('data.'));
    expect(asked.length).toBeGreaterThan(10);
    for (const address of asked) {
      const resources = [...needs(full, address)].filter((one) => !one.startsWith('data.'));
      expect([address, resources]).toEqual([address, []]);
    }
  });

  test('has only other subnets where the network exists', () => {
    const other = synthesize(both);
    const network = /\.network_|aws_vpc_endpoint\./;
    expect(resourcesOf(made()).filter((address) => !network.test(address))).toEqual(resourcesOf(other));
    expect(resourcesOf(other).filter((address) => network.test(address))).toEqual([]);
  });
});

describe('a job’s task', () => {
  const settings = (terraform: Terraform) => {
    const { variables, files } = managerOf(terraform);
    const subnets = Object.entries(files).flatMap(([name, text]) =>
      name.startsWith('fargate-') ? [[name, /^\s*Subnet = (.*)$/m.exec(text)?.[1]] as const] : [],
    );
    return { subnet: variables.WORKERS_SUBNET, subnets: Object.fromEntries(subnets) };
  };
  const tasks = (fields: Partial<FargateInput> = {}) => made({}, withFargate(fields));
  const given = 'subnet-0a1b2c3d4e5f6071a';

  test('is in the first private subnet, which its manager learns from AWS', () => {
    const terraform = tasks();
    const [first = ''] = subnetsOf(terraform, 'private');
    expect(settings(terraform)).toEqual({
      subnet: idOf(first),
      subnets: { 'fargate-default.toml': '"@subnet@"' },
    });
  });

  test('is in its own subnet where it has one, beside others', () => {
    const terraform = tasks({ runners: { own: { task: { subnetId: given } }, other: {} } });
    const { subnet, subnets } = settings(terraform);
    expect(subnet).toMatch(/^\$\{aws_subnet\.network_private-eu-central-1a_.*\.id\}$/);
    expect(subnets).toEqual({ 'fargate-own.toml': `"${given}"`, 'fargate-other.toml': '"@subnet@"' });
  });

  test('needs no subnet of the network where all have one', () => {
    const terraform = tasks({ runners: { own: { task: { subnetId: given } } } });
    expect(settings(terraform)).toEqual({ subnet: '', subnets: { 'fargate-own.toml': `"${given}"` } });
  });

  test('has the subnet in its settings where the network exists', () => {
    expect(settings(synthesize(withFargate()))).toEqual({
      subnet: '',
      subnets: { 'fargate-default.toml': '"subnet-0a1b2c3d4e5f60718"' },
    });
  });

  test('lets managers be in given subnets', () => {
    const { network_configuration: network } = blockOf(
      tasks({ managers: { subnetIds: [given] } }),
      'aws_ecs_service',
    );
    expect(network).toMatchObject({ subnets: [given] });
  });
});

describe('interface endpoints', () => {
  test('are in the private subnet of each zone, and S3 has one endpoint only', () => {
    const { locals = {} } = full as { locals?: Record<string, unknown> };
    expect(Object.values(locals)).toEqual([
      { 'eu-central-1a': privateIds[0], 'eu-central-1b': privateIds[1] },
    ]);
    const types = blocksOf(full, 'aws_vpc_endpoint').map(({ vpc_endpoint_type: type }) => type);
    expect(types.filter((type) => type === 'Gateway')).toHaveLength(1);
    expect(types.filter((type) => type === 'Interface')).toHaveLength(13);
    expect(full.data).not.toHaveProperty('aws_vpc');
    expect(full.data).not.toHaveProperty('aws_subnet');
  });

  test('come and go without a change of the network', () => {
    const without = made({ ...everything, interfaceEndpoints: false });
    const network = resourcesOf(without).filter((address) => address.includes('.network_'));
    expect(network.length).toBeGreaterThan(15);
    for (const address of network) expect(blockAt(full, address)).toEqual(blockAt(without, address));
    expect(resourcesOf(without).filter((address) => address.includes('interface-endpoints'))).toEqual([]);
  });

  const errors = (fields: Partial<CreatedInput>, input: EnvironmentInput) => {
    const app = new App({ stackTraces: false });
    new EnvironmentStack(app, parsed(withCreated(fields, input)), provisioning);
    return errorsOf(app);
  };

  test('that would take every address of a private subnet are refused, with the numbers', () => {
    expect(errors({ cidr: '10.0.0.0/25', interfaceEndpoints: true }, groups)).toEqual([
      'dev.ts: network.cidr must be larger (each private subnet has 11 addresses, and 12 interface endpoints take one each), got "10.0.0.0/25"',
    ]);
  });

  test.each<[string, Partial<CreatedInput>, EnvironmentInput]>([
    ['a larger VPC', { cidr: '10.0.0.0/24', interfaceEndpoints: true }, groups],
    ['a fleet that calls fewer services', { cidr: '10.0.0.0/25', interfaceEndpoints: true }, withFargate()],
    ['none of them', { cidr: '10.0.0.0/25' }, groups],
  ])('are no matter with %s', (_, fields, input) => {
    expect(errors(fields, input)).toEqual([]);
  });
});

describe('flow logs', () => {
  const boundary = 'arn:aws:iam::111122223333:policy/boundary';
  const terraform = made(
    { flowLogs: true },
    withValue(both, 'aws.permissionsBoundaryArn', boundary) as never,
  );
  const [logs = ''] = addressesOf(terraform).filter((address) =>
    address.startsWith('aws_cloudwatch_log_group.flow-log-group_'),
  );

  test('are kept in an encrypted log group, as long as other logs', () => {
    expect(blockAt(terraform, logs)).toEqual({
      name: 'acme-dev-flow-logs',
      kms_key_id: `\${${addressOf(terraform, 'aws_kms_key')}.arn}`,
      retention_in_days: 90,
    });
    expect(blockOf(terraform, 'aws_flow_log')).toMatchObject({
      vpc_id: idOf(addressOf(terraform, 'aws_vpc')),
      log_destination: `\${${logs}.arn}`,
    });
  });

  test('are written with a role that can do nothing else', () => {
    expect(permissionsOf(terraform)['acme-dev-flow-logs']).toEqual([
      {
        Sid: 'Logs',
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
        Resource: [`\${${logs}.arn}:*`],
      },
      { Sid: 'FindLogGroup', Effect: 'Allow', Action: ['logs:DescribeLogGroups'], Resource: ['*'] },
    ]);
    const role = blocksOf(terraform, 'aws_iam_role').find(({ name }) => name === 'acme-dev-flow-logs');
    expect(role).toMatchObject({ permissions_boundary: boundary });
    expect(JSON.parse(String(role?.assume_role_policy))).toMatchObject({
      Statement: [{ Effect: 'Allow', Principal: { Service: 'vpc-flow-logs.amazonaws.com' } }],
    });
    const { depends_on: before } = blockOf(terraform, 'aws_flow_log');
    expect(before).toEqual([expect.stringMatching(/^aws_iam_role_policy\.flow-logs-role_/)]);
  });

  test('are none where none are asked for', () => {
    expect(addressesOf(made()).filter((address) => /flow[-_]log/.test(address))).toEqual([]);
  });
});

describe('the outputs of a network that is made', () => {
  const names = ['nat_public_ips', 'public_subnet_ids', 'route_table_ids', 'subnet_ids', 'vpc_id'];
  const values = ({ output }: Terraform) => names.map((name) => output[name]?.value);

  test('tell others how to reach it, and how it reaches them', () => {
    const addresses = (terraform: Terraform, start: string, field = 'id') =>
      addressesOf(terraform)
        .filter((address) => address.startsWith(start))
        .map((address) => `\${${address}.${field}}`);
    expect(values(full)).toEqual([
      addresses(full, 'aws_eip.', 'public_ip'),
      addresses(full, 'aws_subnet.network_public'),
      addresses(full, 'aws_route_table.network_private'),
      privateIds,
      idOf(addressOf(full, 'aws_vpc')),
    ]);
    expect(full.output.route_table_ids?.value).toHaveLength(2);
  });

  test('are empty lists where there is no way to the internet, and missing where it exists', () => {
    const [addresses, open, tables] = values(made({ natGateways: 'none' }));
    expect([addresses, open]).toEqual([[], []]);
    expect(tables).toHaveLength(2);
    expect(values(synthesize(both))).toEqual(names.map(() => undefined));
  });
});

test.each<[string, Partial<CreatedInput>]>([
  ['cidr', { cidr: '10.20.0.0/16' }],
  ['availabilityZones', { availabilityZones: ['eu-central-1a'] }],
  ['the order of availabilityZones', { availabilityZones: ['eu-central-1b', 'eu-central-1a'] }],
  ['natGateways: per-zone', { natGateways: 'per-zone' }],
  ['natGateways: none', { natGateways: 'none' }],
  ['interfaceEndpoints', { interfaceEndpoints: true }],
  ['flowLogs', { flowLogs: true }],
])('the field %s changes what is deployed', (_, fields) => {
  expect(textOf(withCreated(fields, minimal()))).not.toBe(textOf(withCreated({}, minimal())));
});
