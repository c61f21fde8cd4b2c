import { VpcSecurityGroupEgressRule } from '@cdktf/provider-aws/lib/vpc-security-group-egress-rule';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

/** A port of others that the members of a security group may reach. */
export interface PortExitProps {
  /** Their security group. */
  readonly securityGroupId: string;
  /** TCP port. */
  readonly port: number;
  /** Security group of those who are reached. */
  readonly toGroupId: string;
}

/** An outbound rule of one port, for a security group that is made before the one that it leads to. */
export class PortExit extends Construct {
  /** What must not go before those who send. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, { securityGroupId, port, toGroupId }: PortExitProps) {
    super(scope, id);
    const rule = new VpcSecurityGroupEgressRule(this, 'Default', {
      securityGroupId,
      referencedSecurityGroupId: toGroupId,
      ipProtocol: 'tcp',
      fromPort: port,
      toPort: port,
      // One that is removed goes after those who use it were told.
      lifecycle: { createBeforeDestroy: true },
    });
    this.dependables = [rule];
  }
}
