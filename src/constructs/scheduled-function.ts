import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target';
import { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import { LambdaFunctionEventInvokeConfig } from '@cdktf/provider-aws/lib/lambda-function-event-invoke-config';
import { LambdaPermission } from '@cdktf/provider-aws/lib/lambda-permission';
import { AssetType, TerraformAsset, type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { refuseAbove } from './size-limit';
import type { FunctionVariables } from '../functions/settings';

/** Settings of a function that runs by the clock. */
export interface ScheduledFunctionProps {
  /** Name. */
  readonly name: string;
  /** What it does. */
  readonly description: string;
  /** How often, such as `rate(1 minute)`. */
  readonly schedule: string;
  /** Seconds that it may take. @default 50 */
  readonly timeoutSeconds?: number;
  /** Its code. */
  readonly archive: FunctionArchive;
  /** What it reads from its environment. */
  readonly variables: FunctionVariables;
  /** ARN of its role. */
  readonly roleArn: string;
  /** Log group that it writes to. */
  readonly logGroupName: string;
  /** Where it runs. @default outside of any VPC */
  readonly network?: FunctionNetwork;
  /** Queue of what it could not handle. */
  readonly deadLetterArn: string;
  /** What must be there before it, and not go before it. */
  readonly dependables: readonly ITerraformDependable[];
}

/** Where a function runs. */
export interface FunctionNetwork {
  /** Subnets. */
  readonly subnetIds: readonly string[];
  /** Security group that it is a member of. */
  readonly securityGroupId: string;
}

/** A zip archive. */
export interface FunctionArchive {
  /** Where it lies on this machine. */
  readonly path: string;
  /** SHA-256 of its bytes, in base64. */
  readonly hash: string;
}

/** Characters of a function's variables. @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const variablesLimit = 4096;

/**
 * A Lambda function of ours, started by EventBridge. It is never retried, since the next tick knows more than a late
 * one, and it reserves no concurrency, which accounts with a small quota refuse.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-scheduled-events.html
 */
export class ScheduledFunction extends Construct {
  /** What must be there for it to run, and not go before what relies on it. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: ScheduledFunctionProps) {
    super(scope, id);
    refuseAbove(
      this,
      variablesLimit,
      JSON.stringify(props.variables),
      `the settings of function ${props.name} (fewer runners in a fleet make them shorter)`,
    );
    const code = new TerraformAsset(this, 'archive', { path: props.archive.path, type: AssetType.FILE });
    const lambda = new LambdaFunction(this, 'function', {
      functionName: props.name,
      description: props.description,
      filename: code.path,
      sourceCodeHash: props.archive.hash,
      runtime: 'nodejs22.x',
      architectures: ['arm64'],
      handler: 'index.handler',
      role: props.roleArn,
      timeout: props.timeoutSeconds ?? 50,
      memorySize: 512,
      environment: { variables: { ...props.variables } },
      vpcConfig: vpcConfig(props.network),
      loggingConfig: { logFormat: 'JSON', logGroup: props.logGroupName },
      deadLetterConfig: { targetArn: props.deadLetterArn },
      dependsOn: [...props.dependables],
    });
    new LambdaFunctionEventInvokeConfig(this, 'invocation', {
      functionName: lambda.functionName,
      maximumRetryAttempts: 0,
      maximumEventAgeInSeconds: 60,
    });
    this.dependables = [lambda, ...this.trigger(lambda, props)];
  }

  private trigger(
    lambda: LambdaFunction,
    { name, description, schedule }: ScheduledFunctionProps,
  ): ITerraformDependable[] {
    const rule = new CloudwatchEventRule(this, 'rule', { name, description, scheduleExpression: schedule });
    const target = new CloudwatchEventTarget(this, 'target', {
      rule: rule.name,
      targetId: 'function',
      arn: lambda.arn,
      retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
    });
    const permission = new LambdaPermission(this, 'permission', {
      action: 'lambda:InvokeFunction',
      functionName: lambda.functionName,
      principal: 'events.amazonaws.com',
      sourceArn: rule.arn,
    });
    return [target, permission];
  }
}

const vpcConfig = (network: FunctionNetwork | undefined) =>
  network && { subnetIds: [...network.subnetIds], securityGroupIds: [network.securityGroupId] };
