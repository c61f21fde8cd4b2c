import { FlowLog } from '@cdktf/provider-aws/lib/flow-log';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

/** Settings of the flow logs of a VPC. */
export interface FlowLogsProps {
  /** Name. */
  readonly name: string;
  /** The VPC. */
  readonly vpcId: string;
  /** ARN of the log group. */
  readonly logGroupArn: string;
  /** ARN of the role with which it is written. */
  readonly roleArn: string;
  /** What must be there before, and not go before. */
  readonly dependables: readonly ITerraformDependable[];
}

/** A log of all connections in a VPC, taken and refused. @see https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-cwl.html */
export class FlowLogs extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { name, vpcId, logGroupArn, roleArn, dependables }: FlowLogsProps,
  ) {
    super(scope, id);
    new FlowLog(this, 'flow-log', {
      vpcId,
      trafficType: 'ALL',
      logDestinationType: 'cloud-watch-logs',
      logDestination: logGroupArn,
      iamRoleArn: roleArn,
      tags: { Name: name },
      dependsOn: [...dependables],
    });
  }
}
