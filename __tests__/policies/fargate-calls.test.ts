import type { Statement } from '../../src/policies/statement';
import { allows, type Call, type Context } from '../scripts/policy-evaluator';
import { withFargate, withValue } from '../support/environments';
import { blockAt, permissionsOf, synthesize, type Terraform } from '../support/synth';

/** What the roles of a deployed Fargate fleet let their calls do: the driver's, the manager's own, and the audit's. */

const account = '111122223333';
const ecs = (rest: string) => `arn:aws:ecs:eu-central-1:${account}:${rest}`;
const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`;

/** One runner in the fleet's cluster with a role, one on spot capacity; and another fleet beside it. */
const terraform = synthesize(
  withValue(
    withValue(
      withFargate({
        runners: { node: { task: { taskRoleArn: roleArn('deploy') } }, tools: { task: { spot: true } } },
      }),
      'aws.accountId',
      account,
    ),
    'fleets.other',
    { type: 'fargate' },
  ),
);

/** As AWS gets it: what is known only at apply has its ARN. */
function applied(of: Terraform, statements: readonly Statement[]): Statement[] {
  const arns: Readonly<Record<string, (name: string) => string>> = {
    aws_iam_role: roleArn,
    aws_secretsmanager_secret: (name) =>
      `arn:aws:secretsmanager:eu-central-1:${account}:secret:${name}-a1B2c3`,
    aws_kms_key: () => `arn:aws:kms:eu-central-1:${account}:key/1`,
    aws_cloudwatch_log_group: (name) => `arn:aws:logs:eu-central-1:${account}:log-group:${name}`,
    aws_sqs_queue: (name) => `arn:aws:sqs:eu-central-1:${account}:${name}`,
  };
  const text = JSON.stringify(statements).replace(
    /\$\{((\w+)\.[\w-]+)\.arn\}/g,
    (_, address: string, type: string) =>
      arns[type]?.(String(blockAt(of, address).name)) ?? `no ARN of ${type}`,
  );
  return JSON.parse(text) as Statement[];
}

const statementsOf = (role: string): Statement[] => {
  const statements = permissionsOf(terraform)[role];
  if (statements === undefined) throw new Error(`there is no role ${role}`);
  return applied(terraform, statements);
};

const on = (action: string, arn: string, context: Context = {}): Call => ({
  action,
  resources: [{ arn, context }],
});
const task = (cluster: string) => ecs(`task/${cluster}/0123456789abcdef0123456789abcdef`);
const inCluster = (cluster: string): Context => ({ 'ecs:cluster': ecs(`cluster/${cluster}`) });

/** The calls of the driver, and of the manager for itself, by what they are about. */
const calls = {
  run: (cluster: string, family: string) =>
    on('ecs:RunTask', ecs(`task-definition/${family}:7`), inCluster(cluster)),
  describe: (cluster: string) => on('ecs:DescribeTasks', task(cluster), inCluster(cluster)),
  stop: (cluster: string) => on('ecs:StopTask', task(cluster), inCluster(cluster)),
  pass: (role: string, service = 'ecs-tasks.amazonaws.com') =>
    on('iam:PassRole', roleArn(role), { 'iam:PassedToService': service }),
  tag: (arn: string, ...keys: string[]) => on('ecs:TagResource', arn, { 'aws:TagKeys': keys }),
  service: (cluster: string, name: string) => on('ecs:DescribeServices', ecs(`service/${cluster}/${name}`)),
  protect: (cluster: string) => on('ecs:UpdateTaskProtection', task(cluster), inCluster(cluster)),
  secret: (name: string) =>
    on(
      'secretsmanager:GetSecretValue',
      `arn:aws:secretsmanager:eu-central-1:${account}:secret:${name}-a1B2c3`,
    ),
  decrypt: (service: string) =>
    on('kms:Decrypt', `arn:aws:kms:eu-central-1:${account}:key/1`, {
      'kms:ViaService': `${service}.eu-central-1.amazonaws.com`,
    }),
};

const own = 'acme-dev-jobs';
const spot = 'acme-dev-jobs-tools';
const managerTag = 'gitlab-runner-aws:manager';

describe('the role of a manager', () => {
  const statements = statementsOf('acme-dev-jobs');

  test.each<[string, Call]>([
    ['starts a job from a definition of its fleet, in its cluster', calls.run(own, 'acme-dev-jobs-node')],
    ['starts a job on spot capacity, in the cluster made for it', calls.run(spot, 'acme-dev-jobs-tools')],
    ['watches a job', calls.describe(own)],
    ['watches a job on spot capacity', calls.describe(spot)],
    ['stops a job', calls.stop(own)],
    ['stops a job on spot capacity', calls.stop(spot)],
    ['passes the role that starts its jobs', calls.pass('acme-dev-jobs-execution')],
    ['passes the role that its jobs have', calls.pass('deploy')],
    ['marks a job as its own', calls.tag(task(spot), managerTag)],
    ['sees its own service', calls.service(own, own)],
    ['protects itself', calls.protect(own)],
    ['reads its token', calls.secret('acme-dev-jobs-node-token')],
    ['decrypts its token', calls.decrypt('secretsmanager')],
  ])('%s', (_, call) => {
    expect(allows(statements, call)).toBe(true);
  });

  test.each<[string, Call]>([
    ['starts nothing from another fleet’s definition', calls.run(own, 'acme-dev-other-default')],
    ['starts nothing from the definition of managers', calls.run(own, 'acme-dev-jobs')],
    ['starts nothing from a definition that is called alike', calls.run(own, 'acme-dev-jobs-node-2')],
    ['starts nothing from another environment’s definition', calls.run(own, 'acme-prod-jobs-node')],
    ['starts nothing in another fleet’s cluster', calls.run('acme-dev-other', 'acme-dev-jobs-node')],
    ['starts nothing in another environment’s cluster', calls.run('acme-prod-jobs', 'acme-dev-jobs-node')],
    [
      'starts nothing where no cluster is named',
      on('ecs:RunTask', ecs('task-definition/acme-dev-jobs-node:7')),
    ],
    [
      'starts nothing in another region',
      on(
        'ecs:RunTask',
        ecs('task-definition/acme-dev-jobs-node:7').replace('eu-central-1', 'eu-west-1'),
        inCluster(own),
      ),
    ],
    ['watches no task of another fleet', calls.describe('acme-dev-other')],
    ['stops no task of another fleet', calls.stop('acme-dev-other')],
    ['stops no task of another environment', calls.stop('acme-prod-jobs')],
    ['stops no task of a cluster that is called alike', calls.stop('acme-dev-jobs2')],
    ['passes no role of another fleet', calls.pass('acme-dev-other-execution')],
    ['passes not its own role, which reads the tokens', calls.pass('acme-dev-jobs')],
    ['passes no other role', calls.pass('admin')],
    ['passes the role of its jobs to no instance', calls.pass('deploy', 'ec2.amazonaws.com')],
    [
      'passes the role that starts its jobs to no function',
      calls.pass('acme-dev-jobs-execution', 'lambda.amazonaws.com'),
    ],
    ['marks nothing with another key', calls.tag(task(own), 'team')],
    ['marks nothing with another key besides', calls.tag(task(own), managerTag, 'team')],
    ['marks no task of another fleet', calls.tag(task('acme-dev-other'), managerTag)],
    ['marks no service', calls.tag(ecs(`service/${own}/${own}`), managerTag)],
    ['sees no other service', calls.service('acme-dev-other', 'acme-dev-other')],
    ['protects no task of another fleet', calls.protect('acme-dev-other')],
    ['protects none of its jobs on spot capacity, which are no managers', calls.protect(spot)],
    ['reads no token of another fleet', calls.secret('acme-dev-other-default-token')],
    ['decrypts nothing but through the service that has the token', calls.decrypt('sqs')],
    ['changes no service', on('ecs:UpdateService', ecs(`service/${own}/${own}`), inCluster(own))],
    ['looks at no cluster, where none is given', on('ecs:DescribeClusters', ecs(`cluster/${own}`))],
    ['makes no definition', on('ecs:RegisterTaskDefinition', '*')],
    ['opens no shell in a task', on('ecs:ExecuteCommand', task(own), inCluster(own))],
    ['looks up no addresses, where no job has a public one', on('ec2:DescribeNetworkInterfaces', '*')],
  ])('%s', (_, call) => {
    expect(allows(statements, call)).toBe(false);
  });
});

describe('the role with which ECS starts tasks', () => {
  const statements = statementsOf('acme-dev-jobs-execution');
  const logs = (group: string) =>
    on('logs:PutLogEvents', `arn:aws:logs:eu-central-1:${account}:log-group:${group}:log-stream:a`);
  const pull = (repository: string) =>
    on('ecr:BatchGetImage', `arn:aws:ecr:eu-central-1:${account}:repository/${repository}`);

  test.each<[string, boolean, Call]>([
    ['writes the log of managers', true, logs('acme-dev-jobs')],
    ['writes the log of jobs', true, logs('acme-dev-jobs-workers')],
    ['writes no other log', false, logs('acme-dev-other')],
    ['pulls the manager’s image', true, pull('acme-dev-manager')],
    ['pulls the image of jobs', true, pull('acme-dev-worker')],
    ['pulls no other image', false, pull('acme-prod-worker')],
    ['pushes no image', false, { ...pull('acme-dev-worker'), action: 'ecr:PutImage' }],
    ['reads no token', false, calls.secret('acme-dev-jobs-node-token')],
  ])('%s', (_, isAllowed, call) => {
    expect(allows(statements, call)).toBe(isAllowed);
  });
});

describe('the role of the function that ends jobs without a manager', () => {
  const statements = statementsOf('acme-dev-jobs-orphans');
  const list = (cluster: string) => on('ecs:ListTasks', '*', inCluster(cluster));
  const measure = (namespace: string) =>
    on('cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': namespace });

  test.each<[string, boolean, Call]>([
    ['lists the tasks of its clusters', true, list(spot)],
    ['lists no task of another fleet', false, list('acme-dev-other')],
    ['looks at the tasks of its clusters', true, calls.describe(own)],
    ['looks at no task of another fleet', false, calls.describe('acme-dev-other')],
    ['stops a job', true, calls.stop(spot)],
    ['stops no task of another fleet', false, calls.stop('acme-dev-other')],
    ['stops no task of another environment', false, calls.stop('acme-prod-jobs')],
    ['starts nothing', false, calls.run(own, 'acme-dev-jobs-node')],
    ['passes no role', false, calls.pass('deploy')],
    ['reads no token', false, calls.secret('acme-dev-jobs-node-token')],
    ['measures in its namespace', true, measure('GitLabRunner')],
    ['measures in no other', false, measure('AWS/ECS')],
  ])('%s', (_, isAllowed, call) => {
    expect(allows(statements, call)).toBe(isAllowed);
  });
});
