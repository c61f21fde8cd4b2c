import { zipSync } from 'fflate';

/** What the function is, and whose it is. */
export interface EstateFunctionProps {
  /** The estate's name; the names of its parts begin with it. */
  readonly name: string;
  readonly account: string;
  readonly region: string;
  /** Where it runs. */
  readonly subnetIds: readonly string[];
  /** A key that exists already: the queue is begun with, since it takes longest. */
  readonly volumeKeyArn: string;
  /** What it does; a new text is a new code. */
  readonly code: string;
}

/** Its archive, which lies beside the configuration. */
export const FUNCTION_ARCHIVE = 'function.zip';

/** The bytes of the archive. The time stamp is the oldest that a zip can hold: the same code is the same archive. */
export const functionArchive = (code: string): Uint8Array =>
  zipSync({ 'index.js': [Buffer.from(code), { mtime: new Date(1980, 1, 1) }] });

/** Lets a service of AWS assume a role. */
export const trust = (service: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  });

const queueName = (name: string) => `${name}-dead-letters`;

/** As a text: for half a minute the provider looks whether a new queue is the same everywhere, whatever it sees. */
const queueArn = ({ account, region, name }: EstateFunctionProps) =>
  `arn:aws:sqs:${region}:${account}:${queueName(name)}`;

const lambda = (props: EstateFunctionProps) => ({
  function_name: `${props.name}-scaling`,
  description: 'Scales by the jobs',
  filename: FUNCTION_ARCHIVE,
  source_code_hash: `\${filebase64sha256("${FUNCTION_ARCHIVE}")}`,
  runtime: 'nodejs22.x',
  architectures: ['arm64'],
  handler: 'index.handler',
  role: '${aws_iam_role.scaling.arn}',
  timeout: 50,
  memory_size: 256,
  publish: true,
  kms_key_arn: '${aws_kms_key.key.arn}',
  ephemeral_storage: [{ size: 1024 }],
  environment: [{ variables: { GROUP: `${props.name}-jobs` } }],
  vpc_config: [{ subnet_ids: props.subnetIds, security_group_ids: ['${aws_security_group.runner.id}'] }],
  logging_config: [
    {
      log_format: 'JSON',
      log_group: '${aws_cloudwatch_log_group.session.name}',
      // AWS answers with the levels that it has chosen; the provider takes that for a change if it is to publish.
      application_log_level: 'INFO',
      system_log_level: 'INFO',
    },
  ],
  dead_letter_config: [{ target_arn: queueArn(props) }],
  tracing_config: [{ mode: 'Active' }],
});

/** A function in a VPC that EventBridge starts each minute, and the queue of what it could not handle. */
export const estateFunction = (props: EstateFunctionProps) => ({
  aws_iam_role: {
    scaling: { name: `${props.name}-scaling`, assume_role_policy: trust('lambda.amazonaws.com') },
  },
  aws_sqs_queue: {
    dead_letters: {
      name: queueName(props.name),
      kms_master_key_id: props.volumeKeyArn,
      message_retention_seconds: 1209600,
    },
  },
  aws_lambda_function: { scaling: lambda(props) },
  aws_lambda_function_event_invoke_config: {
    scaling: {
      function_name: '${aws_lambda_function.scaling.function_name}',
      maximum_retry_attempts: 0,
      maximum_event_age_in_seconds: 60,
    },
  },
  aws_cloudwatch_event_rule: {
    tick: { name: `${props.name}-tick`, description: 'Each minute', schedule_expression: 'rate(1 minute)' },
  },
  aws_cloudwatch_event_target: {
    tick: {
      rule: '${aws_cloudwatch_event_rule.tick.name}',
      target_id: 'function',
      arn: '${aws_lambda_function.scaling.arn}',
      retry_policy: [{ maximum_retry_attempts: 0, maximum_event_age_in_seconds: 60 }],
      dead_letter_config: [{ arn: queueArn(props) }],
    },
  },
  aws_lambda_permission: {
    tick: {
      action: 'lambda:InvokeFunction',
      function_name: '${aws_lambda_function.scaling.function_name}',
      principal: 'events.amazonaws.com',
      source_arn: '${aws_cloudwatch_event_rule.tick.arn}',
    },
  },
});
