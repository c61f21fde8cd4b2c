import { allows, type Call, type Context } from '../scripts/policy-evaluator';
import { withAutoscaler, withValue } from '../support/environments';
import { permissionsOf, synthesize } from '../support/synth';

/** What the roles of a manager and of its workers let them do: the plugin's calls, and nothing else. */

const account = '111122223333';
const permissions = permissionsOf(
  synthesize(
    withValue(
      withValue(
        withAutoscaler({ runners: { linux: {}, tools: { workers: { sshUser: 'ci' } } } }),
        'aws.accountId',
        account,
      ),
      'fleets.other',
      { type: 'docker-autoscaler' },
    ),
  ),
);
const statementsOf = (role: string) => {
  const statements = permissions[role];
  if (statements === undefined) throw new Error(`there is no role ${role}`);
  return statements;
};

const on = (action: string, arn: string, context: Context = {}): Call => ({
  action,
  resources: [{ arn, context }],
});
const group = (name: string) =>
  `arn:aws:autoscaling:eu-central-1:${account}:autoScalingGroup:0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9:autoScalingGroupName/${name}`;
const instance = `arn:aws:ec2:eu-central-1:${account}:instance/i-0123456789abcdef0`;
const scale = (name: string) => on('autoscaling:SetDesiredCapacity', group(name));
const end = (name: string) => on('autoscaling:TerminateInstanceInAutoScalingGroup', group(name));
const key = (name: string | undefined, user = 'ec2-user', arn = instance) =>
  on('ec2-instance-connect:SendSSHPublicKey', arn, {
    ...(name === undefined ? {} : { 'aws:ResourceTag/aws:autoscaling:groupName': name }),
    'ec2:osuser': user,
  });

const own = 'acme-dev-builds';

describe('the role of a manager', () => {
  const statements = statementsOf(own);

  test.each<[string, Call]>([
    ['sees groups', on('autoscaling:DescribeAutoScalingGroups', '*')],
    ['sees instances', on('ec2:DescribeInstances', '*')],
    ['starts workers', scale(`${own}-linux`)],
    ['starts workers of another runner', scale(`${own}-tools`)],
    ['ends a worker', end(`${own}-linux`)],
    ['gives a key to a worker', key(`${own}-linux`)],
    ['gives a key to a worker with another user', key(`${own}-tools`, 'ci')],
    ['ends itself when an operator says so', end(own)],
    ['completes its own launch', on('autoscaling:CompleteLifecycleAction', group(own))],
  ])('%s', (_, call) => {
    expect(allows(statements, call)).toBe(true);
  });

  test.each<[string, Call]>([
    ['does not change the size of its own group', scale(own)],
    ['does not start workers of another fleet', scale('acme-dev-other-default')],
    ['does not start workers of another environment', scale('acme-prod-builds-linux')],
    ['does not start workers of a group that is called alike', scale(`${own}-linux-2`)],
    ['does not end workers of another fleet', end('acme-dev-other-default')],
    ['does not end the manager of another fleet', end('acme-dev-other')],
    ['gives no key to a worker of another fleet', key('acme-dev-other-default')],
    ['gives no key to a manager', key(own)],
    ['gives no key to a machine outside a group', key(undefined)],
    ['gives no key to root', key(`${own}-linux`, 'root')],
    [
      'gives no key to a machine of another region',
      key(`${own}-linux`, 'ec2-user', instance.replace('eu-central-1', 'eu-west-1')),
    ],
    [
      'gives no key to a machine of another account',
      key(`${own}-linux`, 'ec2-user', instance.replace(account, '444455556666')),
    ],
    ['changes no group', on('autoscaling:UpdateAutoScalingGroup', group(`${own}-linux`))],
    ['takes no worker’s protection', on('autoscaling:SetInstanceProtection', group(`${own}-linux`))],
    ['starts no machine by itself', on('ec2:RunInstances', instance)],
    ['ends no machine by itself', on('ec2:TerminateInstances', instance)],
    ['passes no role', on('iam:PassRole', `arn:aws:iam::${account}:role/${own}-linux`)],
  ])('%s', (_, call) => {
    expect(allows(statements, call)).toBe(false);
  });
});

describe('the role of workers', () => {
  const statements = statementsOf(`${own}-linux`);

  test('writes the logs of its own group, and nothing else', () => {
    expect(statements).toEqual([
      {
        Sid: 'Logs',
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
        Resource: [
          expect.stringMatching(
            /^\$\{aws_cloudwatch_log_group\.fleet-builds_workers_linux_logs_.*\.arn\}:\*$/,
          ),
        ],
      },
    ]);
  });
});
