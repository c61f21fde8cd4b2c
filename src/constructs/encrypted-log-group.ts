import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

/** Settings of a log group. */
export interface EncryptedLogGroupProps {
  /** Name. */
  readonly name: string;
  /** ARN of the key that encrypts it; the key's policy must admit CloudWatch Logs. */
  readonly kmsKeyArn: string;
  /** Days for which logs are kept; one of CloudWatch's own values. */
  readonly retentionDays: number;
}

/** A log group that is encrypted and does not grow for ever. */
export class EncryptedLogGroup extends Construct {
  /** Name. */
  readonly name: string;
  /** ARN, without `:*`. */
  readonly arn: string;
  /** What must not go before those who write. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, { name, kmsKeyArn, retentionDays }: EncryptedLogGroupProps) {
    super(scope, id);
    const group = new CloudwatchLogGroup(this, 'group', {
      name,
      kmsKeyId: kmsKeyArn,
      retentionInDays: retentionDays,
    });
    this.name = group.name;
    this.arn = group.arn;
    this.dependables = [group];
  }
}
