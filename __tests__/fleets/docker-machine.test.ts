import { gunzipSync } from 'node:zlib';
import { withCreated, withDockerMachine, withMachine } from '../support/environments';
import {
  addressesOf,
  blockAt,
  blocksOf,
  needs,
  permissionsOf,
  synthesize,
  type Block,
  type Terraform,
} from '../support/synth';
import { machines } from './variants';

/** What holds for every manager with Docker Machine, besides what holds for every fleet. */

const fleet = 'acme-dev-ci';
const runners = ['made', 'parameter', 'secret'];

/** The address of the one of a type that has this name, or whose name begins so. */
function addressNamed(terraform: Terraform, type: string, name: string): string {
  const found = addressesOf(terraform).filter((address) => {
    if (!address.startsWith(`${type}.`)) return false;
    const block = blockAt(terraform, address);
    return block.name === name || block.function_name === name || block.name_prefix === `${name}-`;
  });
  if (found.length !== 1 || found[0] === undefined) throw new Error(`there is not one ${type} ${name}`);
  return found[0];
}
const idOf = (terraform: Terraform, name: string): string =>
  `\${${addressNamed(terraform, 'aws_security_group', name)}.id}`;
const rulesOf = (terraform: Terraform, direction: 'ingress' | 'egress', name: string): Block[] =>
  blocksOf(terraform, `aws_vpc_security_group_${direction}_rule`).filter(
    ({ security_group_id: id }) => id === idOf(terraform, name),
  );
const managerOf = (terraform: Terraform): Block =>
  blockAt(terraform, addressNamed(terraform, 'aws_autoscaling_group', fleet));
const userDataOf = (terraform: Terraform): string => {
  const launch = blockAt(terraform, addressNamed(terraform, 'aws_launch_template', fleet));
  return gunzipSync(Buffer.from(launch.user_data as string, 'base64')).toString();
};

describe.each(machines)('$title', ({ input }) => {
  const terraform = synthesize(input);

  test('has always one manager, never spot, which a change replaces after a new one is there', () => {
    expect(blocksOf(terraform, 'aws_autoscaling_group')).toHaveLength(1);
    const group = managerOf(terraform);
    expect(group).toMatchObject({ min_size: 1, max_size: 1, desired_capacity: 1 });
    expect(group).not.toHaveProperty('mixed_instances_policy');
    expect(group.initial_lifecycle_hook).toHaveLength(2);
  });

  test('lets only the manager reach its machines: by SSH, and Docker with TLS', () => {
    for (const runner of runners) {
      const { ingress } = blockAt(
        terraform,
        addressNamed(terraform, 'aws_security_group', `${fleet}-${runner}`),
      );
      expect((ingress as Block[]).map(({ from_port: from, to_port: to }) => [from, to])).toEqual([
        [22, 22],
        [2376, 2376],
      ]);
      for (const rule of ingress as Block[])
        expect(rule).toMatchObject({
          security_groups: [idOf(terraform, fleet)],
          protocol: 'tcp',
          cidr_blocks: [],
          ipv6_cidr_blocks: [],
          prefix_list_ids: [],
          self: false,
        });
      const towards = rulesOf(terraform, 'egress', fleet).filter(
        ({ referenced_security_group_id: id }) => id === idOf(terraform, `${fleet}-${runner}`),
      );
      expect(towards.map(({ from_port: port }) => port).sort()).toEqual([22, 2376]);
    }
  });

  test('keeps the rules of machines in their group: AWS refuses to delete it, with them, while it has members', () => {
    for (const runner of runners) {
      const name = `${fleet}-${runner}`;
      const { egress, timeouts } = blockAt(terraform, addressNamed(terraform, 'aws_security_group', name));
      expect(egress).toHaveLength(2);
      expect(timeouts).toEqual({ delete: '1500m' });
      expect([...rulesOf(terraform, 'egress', name), ...rulesOf(terraform, 'ingress', name)]).toEqual([]);
    }
  });

  test('has the audit until its machines are gone, and finds those of a runner that was taken out', () => {
    for (const runner of runners) {
      const kept = needs(terraform, addressNamed(terraform, 'aws_security_group', `${fleet}-${runner}`));
      for (const type of ['aws_lambda_function', 'aws_cloudwatch_event_target', 'aws_lambda_permission'])
        expect([...kept].some((address) => address.startsWith(`${type}.fleet-ci_orphans_`))).toBe(true);
    }
    const profiles = blocksOf(terraform, 'aws_iam_instance_profile').map(({ name, path }) => [name, path]);
    expect(profiles.sort()).toEqual(
      [[fleet, undefined], ...runners.map((runner) => [`${fleet}-${runner}`, `/${fleet}/`])].sort(),
    );
    const { environment } = blockAt(
      terraform,
      addressNamed(terraform, 'aws_lambda_function', `${fleet}-orphans`),
    ) as { environment: { variables: { SETTINGS: string } } };
    expect(environment.variables.SETTINGS).toMatch(/:instance-profile\/acme-dev-ci\/\*"/);
  });

  test('gives machines a role of their own, which lets them do nothing', () => {
    const permissions = permissionsOf(terraform);
    for (const runner of runners) {
      expect(blockAt(terraform, addressNamed(terraform, 'aws_iam_role', `${fleet}-${runner}`))).toBeDefined();
      expect(permissions[`${fleet}-${runner}`]).toBeUndefined();
    }
    expect(JSON.stringify(permissions)).not.toContain('"Statement":[]');
  });

  test('tells the manager where it finds what only a deploy knows, and no such thing itself', () => {
    const userData = userDataOf(terraform);
    expect(userData).toContain('DEPLOYMENT_PATH=/acme-dev-ci/deployment');
    expect(userData).toContain('amazonec2-ami=@ami@');
    expect(userData).toContain('RUNNER_UNIT=gitlab-runner-machines.service');
    const names = blocksOf(terraform, 'aws_ssm_parameter').map(({ name }) => name);
    expect(names.sort()).toEqual(runners.map((runner) => `/acme-dev-ci/deployment/${runner}`));
  });

  test('needs its machines’ groups, roles and parameters as long as the manager lives', () => {
    const kept = needs(terraform, addressNamed(terraform, 'aws_autoscaling_group', fleet));
    for (const runner of runners)
      for (const type of ['aws_security_group', 'aws_iam_role'])
        expect(kept).toContain(addressNamed(terraform, type, `${fleet}-${runner}`));
    for (const address of addressesOf(terraform).filter((one) => /^aws_ssm_parameter\./.test(one)))
      expect(kept).toContain(address);
  });
});

/** What the parameter of the one runner says, by key. */
const deployedOf = (terraform: Terraform): Record<string, string> => {
  const [parameter] = blocksOf(terraform, 'aws_ssm_parameter');
  const lines = (parameter?.insecure_value as string).split('\n');
  return Object.fromEntries(
    lines.map((line) => [line.split('=')[0] ?? '', line.slice(line.indexOf('=') + 1)]),
  );
};

test.each<[string, object, string[]]>([
  ['the network’s first subnet', withMachine({}), ['subnet-0a1b2c3d4e5f60718']],
  [
    'a subnet of the runner',
    withMachine({ subnetId: 'subnet-0a1b2c3d4e5f6071d' }),
    ['subnet-0a1b2c3d4e5f6071d'],
  ],
  ['no subnet that is made', withCreated({}, withDockerMachine()), []],
])('warns at a plan where machines would reach nothing: checks %s', (_, input, subnets) => {
  const { check = {} } = synthesize(input) as Terraform & {
    check?: Record<string, { assert: { error_message: string } }>;
  };
  expect(Object.values(check).map(({ assert }) => assert.error_message.split(' ')[0])).toEqual(subnets);
});

describe('what only a deploy knows', () => {
  test('names groups by their names, the own one first, and the zone without its region', () => {
    const deployed = deployedOf(synthesize(withMachine({ securityGroupIds: ['sg-0a1b2c3d4e5f6071b'] })));
    expect(deployed['security-group-0']).toMatch(/^\$\{aws_security_group\..*\.name\}$/);
    expect(deployed['security-group-1']).toMatch(/^\$\{data\.aws_security_group\..*\.name\}$/);
    expect(deployed.zone).toMatch(
      /^\$\{trimprefix\(data\.aws_subnet\..*\.availability_zone, "eu-central-1"\)\}$/,
    );
  });

  test.each<[string, object, RegExp]>([
    ['the network’s first subnet', withMachine({}), /^subnet-0a1b2c3d4e5f60718$/],
    [
      'a subnet of the runner',
      withMachine({ subnetId: 'subnet-0a1b2c3d4e5f6071d' }),
      /^subnet-0a1b2c3d4e5f6071d$/,
    ],
    [
      'the first private subnet of a network that is made',
      withCreated({}, withDockerMachine()),
      /^\$\{aws_subnet\.network_private-eu-central-1a_subnet_\w+\.id\}$/,
    ],
  ])('has %s', (_, input, subnet) => {
    expect(deployedOf(synthesize(input))['subnet-id']).toMatch(subnet);
  });

  test.each<[string, object, RegExp]>([
    ['Canonical’s newest', withMachine({}), /^\$\{data\.aws_ssm_parameter\..*\.insecure_value\}$/],
    ['a given image', withMachine({ image: { ami: 'ami-0a1b2c3d4e5f60718' } }), /^ami-0a1b2c3d4e5f60718$/],
  ])('has %s', (_, input, image) => {
    expect(deployedOf(synthesize(input)).ami).toMatch(image);
  });

  test('does not reach user data: another image of machines leaves the manager as it is', () => {
    const launches = [{}, { image: { ami: 'ami-0a1b2c3d4e5f60718' } }].map((machine) =>
      blocksOf(synthesize(withMachine(machine)), 'aws_launch_template'),
    );
    expect(launches[0]).toEqual(launches[1]);
  });
});
