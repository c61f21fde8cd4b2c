import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { VpcSecurityGroupEgressRule } from '@cdktf/provider-aws/lib/vpc-security-group-egress-rule';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

/** Where its members may send to. */
export interface EgressRule {
  /** IPv4 or IPv6 range. */
  readonly cidr: string;
  /** Port, or nothing for all. */
  readonly port?: number | undefined;
  /** Protocol. */
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'all';
}

/** Another security group to which members may send. */
export interface EgressToGroup {
  /** That group. */
  readonly securityGroupId: string;
  /** TCP port. */
  readonly port: number;
}

/** Settings of a security group. */
export interface OutboundSecurityGroupProps {
  /** What its name begins with. */
  readonly name: string;
  /** Whose it is; another text would be another group. */
  readonly description: string;
  /** VPC. */
  readonly vpcId: string;
  /** Where its members may send to. */
  readonly egress: readonly EgressRule[];
  /** Security groups to which its members may send, by a name that stays theirs. @default none */
  readonly egressToGroups?: Readonly<Record<string, EgressToGroup>>;
}

/**
 * A security group with outbound rules only; whoever may come in is let in by a rule of its own. Its name is a prefix
 * and a new one is made before the old one goes, as with the launch configuration that refers to it: a fixed name
 * would be taken.
 */
export class OutboundSecurityGroup extends Construct {
  /** Id of the group. */
  readonly groupId: string;
  /** Its whole name, which AWS has made of the prefix. */
  readonly groupName: string;
  /** ARN of the group. */
  readonly arn: string;
  /** What must not go before its members. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(
    scope: Construct,
    id: string,
    { name, description, vpcId, egress, egressToGroups = {} }: OutboundSecurityGroupProps,
  ) {
    super(scope, id);
    const group = new SecurityGroup(this, 'group', {
      namePrefix: `${name}-`,
      description,
      vpcId,
      lifecycle: { createBeforeDestroy: true },
    });
    const targets = [
      ...egress.map((rule) => [ruleId(rule), target(rule)] as const),
      ...Object.entries(egressToGroups).map(([to, rule]) => [`egress-to-${to}`, groupTarget(rule)] as const),
    ];
    this.groupId = group.id;
    this.groupName = group.name;
    this.arn = group.arn;
    this.dependables = targets.map(
      ([rule, to]) =>
        new VpcSecurityGroupEgressRule(this, rule, {
          securityGroupId: group.id,
          ...to,
          // One that is removed goes after those who use it were told.
          lifecycle: { createBeforeDestroy: true },
        }),
    );
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

const groupTarget = ({ securityGroupId, port }: EgressToGroup) => ({
  referencedSecurityGroupId: securityGroupId,
  ipProtocol: 'tcp',
  fromPort: port,
  toPort: port,
});
