import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { Statement } from '../policies/statement';
import { assumedBy, policyDocument } from './policy-document';
import { refuseAbove } from './size-limit';

/** Settings of a role. */
export interface ServiceRoleProps {
  /** Name. */
  readonly name: string;
  /** Service that assumes it, such as `lambda.amazonaws.com`. */
  readonly service: string;
  /** What it may do; it may be nothing. */
  readonly statements: readonly Statement[];
  /** ARN of the permissions boundary, if any. */
  readonly permissionsBoundaryArn: string | undefined;
}

/** Characters of a role's inline policies. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const policyLimit = 10240;

/** A role that a service of AWS assumes for us. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-service.html */
export class ServiceRole extends Construct {
  /** ARN of the role. */
  readonly arn: string;
  /** Name of the role. */
  readonly roleName: string;
  /** What must be there before what works with it, and not go before that. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(
    scope: Construct,
    id: string,
    { name, service, statements, permissionsBoundaryArn }: ServiceRoleProps,
  ) {
    super(scope, id);
    const role = new IamRole(this, 'role', {
      name,
      assumeRolePolicy: assumedBy(service),
      permissionsBoundary: permissionsBoundaryArn,
    });
    const document = policyDocument(statements);
    refuseAbove(
      this,
      policyLimit,
      document,
      `the policy of role ${name} (fewer runners in a fleet make it shorter)`,
    );
    // IAM takes no policy without a statement.
    const policies =
      statements.length === 0
        ? []
        : [new IamRolePolicy(this, 'policy', { name, role: role.name, policy: document })];
    this.arn = role.arn;
    this.roleName = role.name;
    this.dependables = policies;
  }
}
