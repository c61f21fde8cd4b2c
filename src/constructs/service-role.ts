import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { Statement } from '../policies/statement';
import { assumedBy, policyDocument } from './policy-document';

/** Settings of a function's role. */
export interface FunctionRoleProps {
  /** Name. */
  readonly name: string;
  /** What the function may do. */
  readonly statements: readonly Statement[];
  /** ARN of the permissions boundary, if any. */
  readonly permissionsBoundaryArn: string | undefined;
}

/** Role of a Lambda function. @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html */
export class FunctionRole extends Construct {
  /** ARN of the role. */
  readonly arn: string;
  /** What must be there before the function, and not go before it. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, { name, statements, permissionsBoundaryArn }: FunctionRoleProps) {
    super(scope, id);
    const role = new IamRole(this, 'role', {
      name,
      assumeRolePolicy: assumedBy('lambda.amazonaws.com'),
      permissionsBoundary: permissionsBoundaryArn,
    });
    const policy = new IamRolePolicy(this, 'policy', {
      name,
      role: role.name,
      policy: policyDocument(statements),
    });
    this.arn = role.arn;
    this.dependables = [policy];
  }
}
