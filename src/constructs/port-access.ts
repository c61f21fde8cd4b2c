import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

/** Who may reach a port of the members of a security group. */
export interface PortAccessProps {
  /** Security group that is let into. */
  readonly securityGroupId: string;
  /** TCP port. */
  readonly port: number;
  /** Security groups that may come in, by a name that stays theirs. */
  readonly from: Readonly<Record<string, string>>;
}

/** Given security groups as `from`: their names are their ids. */
export const groupsByTheirIds = (ids: readonly string[]): Record<string, string> =>
  Object.fromEntries(ids.map((id) => [id, id]));

/** Inbound rules of one port, from security groups only. @see https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html */
export class PortAccess extends Construct {
  /** What must not go before those who are reached. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, { securityGroupId, port, from }: PortAccessProps) {
    super(scope, id);
    this.dependables = Object.entries(from).map(
      ([name, referencedSecurityGroupId]) =>
        new VpcSecurityGroupIngressRule(this, name, {
          securityGroupId,
          referencedSecurityGroupId,
          ipProtocol: 'tcp',
          fromPort: port,
          toPort: port,
          // One that is removed goes after those who use it were told.
          lifecycle: { createBeforeDestroy: true },
        }),
    );
  }
}
