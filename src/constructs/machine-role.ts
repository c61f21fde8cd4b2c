import { IamInstanceProfile } from '@cdktf/provider-aws/lib/iam-instance-profile';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { Statement } from '../policies/statement';
import { assumedBy, policyDocument } from './policy-document';

/** Settings of a machine's role. */
export interface MachineRoleProps {
  /** Name of the role and its instance profile. */
  readonly name: string;
  /** What the machine may do. */
  readonly statements: readonly Statement[];
  /** ARNs of further policies. */
  readonly policyArns: readonly string[];
  /** ARN of the permissions boundary, if any. */
  readonly permissionsBoundaryArn: string | undefined;
}

/** Role and instance profile of machines. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html */
export class MachineRole extends Construct {
  /** Name of the instance profile. */
  readonly instanceProfileName: string;
  /** What must not go before the machines that use it. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(
    scope: Construct,
    id: string,
    { name, statements, policyArns, permissionsBoundaryArn }: MachineRoleProps,
  ) {
    super(scope, id);
    const role = new IamRole(this, 'role', {
      name,
      assumeRolePolicy: assumedBy('ec2.amazonaws.com'),
      permissionsBoundary: permissionsBoundaryArn,
    });
    const policy = new IamRolePolicy(this, 'policy', {
      name,
      role: role.name,
      policy: policyDocument(statements),
    });
    const attachments = policyArns.map(
      (policyArn) =>
        new IamRolePolicyAttachment(this, attachmentId(policyArn), { role: role.name, policyArn }),
    );
    const profile = new IamInstanceProfile(this, 'profile', { name, role: role.name });
    this.instanceProfileName = profile.name;
    this.dependables = [policy, ...attachments, profile];
  }
}

/** Account and name: an id by position would replace attachments when their order changes. */
const attachmentId = (arn: string): string =>
  `attachment-${arn.split(':').slice(4).join(':').replaceAll('/', ':')}`;
