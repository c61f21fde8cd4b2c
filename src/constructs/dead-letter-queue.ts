import { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue';
import { Construct } from 'constructs';

/** Settings of a queue of dead letters. */
export interface DeadLetterQueueProps {
  /** Name. */
  readonly name: string;
  /** ARN of the key that encrypts it. */
  readonly kmsKeyArn: string;
}

const fourteenDays = 14 * 24 * 60 * 60;

/** Events that a function could not handle, for as long as SQS keeps them. @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
export class DeadLetterQueue extends Construct {
  /** ARN of the queue. */
  readonly arn: string;

  constructor(scope: Construct, id: string, { name, kmsKeyArn }: DeadLetterQueueProps) {
    super(scope, id);
    const queue = new SqsQueue(this, 'queue', {
      name,
      kmsMasterKeyId: kmsKeyArn,
      messageRetentionSeconds: fourteenDays,
    });
    this.arn = queue.arn;
  }
}
