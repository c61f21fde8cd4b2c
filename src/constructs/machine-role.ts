import { IamInstanceProfile } from '@cdktf/provider-aws/lib/iam-instance-profile';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { ServiceRole, type ServiceRoleProps } from './service-role';

/** Settings of a machine's role; its instance profile has the same name. */
export interface MachineRoleProps extends Omit<ServiceRoleProps, 'service'> {
  /** ARNs of further policies. */
  readonly policyArns: readonly string[];
  /** Path of the instance profile, by which policies know those of a fleet. @default / */
  readonly profilePath?: string;
}

/** Role and instance profile of machines. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html */
export class MachineRole extends Construct {
  /** ARN of the role. */
  readonly roleArn: string;
  /** Name of the instance profile. */
  readonly instanceProfileName: string;
  /** ARN of the instance profile. */
  readonly instanceProfileArn: string;
  /** What must not go before the machines that use it. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, { policyArns, profilePath, ...props }: MachineRoleProps) {
    super(scope, id);
    // By this id it leaves no trace in addresses.
    const { arn, roleName, dependables } = new ServiceRole(this, 'Default', {
      ...props,
      service: 'ec2.amazonaws.com',
    });
    const attachments = policyArns.map(
      (policyArn) =>
        new IamRolePolicyAttachment(this, attachmentId(policyArn), { role: roleName, policyArn }),
    );
    const profile = new IamInstanceProfile(this, 'profile', {
      name: props.name,
      path: profilePath,
      role: roleName,
    });
    this.roleArn = arn;
    this.instanceProfileName = profile.name;
    this.instanceProfileArn = profile.arn;
    this.dependables = [...dependables, ...attachments, profile];
  }
}

/** Account and name: an id by position would replace attachments when their order changes. */
const attachmentId = (arn: string): string =>
  `attachment-${arn.split(':').slice(4).join(':').replaceAll('/', ':')}`;
