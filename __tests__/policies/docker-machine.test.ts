import { allows, type Call, type Context } from '../scripts/policy-evaluator';
import { KEY_ARN, withDockerMachine, withValue } from '../support/environments';
import { permissionsOf, synthesize, type Terraform } from '../support/synth';

/** What the role of a manager lets it do: the calls of Docker Machine's driver `amazonec2`, and nothing else. */

const account = '111122223333';
const place = `eu-central-1:${account}`;
const own = 'acme-dev-builds';

/** What AWS gives an ARN to, in the place of what Terraform refers to. */
const known = (terraform: Terraform): Terraform =>
  JSON.parse(
    JSON.stringify(terraform)
      .replace(
        /\$\{aws_iam_role\.fleet-builds_machines_(\w+?)_role_\w+\.arn\}/g,
        `arn:aws:iam::${account}:role/${own}-$1`,
      )
      .replace(
        /\$\{aws_iam_instance_profile\.fleet-builds_machines_(\w+)_role_profile_\w+\.arn\}/g,
        `arn:aws:iam::${account}:instance-profile/${own}/${own}-$1`,
      )
      .replace(
        /\$\{aws_security_group\.fleet-builds_machines_(\w+)_security-group_\w+\.arn\}/g,
        `arn:aws:ec2:${place}:security-group/sg-$1`,
      )
      .replace(
        /\$\{data\.aws_subnet\.fleet-builds_machines_(\w+)_deployment_subnet_\w+\.arn\}/g,
        `arn:aws:ec2:${place}:subnet/subnet-$1`,
      )
      .replace(
        /\$\{aws_ssm_parameter\.fleet-builds_machines_(\w+)_deployment_parameter_\w+\.arn\}/g,
        `arn:aws:ssm:${place}:parameter/${own}/deployment/$1`,
      ),
  ) as Terraform;

const environment = (machine: object, more: object = {}) =>
  withValue(
    {
      ...withDockerMachine({ runners: { linux: { machine }, tools: { machine: { spot: {} } } } }),
      ...more,
    },
    'aws.accountId',
    account,
  );
const statementsFor = (machine: object, more: object = {}, role = own) => {
  const statements = permissionsOf(known(synthesize(environment(machine, more))))[role];
  if (statements === undefined) throw new Error(`there is no role ${role}`);
  return statements;
};

const arn = (resource: string) => `arn:aws:ec2:${place}:${resource}`;
const profile = (name: string, path = `${own}/`): Context => ({
  'ec2:InstanceProfile': `arn:aws:iam::${account}:instance-profile/${path}${name}`,
});
const instance = arn('instance/i-0123456789abcdef0');
const keyPair = (name: string) => arn(`key-pair/${name}`);
const machineName = (stem: string) => `runner-abcd12345-${stem}-1763740800-0a1b2c3d`;

/** Everything that a launch of one machine is checked for. */
const launch = (
  action: string,
  more: { profile?: string; subnet?: string; group?: string; key?: string } = {},
): Call => {
  const {
    profile: name = `${own}-linux`,
    subnet = 'linux',
    group = 'linux',
    key = machineName(`${own}-linux`),
  } = more;
  const parts = [
    'arn:aws:ec2:eu-central-1::image/ami-0a1b2c3d4e5f60718',
    arn('network-interface/eni-0a1b2c3d4e5f60718'),
    arn(`subnet/subnet-${subnet}`),
    arn(`security-group/sg-${group}`),
    keyPair(key),
  ];
  const launched =
    action === 'ec2:RunInstances'
      ? [
          { arn: instance, context: profile(name) },
          { arn: arn('volume/vol-1'), context: {} },
        ]
      : [{ arn: arn('spot-instances-request/sir-1'), context: {} }];
  return { action, resources: [...launched, ...parts.map((part) => ({ arn: part, context: {} }))] };
};
const on = (action: string, resource: string, context: Context = {}): Call => ({
  action,
  resources: [{ arn: resource, context }],
});
const pass = (role: string, service = 'ec2.amazonaws.com') =>
  on('iam:PassRole', `arn:aws:iam::${account}:role/${role}`, { 'iam:PassedToService': service });

const ofInstances = [
  'ec2:CreateTags',
  'ec2:RebootInstances',
  'ec2:StartInstances',
  'ec2:StopInstances',
  'ec2:TerminateInstances',
];

describe('the role of a manager', () => {
  const statements = statementsFor({});

  test.each(['DescribeInstances', 'DescribeKeyPairs', 'DescribeSecurityGroups', 'DescribeSubnets'])(
    'reads by %s',
    (action) => {
      expect(allows(statements, on(`ec2:${action}`, '*'))).toBe(true);
    },
  );

  test.each<[string, Call]>([
    ['starts a machine on demand', launch('ec2:RunInstances')],
    [
      'requests a spot machine',
      launch('ec2:RequestSpotInstances', {
        subnet: 'tools',
        group: 'tools',
        key: machineName(`${own}-tools`),
      }),
    ],
    ['takes back a request', on('ec2:CancelSpotInstanceRequests', arn('spot-instances-request/sir-1'))],
    ['brings the key of a machine', on('ec2:ImportKeyPair', keyPair(machineName(`${own}-linux`)))],
    ['takes the key of a machine away', on('ec2:DeleteKeyPair', keyPair(machineName(`${own}-tools`)))],
    ['passes the role of its machines', pass(`${own}-linux`)],
    [
      'reads what a deploy knows of them',
      on('ssm:GetParameter', `arn:aws:ssm:${place}:parameter/${own}/deployment/linux`),
    ],
  ])('%s', (_, call) => {
    expect(allows(statements, call)).toBe(true);
  });

  test.each(ofInstances)('does %s to its machines, and to no other instance', (action) => {
    expect(allows(statements, on(action, instance, profile(`${own}-linux`)))).toBe(true);
    // A manager that drains has some of a runner that was taken out.
    expect(allows(statements, on(action, instance, profile(`${own}-gone`)))).toBe(true);
    for (const name of [own, `${own}-linux`, 'acme-dev-other', 'acme-prod-builds-linux'])
      expect(allows(statements, on(action, instance, profile(name, '')))).toBe(false);
    expect(allows(statements, on(action, instance, profile('acme-dev-other-linux', 'acme-dev-other/')))).toBe(
      false,
    );
    expect(allows(statements, on(action, instance))).toBe(false);
  });

  const withLaunch = (action: string): Context => ({ 'ec2:CreateAction': action });
  const born = ['instance/i-1', 'volume/vol-1', 'network-interface/eni-1', 'spot-instances-request/sir-1'];

  test.each(born)(
    'gives tags to %s with its launch, and to nothing of the kind that is there',
    (resource) => {
      for (const action of ['RunInstances', 'RequestSpotInstances'])
        expect(allows(statements, on('ec2:CreateTags', arn(resource), withLaunch(action)))).toBe(true);
      expect(allows(statements, on('ec2:CreateTags', arn(resource)))).toBe(false);
      expect(allows(statements, on('ec2:CreateTags', arn(resource), withLaunch('CreateVolume')))).toBe(false);
    },
  );

  test.each<[string, Call]>([
    ['starts no machine with another profile', launch('ec2:RunInstances', { profile: `${own}-gone` })],
    ['starts no machine in another subnet', launch('ec2:RunInstances', { subnet: 'other' })],
    ['starts no machine in another group', launch('ec2:RunInstances', { group: 'other' })],
    ['starts no machine with the key of somebody', launch('ec2:RunInstances', { key: 'break-glass' })],
    ['requests no spot machine for a runner that has none', launch('ec2:RequestSpotInstances')],
    ['brings no key under another name', on('ec2:ImportKeyPair', keyPair('break-glass'))],
    ['takes no other key away', on('ec2:DeleteKeyPair', keyPair('break-glass'))],
    [
      'takes no key of another environment away',
      on('ec2:DeleteKeyPair', keyPair(machineName('acme-prod-builds-linux'))),
    ],
    ['passes no other role', pass(own)],
    ['passes the role to no other service', pass(`${own}-linux`, 'lambda.amazonaws.com')],
    ['makes no security group', on('ec2:CreateSecurityGroup', '*')],
    ['opens no security group', on('ec2:AuthorizeSecurityGroupIngress', arn('security-group/sg-linux'))],
    ['makes no key itself', on('ec2:CreateKeyPair', keyPair(machineName(`${own}-linux`)))],
    ['tags nothing but instances', on('ec2:CreateTags', arn('subnet/subnet-linux'))],
    ['writes no parameter', on('ssm:PutParameter', `arn:aws:ssm:${place}:parameter/${own}/deployment/linux`)],
    [
      'reads no other parameter',
      on('ssm:GetParameter', `arn:aws:ssm:${place}:parameter/acme-dev-other/deployment/linux`),
    ],
    [
      'uses no key',
      on('kms:CreateGrant', KEY_ARN, {
        'kms:ViaService': 'ec2.eu-central-1.amazonaws.com',
        'kms:GrantIsForAWSResource': 'true',
      }),
    ],
  ])('%s', (_, call) => {
    expect(allows(statements, call)).toBe(false);
  });

  test('has nothing for spot instances where it has none', () => {
    const without = permissionsOf(synthesize(withValue(withDockerMachine(), 'aws.accountId', account)))[own];
    const actions = (without ?? []).flatMap(({ Action }) => Action);
    expect(actions).toContain('ec2:RunInstances');
    expect(actions.filter((action) => /Request.*Spot|CancelSpot/.test(action))).toEqual([]);
  });
});

test('machines have a role without a policy of ours', () => {
  const roles = permissionsOf(synthesize(environment({ policyArns: ['arn:aws:iam::aws:policy/A'] })));
  expect(roles[`${own}-linux`] ?? []).toEqual([]);
});
