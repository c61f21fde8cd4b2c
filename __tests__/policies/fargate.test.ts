import { clusterArn, fargateManagerStatements } from '../../src/policies/fargate-manager';
import { repositoryArnsOf, taskExecutionStatements } from '../../src/policies/task-execution';

/** Exact permissions of Fargate fleets: what is not here is not allowed. */

const place = { partition: 'aws', region: 'eu-central-1', accountId: '111122223333' };
const arn = (rest: string) => `arn:aws:ecs:eu-central-1:111122223333:${rest}`;
const own = clusterArn(place, 'acme-dev-jobs');
const spot = clusterArn(place, 'acme-dev-jobs-node');
const roles = ['arn:aws:iam::111122223333:role/execution', 'arn:aws:iam::111122223333:role/node'];

const manager = {
  place,
  secrets: [],
  parameters: [],
  clusterArn: own,
  service: 'acme-dev-jobs',
  taskClusterArns: [own, spot, own],
  families: ['acme-dev-jobs-node', 'acme-dev-jobs-java'],
  passedRoleArns: [...roles, ...roles],
  hasPublicAddresses: false,
};
const inClusters = { ArnEquals: { 'ecs:cluster': [own, spot] } };
const tasks = [arn('task/acme-dev-jobs/*'), arn('task/acme-dev-jobs-node/*')];

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

test('only a manager of jobs with public addresses looks them up', () => {
  const sids = fargateManagerStatements({ ...manager, hasPublicAddresses: true }).map(({ Sid }) => Sid);
  expect(sids.at(-1)).toBe('SeeAddresses');
});

const repository = 'arn:aws:ecr:eu-west-1:444455556666:repository/ci/node';

test.each([
  ['444455556666.dkr.ecr.eu-west-1.amazonaws.com/ci/node:22', [repository]],
  [`444455556666.dkr.ecr.eu-west-1.amazonaws.com/ci/node@sha256:${'0'.repeat(64)}`, [repository]],
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
