import { join } from 'node:path';
import { CommandDocument } from '../../src/constructs/command-document';
import { DeadLetterQueue } from '../../src/constructs/dead-letter-queue';
import { PortAccess } from '../../src/constructs/port-access';
import { ScalingFunction } from '../../src/constructs/scaling-function';
import { ServiceRole } from '../../src/constructs/service-role';
import { addressesOf, blockOf, blocksOf, synthesizeScope } from '../support/synth';

/** The function that scales a group, and its parts, with everything that Terraform gets. */

const settings = {
  groupName: 'acme-dev-linux',
  metricsPort: 9252,
  namespace: 'GitLabRunner',
  headroomJobs: 2,
  idleTimeSeconds: 120,
  capacityPerInstance: 4,
};

describe('ScalingFunction', () => {
  const terraform = synthesizeScope((scope) => {
    const role = new ServiceRole(scope, 'role', {
      name: 'a',
      service: 'lambda.amazonaws.com',
      statements: [{ Sid: 'One', Effect: 'Allow', Action: ['s3:GetObject'], Resource: ['arn:a'] }],
      permissionsBoundaryArn: undefined,
    });
    new ScalingFunction(scope, 'scaling', {
      name: 'a',
      archive: { path: join(__dirname, 'scaling-function.test.ts'), hash: 'aGFzaA==' },
      settings,
      roleArn: 'arn:role',
      logGroupName: 'a-logs',
      network: { subnetIds: ['subnet-1', 'subnet-2'], securityGroupId: 'sg-1' },
      deadLetterArn: 'arn:queue',
      dependables: role.dependables,
    });
  });
  const addressOf = (type: string) =>
    addressesOf(terraform).find((address) => address.startsWith(`${type}.`)) ?? '';

  test('runs our code on the present Node.js, in the network, with a log group and dead letters', () => {
    const { filename, ...rest } = blockOf(terraform, 'aws_lambda_function');
    expect(filename).toMatch(/^assets\/[^/]+\/[0-9A-F]{32}\/scaling-function\.test\.ts$/);
    expect(rest).toEqual({
      function_name: 'a',
      description: 'Scales acme-dev-linux by its jobs',
      source_code_hash: 'aGFzaA==',
      runtime: 'nodejs22.x',
      architectures: ['arm64'],
      handler: 'index.handler',
      role: 'arn:role',
      timeout: 50,
      memory_size: 512,
      environment: { variables: { SETTINGS: JSON.stringify(settings) } },
      vpc_config: { subnet_ids: ['subnet-1', 'subnet-2'], security_group_ids: ['sg-1'] },
      logging_config: { log_format: 'JSON', log_group: 'a-logs' },
      dead_letter_config: { target_arn: 'arn:queue' },
      depends_on: [addressOf('aws_iam_role_policy')],
    });
  });

  test('is started each minute by its rule only, and never again for the same minute', () => {
    const name = `\${${addressOf('aws_lambda_function')}.function_name}`;
    const rule = addressOf('aws_cloudwatch_event_rule');
    expect(blockOf(terraform, 'aws_cloudwatch_event_rule')).toEqual({
      name: 'a',
      description: 'Scales acme-dev-linux by its jobs',
      schedule_expression: 'rate(1 minute)',
    });
    expect(blockOf(terraform, 'aws_cloudwatch_event_target')).toEqual({
      rule: `\${${rule}.name}`,
      target_id: 'function',
      arn: `\${${addressOf('aws_lambda_function')}.arn}`,
      retry_policy: { maximum_retry_attempts: 0, maximum_event_age_in_seconds: 60 },
    });
    expect(blockOf(terraform, 'aws_lambda_function_event_invoke_config')).toEqual({
      function_name: name,
      maximum_retry_attempts: 0,
      maximum_event_age_in_seconds: 60,
    });
    expect(blockOf(terraform, 'aws_lambda_permission')).toEqual({
      action: 'lambda:InvokeFunction',
      function_name: name,
      principal: 'events.amazonaws.com',
      source_arn: `\${${rule}.arn}`,
    });
  });

  test('reserves no concurrency, which small accounts refuse', () => {
    expect(blockOf(terraform, 'aws_lambda_function')).not.toHaveProperty('reserved_concurrent_executions');
  });
});

test('ServiceRole: assumed by its service, within the boundary', () => {
  const terraform = synthesizeScope((scope) => {
    const role = new ServiceRole(scope, 'role', {
      name: 'a',
      service: 'lambda.amazonaws.com',
      statements: [{ Sid: 'One', Effect: 'Allow', Action: ['s3:GetObject'], Resource: ['arn:a'] }],
      permissionsBoundaryArn: 'arn:boundary',
    });
    expect(role.dependables).toHaveLength(1);
  });
  const { assume_role_policy: trust, permissions_boundary: boundary } = blockOf(terraform, 'aws_iam_role');
  expect(boundary).toBe('arn:boundary');
  expect(trust).toContain('"Service":"lambda.amazonaws.com"');
});

test('DeadLetterQueue: encrypted, for as long as SQS keeps messages', () => {
  const terraform = synthesizeScope((scope) => {
    new DeadLetterQueue(scope, 'queue', { name: 'a', kmsKeyArn: 'arn:key' });
  });
  expect(blockOf(terraform, 'aws_sqs_queue')).toEqual({
    name: 'a',
    kms_master_key_id: 'arn:key',
    message_retention_seconds: 1209600,
  });
});

test('PortAccess: one port, from the named groups only', () => {
  const terraform = synthesizeScope((scope) => {
    const access = new PortAccess(scope, 'access', {
      securityGroupId: 'sg-1',
      port: 9252,
      from: { scaling: 'sg-2', 'sg-3': 'sg-3' },
    });
    expect(access.dependables).toHaveLength(2);
  });
  const rule = {
    security_group_id: 'sg-1',
    ip_protocol: 'tcp',
    from_port: 9252,
    to_port: 9252,
    lifecycle: { create_before_destroy: true },
  };
  expect(blocksOf(terraform, 'aws_vpc_security_group_ingress_rule')).toEqual([
    { ...rule, referenced_security_group_id: 'sg-2' },
    { ...rule, referenced_security_group_id: 'sg-3' },
  ]);
});

test('CommandDocument: for EC2 instances', () => {
  const terraform = synthesizeScope((scope) => {
    new CommandDocument(scope, 'document', { name: 'a', content: '{}' });
  });
  expect(blockOf(terraform, 'aws_ssm_document')).toEqual({
    name: 'a',
    document_type: 'Command',
    document_format: 'JSON',
    target_type: '/AWS::EC2::Instance',
    content: '{}',
  });
});

test('ServiceRole: without a statement has no policy, since IAM takes no empty one', () => {
  const terraform = synthesizeScope((scope) => {
    const role = new ServiceRole(scope, 'role', {
      name: 'a',
      service: 'ec2.amazonaws.com',
      statements: [],
      permissionsBoundaryArn: undefined,
    });
    expect(role.dependables).toEqual([]);
  });
  expect(terraform.resource).not.toHaveProperty('aws_iam_role_policy');
});
