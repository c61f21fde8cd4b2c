import { MachineOrphans } from '../../src/fleets/machine-orphans';
import { parseSettings } from '../../src/functions/machine-orphans/settings';
import { tags as machineTags } from '../../src/functions/machine-orphans/reading';
import { managerTag } from '../../src/rendering/tags';
import { machinePaths } from '../../src/rendering/machine-paths';
import { allows, type Call, type Context } from '../scripts/policy-evaluator';
import { minimal, parsed } from '../support/environments';
import { addressesOf, blockOf, permissionsOf, provisioning, synthesizeScope } from '../support/synth';

/** What ends machines that no manager knows: what is made for it, what it is told, and what it may. */

const account = '111122223333';
const name = 'acme-dev-machines-orphans';
const profile = (of: string): string => `arn:aws:iam::${account}:instance-profile/${of}`;
const own = profile('acme-dev-machines/acme-dev-machines-builds');

const synthesized = ({ dryRun = false } = {}) => {
  const environment = parsed({
    ...minimal(),
    fleets: { machines: { type: 'docker-machine', orphans: { dryRun } } },
  });
  const [fleet] = environment.fleets;
  if (fleet?.type !== 'docker-machine') throw new Error('not the fleet');
  return synthesizeScope((scope) => {
    new MachineOrphans(scope, 'orphans', {
      fleet,
      shared: {
        environment,
        place: { partition: 'aws', region: 'eu-central-1', accountId: account },
        kmsKeyArn: `arn:aws:kms:eu-central-1:${account}:key/1`,
        sessionLogGroupArn: 'arn:session-logs',
        provisioning,
        network: { vpcId: 'vpc-1', subnetIds: ['subnet-1'], uncheckedSubnetIds: [] },
        cache: undefined,
        artifacts: undefined,
        dependables: [],
      },
    });
  });
};
const terraform = synthesized();

describe('the audit of machines', () => {
  test('runs every 15 minutes, in no VPC, with time for managers to answer', () => {
    const lambda = blockOf(terraform, 'aws_lambda_function');
    expect(lambda).toMatchObject({
      function_name: name,
      description: 'Ends machines of acme-dev-machines that no manager knows',
      timeout: 150,
      logging_config: { log_format: 'JSON' },
    });
    expect(lambda).not.toHaveProperty('vpc_config');
    expect(blockOf(terraform, 'aws_cloudwatch_event_rule').schedule_expression).toBe('rate(15 minutes)');
  });

  test('is told what its handler reads', () => {
    const { environment } = blockOf(terraform, 'aws_lambda_function') as {
      environment: { variables: { SETTINGS: string } };
    };
    expect(parseSettings(environment.variables.SETTINGS)).toEqual({
      fleet: 'acme-dev-machines',
      profiles: [profile('acme-dev-machines/*')],
      keyPairs: ['runner-*-acme-dev-machines-*', expect.stringMatching(/^runner-\*-[0-9a-f]{6}-\*$/)],
      document: name,
      managerGroup: 'acme-dev-machines',
      maxAgeHours: 24,
      dryRun: false,
      namespace: 'GitLabRunner',
    });
  });

  test('asks by a document that takes no parameter, and so runs nothing else', () => {
    const { content, ...document } = blockOf(terraform, 'aws_ssm_document');
    expect(document).toEqual({
      name,
      document_type: 'Command',
      document_format: 'JSON',
      target_type: '/AWS::EC2::Instance',
    });
    const { parameters, mainSteps } = JSON.parse(String(content)) as Record<string, unknown>;
    expect(parameters).toBeUndefined();
    expect(mainSteps).toEqual([
      {
        action: 'aws:runShellScript',
        name: 'list',
        inputs: { timeoutSeconds: '30', runCommand: [`${machinePaths.machines} --list`] },
      },
    ]);
  });

  test('has one of each part', () => {
    expect(addressesOf(terraform).map((address) => address.replace(/\..*/, ''))).toEqual([
      'aws_cloudwatch_event_rule',
      'aws_cloudwatch_event_target',
      'aws_cloudwatch_log_group',
      'aws_iam_role',
      'aws_iam_role_policy',
      'aws_lambda_function',
      'aws_lambda_function_event_invoke_config',
      'aws_lambda_permission',
      'aws_sqs_queue',
      'aws_ssm_document',
    ]);
  });

  test('reads the tags that machines get', () => {
    expect(machineTags.manager).toBe(managerTag);
  });
});

const statementsOf = (of: typeof terraform) => {
  const statements = permissionsOf(of)[name];
  if (statements === undefined) throw new Error(`there is no role ${name}`);
  return statements;
};
const on = (action: string, arn: string, context: Context = {}): Call => ({
  action,
  resources: [{ arn, context }],
});
const instance = `arn:aws:ec2:eu-central-1:${account}:instance/i-0123456789abcdef0`;
const document = (of = name): string => `arn:aws:ssm:eu-central-1:${account}:document/${of}`;
const onMachine = (action: string, of: string | undefined, context: Context = {}) =>
  on(`ec2:${action}`, instance, { ...(of === undefined ? {} : { 'ec2:InstanceProfile': of }), ...context });
const note = { 'aws:TagKeys': [machineTags.unclaimedSince] };
const keyPair = (of: string) => on('ec2:DeleteKeyPair', `arn:aws:ec2:eu-central-1:${account}:key-pair/${of}`);
const ask = (group: string | undefined, by = document()): Call => ({
  action: 'ssm:SendCommand',
  resources: [
    { arn: by, context: {} },
    {
      arn: instance,
      context: group === undefined ? {} : { 'ssm:resourceTag/aws:autoscaling:groupName': group },
    },
  ],
});

const changing: [string, Call][] = [
  ['ends a machine', onMachine('TerminateInstances', own)],
  [
    'ends a machine of a runner that was taken out',
    onMachine('TerminateInstances', profile('acme-dev-machines/acme-dev-machines-gone')),
  ],
  ['notes that nobody knows a machine', onMachine('CreateTags', own, note)],
  ['takes that note away', onMachine('DeleteTags', own, note)],
  ['deletes the key pair of a machine', keyPair('runner-a1b2c3d4e-acme-dev-machines-1-ab1cd')],
];

describe('its role', () => {
  const statements = statementsOf(terraform);

  test.each<[string, Call]>([
    ['sees instances', on('ec2:DescribeInstances', '*')],
    ['asks a manager', ask('acme-dev-machines')],
    ['reads the answer', on('ssm:GetCommandInvocation', '*')],
    ['counts', on('cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': 'GitLabRunner' })],
    ...changing,
  ])('%s', (_, call) => {
    expect(allows(statements, call)).toBe(true);
  });

  test.each<[string, Call]>([
    [
      'ends no machine of another fleet',
      onMachine('TerminateInstances', profile('acme-dev-other/acme-dev-other-builds')),
    ],
    [
      'ends no instance that is called alike',
      onMachine('TerminateInstances', profile('acme-dev-machines-builds')),
    ],
    ['ends no manager', onMachine('TerminateInstances', profile('acme-dev-machines'))],
    ['ends no instance without a profile', onMachine('TerminateInstances', undefined)],
    [
      'ends no instance of another account',
      on('ec2:TerminateInstances', instance.replace(account, '444455556666'), { 'ec2:InstanceProfile': own }),
    ],
    ['stops no machine', onMachine('StopInstances', own)],
    ['starts no machine', onMachine('RunInstances', own)],
    [
      'changes no tag that names the manager',
      onMachine('CreateTags', own, { 'aws:TagKeys': [machineTags.manager] }),
    ],
    [
      'changes no other tag beside its note',
      onMachine('CreateTags', own, { 'aws:TagKeys': [machineTags.unclaimedSince, 'Name'] }),
    ],
    ['takes no other tag away', onMachine('DeleteTags', own, { 'aws:TagKeys': ['Name'] })],
    ['does not take all tags away', onMachine('DeleteTags', own)],
    ['notes nothing on a manager', onMachine('CreateTags', profile('acme-dev-machines'), note)],
    ['deletes no other key pair', keyPair('break-glass')],
    ['deletes no key pair of another fleet', keyPair('runner-a1b2c3d4e-acme-dev-other-1-ab1cd')],
    ['asks no manager of another fleet', ask('acme-dev-other')],
    ['asks no instance outside a group', ask(undefined)],
    ['runs nothing else on a manager', ask('acme-dev-machines', document('acme-dev-drain'))],
    [
      'runs no shell on a manager',
      ask('acme-dev-machines', 'arn:aws:ssm:eu-central-1::document/AWS-RunShellScript'),
    ],
    ['opens no session', on('ssm:StartSession', instance)],
    ['counts nowhere else', on('cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': 'AWS/EC2' })],
  ])('%s', (_, call) => {
    expect(allows(statements, call)).toBe(false);
  });

  test.each(changing)('in a dry run never %s', (_, call) => {
    const dry = statementsOf(synthesized({ dryRun: true }));
    expect(allows(dry, ask('acme-dev-machines'))).toBe(true);
    expect(allows(dry, call)).toBe(false);
  });

  test('writes to nothing that is named *', () => {
    const open = statements.filter(({ Resource }) => Resource.includes('*')).flatMap(({ Action }) => Action);
    expect(open.sort()).toEqual([
      'cloudwatch:PutMetricData',
      'ec2:DescribeInstances',
      'ssm:GetCommandInvocation',
    ]);
  });
});
