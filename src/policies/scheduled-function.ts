import { regionalService, type Place } from './place';
import type { Statement } from './statement';

/** What every function of ours may do, whatever its task: write its log, and leave what it could not handle. */
export interface ScheduledFunction {
  /** Where it runs. */
  readonly place: Place;
  /** ARN of its log group. */
  readonly logGroupArn: string;
  /** ARN of its queue of dead letters. */
  readonly deadLetterArn: string;
  /** ARN of the key that encrypts the queue. */
  readonly kmsKeyArn: string;
}

/** Metrics know no resource, but a namespace. @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html */
export const metricsStatement = (namespace: string): Statement => ({
  Sid: 'Metrics',
  Effect: 'Allow',
  Action: ['cloudwatch:PutMetricData'],
  Resource: ['*'],
  Condition: { StringEquals: { 'cloudwatch:namespace': namespace } },
});

/** Statements of the role of every function. */
export const scheduledFunctionStatements = ({
  place,
  logGroupArn,
  deadLetterArn,
  kmsKeyArn,
}: ScheduledFunction): Statement[] => [
  {
    Sid: 'Logs',
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: [`${logGroupArn}:*`],
  },
  { Sid: 'DeadLetters', Effect: 'Allow', Action: ['sqs:SendMessage'], Resource: [deadLetterArn] },
  {
    Sid: 'DeadLetterKey',
    Effect: 'Allow',
    Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
    Resource: [kmsKeyArn],
    Condition: { StringEquals: { 'kms:ViaService': regionalService(place, 'sqs') } },
  },
];
