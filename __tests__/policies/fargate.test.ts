import { clusterArn } from '../../src/policies/ecs';
import { fargateManagerStatements } from '../../src/policies/fargate-manager';
import { repositoryArnsOf, taskExecutionStatements } from '../../src/policies/task-execution';
import { taskOrphanStatements } from '../../src/policies/task-orphans';

/** Exact permissions of Fargate fleets: what is not here is not allowed. */

const place = { partition: 'aws', region: 'eu-central-1', accountId: '111122223333' };
const arn = (rest: string) => `arn:aws:ecs:eu-central-1:111122223333:${rest}`;
const own = clusterArn(place, 'acme-dev-jobs');
const roles = ['arn:aws:iam::111122223333:role/execution', 'arn:aws:iam::111122223333:role/node'];

const manager = {
  place,
  secrets: [],
  parameters: [],
  awsName: 'acme-dev-jobs',
  clusterArn: own,
  givenClusterArns: [],
  families: ['acme-dev-jobs-node', 'acme-dev-jobs-java'],
  passedRoleArns: [...roles, ...roles],
  hasPublicAddresses: false,
};
const inClusters = { ArnLike: { 'ecs:cluster': [own, `${own}-*`] } };
const tasks = [arn('task/acme-dev-jobs/*'), arn('task/acme-dev-jobs-*/*')];

test('a manager starts its own definitions in its own clusters, and nothing else', () => {
  expect(fargateManagerStatements(manager)).toEqual([
    {
      Sid: 'StartJobs',
      Effect: 'Allow',
      Action: ['ecs:RunTask'],
      Resource: [arn('task-definition/acme-dev-jobs-node:*'), arn('task-definition/acme-dev-jobs-java:*')],
      Condition: inClusters,
    },
    {
      Sid: 'WatchAndStopJobs',
      Effect: 'Allow',
      Action: ['ecs:DescribeTasks', 'ecs:StopTask'],
      Resource: tasks,
      Condition: inClusters,
    },
    {
      Sid: 'MarkJobs',
      Effect: 'Allow',
      Action: ['ecs:TagResource'],
      Resource: tasks,
      Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['gitlab-runner-aws:manager'] } },
    },
    {
      Sid: 'SeeOwnService',
      Effect: 'Allow',
      Action: ['ecs:DescribeServices'],
      Resource: [arn('service/acme-dev-jobs/acme-dev-jobs')],
    },
    {
      Sid: 'ProtectItself',
      Effect: 'Allow',
      Action: ['ecs:DescribeTasks', 'ecs:GetTaskProtection', 'ecs:UpdateTaskProtection'],
      Resource: [arn('task/acme-dev-jobs/*')],
    },
    {
      Sid: 'PassRolesOfJobs',
      Effect: 'Allow',
      Action: ['iam:PassRole'],
      Resource: roles,
      Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    },
  ]);
});

test('a manager looks at the clusters that are given, and at its jobs there', () => {
  const given = arn('cluster/ci');
  const statements = fargateManagerStatements({ ...manager, givenClusterArns: [given, given] });
  const bySid = (sid: string) => statements.find(({ Sid }) => Sid === sid);
  expect(bySid('CheckClusters')).toEqual({
    Sid: 'CheckClusters',
    Effect: 'Allow',
    Action: ['ecs:DescribeClusters'],
    Resource: [given],
  });
  expect(bySid('StartJobs')?.Condition).toEqual({ ArnLike: { 'ecs:cluster': [own, `${own}-*`, given] } });
  expect(bySid('WatchAndStopJobs')?.Resource).toEqual([...tasks, arn('task/ci/*')]);
});

test('only a manager of jobs with public addresses looks them up', () => {
  expect(fargateManagerStatements({ ...manager, hasPublicAddresses: true })).toEqual([
    ...fargateManagerStatements(manager),
    {
      Sid: 'SeeAddresses',
      Effect: 'Allow',
      Action: ['ec2:DescribeNetworkInterfaces'],
      Resource: ['*'],
    },
  ]);
});

test('a manager reads its own tokens, and decrypts them through their services only', () => {
  const secret = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:a-a1B2c3';
  const parameter = 'arn:aws:ssm:eu-central-1:111122223333:parameter/a';
  const key = 'arn:aws:kms:eu-central-1:111122223333:key/1';
  const decrypt = (Sid: string, service: string) => ({
    Sid,
    Effect: 'Allow',
    Action: ['kms:Decrypt'],
    Resource: [key],
    Condition: { StringEquals: { 'kms:ViaService': `${service}.eu-central-1.amazonaws.com` } },
  });
  const withTokens = fargateManagerStatements({
    ...manager,
    secrets: [{ arn: secret, kmsKeyArn: key }],
    parameters: [{ arn: parameter, kmsKeyArn: key }],
  });
  expect(withTokens).toEqual([
    {
      Sid: 'TokenSecrets',
      Effect: 'Allow',
      Action: ['secretsmanager:GetSecretValue'],
      Resource: [secret],
    },
    decrypt('TokenSecretKeys', 'secretsmanager'),
    { Sid: 'TokenParameters', Effect: 'Allow', Action: ['ssm:GetParameter'], Resource: [parameter] },
    decrypt('TokenParameterKeys', 'ssm'),
    ...fargateManagerStatements(manager),
  ]);
});

describe('the function that ends jobs without a manager', () => {
  const namespace = 'GitLabRunner';
  const given = { place, awsName: 'acme-dev-jobs', givenClusterArns: [], namespace };

  test('looks at the tasks of its clusters, stops jobs in those of jobs, and measures', () => {
    expect(taskOrphanStatements({ ...given, dryRun: false })).toEqual([
      {
        Sid: 'ListTasks',
        Effect: 'Allow',
        Action: ['ecs:ListTasks'],
        Resource: ['*'],
        Condition: inClusters,
      },
      {
        Sid: 'SeeTasks',
        Effect: 'Allow',
        Action: ['ecs:DescribeTasks'],
        Resource: tasks,
        Condition: inClusters,
      },
      { Sid: 'StopJobs', Effect: 'Allow', Action: ['ecs:StopTask'], Resource: tasks, Condition: inClusters },
      {
        Sid: 'Metrics',
        Effect: 'Allow',
        Action: ['cloudwatch:PutMetricData'],
        Resource: ['*'],
        Condition: { StringEquals: { 'cloudwatch:namespace': namespace } },
      },
    ]);
  });

  test('looks into clusters that are given, too', () => {
    const statements = taskOrphanStatements({
      ...given,
      givenClusterArns: [arn('cluster/ci')],
      dryRun: false,
    });
    expect(statements.find(({ Sid }) => Sid === 'StopJobs')).toMatchObject({
      Resource: [...tasks, arn('task/ci/*')],
      Condition: { ArnLike: { 'ecs:cluster': [own, `${own}-*`, arn('cluster/ci')] } },
    });
  });

  test('that only counts may stop nothing', () => {
    const statements = taskOrphanStatements({ ...given, dryRun: true });
    expect(statements.map(({ Sid }) => Sid)).toEqual(['ListTasks', 'SeeTasks', 'Metrics']);
    expect(statements.flatMap(({ Action }) => Action)).not.toContain('ecs:StopTask');
  });
});

const repository = 'arn:aws:ecr:eu-west-1:444455556666:repository/ci/node';

test.each([
  ['444455556666.dkr.ecr.eu-west-1.amazonaws.com/ci/node:22', [repository]],
  [`444455556666.dkr.ecr.eu-west-1.amazonaws.com/ci/node@sha256:${'0'.repeat(64)}`, [repository]],
  ['444455556666.dkr-ecr.eu-west-1.on.aws/ci/node:22', [repository]],
  ['444455556666.dkr.ecr-fips.eu-west-1.amazonaws.com/ci/node:22', [repository]],
  ['registry.gitlab.com/acme/node:22', []],
  ['alpine', []],
])('the repository of %s', (image, expected) => {
  expect(repositoryArnsOf(image, place)).toEqual(expected);
});

test('ECS pulls the named images, writes the named logs, and reads no secret', () => {
  const logs = 'arn:aws:logs:eu-central-1:111122223333:log-group:acme-dev-jobs';
  const statements = taskExecutionStatements({
    repositoryArns: [repository, repository],
    logGroupArns: [logs],
  });
  expect(statements.map(({ Action, Resource }) => [Action, Resource])).toEqual([
    [['ecr:GetAuthorizationToken'], ['*']],
    [['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], [repository]],
    [['logs:CreateLogStream', 'logs:PutLogEvents'], [`${logs}:*`]],
  ]);
  expect(taskExecutionStatements({ repositoryArns: [], logGroupArns: [logs] }).map(({ Sid }) => Sid)).toEqual(
    ['Logs'],
  );
});
