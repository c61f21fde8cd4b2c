import { keyStatements, keyUserStatements } from '../../src/policies/environment-key';
import { arnOf } from '../../src/policies/place';
import { runnerMachineStatements, type RunnerMachine } from '../../src/policies/runner-machine';
import { assumedBy, policyDocument } from '../../src/constructs/policy-document';
import { scalingFunctionStatements } from '../../src/policies/scaling-function';
import { scheduledFunctionStatements } from '../../src/policies/scheduled-function';
import type { Statement } from '../../src/policies/statement';

/** Exact permissions: what is not here is not allowed. */

const place = { partition: 'aws', region: 'eu-central-1', accountId: '111122223333' };
const keyArn = 'arn:aws:kms:eu-central-1:111122223333:key/1';
const secretArn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:a-a1B2c3';
const parameterArn = 'arn:aws:ssm:eu-central-1:111122223333:parameter/a';
const logs = 'arn:aws:logs:eu-central-1:111122223333:log-group:acme-dev-linux';

const groupName = 'acme-dev-linux';
const minimal: RunnerMachine = { place, groupName, secrets: [], parameters: [], logGroupArns: [logs] };
const maximal: RunnerMachine = {
  place,
  groupName,
  secrets: [
    { arn: secretArn, kmsKeyArn: keyArn },
    { arn: `${secretArn}2`, kmsKeyArn: undefined },
  ],
  parameters: [{ arn: parameterArn, kmsKeyArn: `${keyArn}2` }],
  logGroupArns: [logs, `${logs}2`],
};

const group =
  'arn:aws:autoscaling:eu-central-1:111122223333:autoScalingGroup:*:autoScalingGroupName/acme-dev-linux';

const session = [
  {
    Sid: 'LifecycleOfOwnGroup',
    Effect: 'Allow',
    Action: [
      'autoscaling:CompleteLifecycleAction',
      'autoscaling:RecordLifecycleActionHeartbeat',
      'autoscaling:TerminateInstanceInAutoScalingGroup',
    ],
    Resource: [group],
  },
  {
    Sid: 'SessionManagerChannels',
    Effect: 'Allow',
    Action: [
      'ssmmessages:CreateControlChannel',
      'ssmmessages:CreateDataChannel',
      'ssmmessages:OpenControlChannel',
      'ssmmessages:OpenDataChannel',
    ],
    Resource: ['*'],
  },
  {
    Sid: 'SessionManagerInstance',
    Effect: 'Allow',
    Action: ['ssm:UpdateInstanceInformation'],
    Resource: ['arn:aws:ec2:eu-central-1:111122223333:instance/*'],
  },
  {
    Sid: 'SessionManagerLogGroupCheck',
    Effect: 'Allow',
    Action: ['logs:DescribeLogGroups'],
    Resource: ['*'],
  },
];
const logActions = ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'];

describe('a machine that runs gitlab-runner', () => {
  test('with no token writes logs and serves sessions', () => {
    expect(runnerMachineStatements(minimal)).toEqual([
      { Sid: 'Logs', Effect: 'Allow', Action: logActions, Resource: [`${logs}:*`] },
      ...session,
    ]);
  });

  test('reads its own tokens, and decrypts them through their services only', () => {
    const decrypt = (Sid: string, key: string, service: string) => ({
      Sid,
      Effect: 'Allow',
      Action: ['kms:Decrypt'],
      Resource: [key],
      Condition: { StringEquals: { 'kms:ViaService': `${service}.eu-central-1.amazonaws.com` } },
    });
    expect(runnerMachineStatements(maximal)).toEqual([
      {
        Sid: 'TokenSecrets',
        Effect: 'Allow',
        Action: ['secretsmanager:GetSecretValue'],
        Resource: [secretArn, `${secretArn}2`],
      },
      decrypt('TokenSecretKeys', keyArn, 'secretsmanager'),
      { Sid: 'TokenParameters', Effect: 'Allow', Action: ['ssm:GetParameter'], Resource: [parameterArn] },
      decrypt('TokenParameterKeys', `${keyArn}2`, 'ssm'),
      { Sid: 'Logs', Effect: 'Allow', Action: logActions, Resource: [`${logs}:*`, `${logs}2:*`] },
      ...session,
    ]);
  });

  test('names a key of several secrets once', () => {
    const secrets = [secretArn, `${secretArn}2`].map((arn) => ({
      arn,
      kmsKeyArn: keyArn,
    }));
    const found = runnerMachineStatements({ ...minimal, secrets }).filter(
      ({ Sid }) => Sid === 'TokenSecretKeys',
    );
    expect(found.map(({ Resource }) => Resource)).toEqual([[keyArn]]);
  });

  test('decrypts a secret of another region through that region’s service', () => {
    const elsewhere = {
      arn: secretArn.replace('eu-central-1', 'eu-west-1'),
      kmsKeyArn: keyArn.replace('eu-central-1', 'eu-west-1'),
    };
    const statements = runnerMachineStatements({
      ...minimal,
      secrets: [elsewhere, { arn: secretArn, kmsKeyArn: keyArn }],
    });
    const services = statements
      .filter(({ Action }) => Action.includes('kms:Decrypt'))
      .flatMap(({ Condition }) => Object.values(Condition?.StringEquals ?? {}).flat());
    expect(services.sort()).toEqual([
      'secretsmanager.eu-central-1.amazonaws.com',
      'secretsmanager.eu-west-1.amazonaws.com',
    ]);
  });

  const actions = (statements: readonly Statement[], isAll: (statement: Statement) => boolean) =>
    statements.filter(isAll).flatMap(({ Action }) => Action);
  const onAll = ({ Resource }: Statement) => Resource.some((resource) => resource === '*');

  test('has nothing on all resources but what knows no resource, and one action that reads', () => {
    for (const machine of [minimal, maximal]) {
      expect(actions(runnerMachineStatements(machine), onAll)).toEqual([
        'ssmmessages:CreateControlChannel',
        'ssmmessages:CreateDataChannel',
        'ssmmessages:OpenControlChannel',
        'ssmmessages:OpenDataChannel',
        'logs:DescribeLogGroups',
      ]);
    }
  });

  test('has no wildcard among its actions, and names each statement once', () => {
    const statements = runnerMachineStatements(maximal);
    expect(actions(statements, () => true).filter((action) => action.includes('*'))).toEqual([]);
    const names = statements.map(({ Sid }) => Sid);
    expect(new Set(names).size).toBe(names.length);
  });

  test('stays in its partition', () => {
    const other = runnerMachineStatements({
      ...minimal,
      place: { ...place, partition: 'aws-us-gov', region: 'us-gov-west-1' },
    });
    expect(other.find(({ Sid }) => Sid === 'SessionManagerInstance')?.Resource).toEqual([
      'arn:aws-us-gov:ec2:us-gov-west-1:111122223333:instance/*',
    ]);
  });
});

describe('the function that scales a group', () => {
  const statements = scalingFunctionStatements({ place, groupName, namespace: 'GitLabRunner' });

  test('reads all groups, changes its own, measures in its own namespace, and has its network interfaces made', () => {
    expect(statements).toEqual([
      {
        Sid: 'ReadGroup',
        Effect: 'Allow',
        Action: ['autoscaling:DescribeAutoScalingGroups', 'ec2:DescribeInstances'],
        Resource: ['*'],
      },
      {
        Sid: 'ScaleGroup',
        Effect: 'Allow',
        Action: ['autoscaling:SetDesiredCapacity', 'autoscaling:TerminateInstanceInAutoScalingGroup'],
        Resource: [group],
      },
      {
        Sid: 'Metrics',
        Effect: 'Allow',
        Action: ['cloudwatch:PutMetricData'],
        Resource: ['*'],
        Condition: { StringEquals: { 'cloudwatch:namespace': 'GitLabRunner' } },
      },
      {
        Sid: 'ReadNetwork',
        Effect: 'Allow',
        Action: ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'],
        Resource: ['*'],
      },
      {
        Sid: 'NetworkInterfaces',
        Effect: 'Allow',
        Action: [
          'ec2:CreateNetworkInterface',
          'ec2:DeleteNetworkInterface',
          'ec2:AssignPrivateIpAddresses',
          'ec2:UnassignPrivateIpAddresses',
        ],
        Resource: ['arn:aws:ec2:eu-central-1:111122223333:*/*'],
      },
    ]);
  });
});

test('every function writes its own log, and leaves what it could not handle in its queue', () => {
  const queue = 'arn:aws:sqs:eu-central-1:111122223333:acme-dev-linux-scaling';
  const logGroupArn = `${logs}-scaling`;
  expect(
    scheduledFunctionStatements({ place, logGroupArn, deadLetterArn: queue, kmsKeyArn: keyArn }),
  ).toEqual([
    {
      Sid: 'Logs',
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: [`${logGroupArn}:*`],
    },
    { Sid: 'DeadLetters', Effect: 'Allow', Action: ['sqs:SendMessage'], Resource: [queue] },
    {
      Sid: 'DeadLetterKey',
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: [keyArn],
      Condition: { StringEquals: { 'kms:ViaService': 'sqs.eu-central-1.amazonaws.com' } },
    },
  ]);
});

describe('the key of an environment', () => {
  const encryption = [
    'kms:Encrypt',
    'kms:Decrypt',
    'kms:ReEncrypt*',
    'kms:GenerateDataKey*',
    'kms:DescribeKey',
  ];
  const role =
    'arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling';
  const isAutoScaling = { 'kms:CallerAccount': '111122223333', 'aws:PrincipalArn': role };
  const users = [
    {
      Sid: 'LogsOfThisEnvironment',
      Effect: 'Allow',
      Principal: { Service: 'logs.eu-central-1.amazonaws.com' },
      Action: encryption,
      Resource: ['*'],
      Condition: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': 'arn:aws:logs:eu-central-1:111122223333:log-group:acme-dev-*',
        },
      },
    },
    {
      Sid: 'VolumesOfAutoScaling',
      Effect: 'Allow',
      Principal: '*',
      Action: encryption,
      Resource: ['*'],
      Condition: { StringEquals: isAutoScaling },
    },
    {
      Sid: 'GrantsOfAutoScaling',
      Effect: 'Allow',
      Principal: '*',
      Action: ['kms:CreateGrant'],
      Resource: ['*'],
      Condition: { StringEquals: isAutoScaling, Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    },
  ];

  test('admits CloudWatch Logs by names and the role of Auto Scaling by a condition, and leaves the rest to IAM', () => {
    expect(keyStatements(place, 'acme-dev')).toEqual([
      {
        Sid: 'AccountByItsPolicies',
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::111122223333:root' },
        Action: ['kms:*'],
        Resource: ['*'],
      },
      ...users,
    ]);
  });

  test('when given needs the same, without what its owner has already', () => {
    expect(keyUserStatements(place, 'acme-dev')).toEqual(users);
  });

  test('admits the role of spot instances the same way, where they are not started by a group', () => {
    const [, ...more] = keyUserStatements(place, 'acme-dev', { startsSpot: true });
    const [volumes, grants] = more.slice(2);
    const isSpot = {
      'kms:CallerAccount': '111122223333',
      'aws:PrincipalArn':
        'arn:aws:iam::111122223333:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot',
    };
    expect(volumes).toMatchObject({ Sid: 'VolumesOfSpot', Condition: { StringEquals: isSpot } });
    expect(grants).toMatchObject({
      Sid: 'GrantsOfSpot',
      Action: ['kms:CreateGrant'],
      Condition: { StringEquals: isSpot, Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    });
    expect(more).toHaveLength(4);
  });

  test('lets everybody in nowhere without account and principal', () => {
    const open = keyStatements(place, 'acme-dev').filter(({ Principal }) => Principal === '*');
    expect(open).toHaveLength(2);
    for (const { Condition } of open)
      expect(Object.keys(Condition?.StringEquals ?? {})).toEqual(['kms:CallerAccount', 'aws:PrincipalArn']);
  });
});

test('ARNs are put together in order', () => {
  expect(arnOf(place, 'logs', 'log-group:a')).toBe('arn:aws:logs:eu-central-1:111122223333:log-group:a');
});

test('documents are JSON of the present version', () => {
  const [statement] = runnerMachineStatements(minimal);
  expect(JSON.parse(policyDocument(statement ? [statement] : []))).toEqual({
    Version: '2012-10-17',
    Statement: [statement],
  });
  expect(JSON.parse(assumedBy('ec2.amazonaws.com'))).toEqual({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  });
});
