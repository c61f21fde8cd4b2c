import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { VpcSecurityGroupEgressRule } from '@cdktf/provider-aws/lib/vpc-security-group-egress-rule';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

/** Where machines may send to. */
export interface EgressRule {
  /** IPv4 or IPv6 range. */
  readonly cidr: string;
  /** Port, or nothing for all. */
  readonly port?: number | undefined;
  /** Protocol. */
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'all';
}

/** Settings of a security group. */
export interface MachineSecurityGroupProps {
  /** What its name begins with. */
  readonly name: string;
  /** VPC. */
  readonly vpcId: string;
  /** Where machines may send to. */
  readonly egress: readonly EgressRule[];
}

/**
 * The security group of machines: no inbound rule. Its name is a prefix and a new one is made before the old one
 * goes, as with the launch configuration that refers to it: a fixed name would be taken.
 */
export class MachineSecurityGroup extends Construct {
  /** Id of the group. */
  readonly groupId: string;
  /** What must not go before the machines that use it. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, { name, vpcId, egress }: MachineSecurityGroupProps) {
    super(scope, id);
    const group = new SecurityGroup(this, 'group', {
      namePrefix: `${name}-`,
      description: `Machines of ${name}: nothing comes in`,
      vpcId,
      lifecycle: { createBeforeDestroy: true },
    });
    const rules = egress.map(
      (rule) =>
        new VpcSecurityGroupEgressRule(this, ruleId(rule), { securityGroupId: group.id, ...target(rule) }),
    );
    this.groupId = group.id;
    this.dependables = rules;
  }
}

const ruleId = ({ cidr, port, protocol }: EgressRule): string =>
  `egress-${protocol}-${port ?? 'all'}-${cidr}`;

function target({ cidr, port, protocol }: EgressRule) {
  const isV6 = cidr.includes(':');
  const address = isV6 ? { cidrIpv6: cidr } : { cidrIpv4: cidr };
  if (protocol === 'all') return { ...address, ipProtocol: '-1' };
  if (protocol === 'icmp')
    return { ...address, ipProtocol: isV6 ? 'icmpv6' : 'icmp', fromPort: -1, toPort: -1 };
  return { ...address, ipProtocol: protocol, fromPort: port ?? 0, toPort: port ?? 65535 };
}
