import { SecurityGroup, type SecurityGroupEgress } from '@cdktf/provider-aws/lib/security-group';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { deleteTimeout } from './delete-timeout';
import type { EgressRule } from './outbound-security-group';

/** Settings of a security group of machines that Terraform does not know. */
export interface MachineSecurityGroupProps {
  /** What its name begins with. */
  readonly name: string;
  /** Whose it is; another text would be another group. */
  readonly description: string;
  /** VPC. */
  readonly vpcId: string;
  /** Where its members may send to. */
  readonly egress: readonly EgressRule[];
  /** TCP ports by which they are reached. */
  readonly ports: readonly number[];
  /** Security group of the manager, which comes to them. */
  readonly managerGroupId: string;
  /** TCP ports by which they come to the manager, besides where they may send to. */
  readonly managerPorts: readonly number[];
  /** Seconds for which a member may take to go. */
  readonly drainTimeoutSeconds: number;
  /** What must not go before its members have. */
  readonly dependables: readonly ITerraformDependable[];
}

/**
 * The security group of machines that something else starts and ends. Its rules are its own, unlike those of other
 * groups: AWS refuses to delete a group that has members, and so jobs on these keep their connections, also where their
 * runner is taken out, until the last one is gone.
 */
export class MachineSecurityGroup extends Construct {
  /** Id of the group. */
  readonly groupId: string;
  /** Its whole name, which AWS has made of the prefix. */
  readonly groupName: string;
  /** ARN of the group. */
  readonly arn: string;
  /** What must not go before its members. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: MachineSecurityGroupProps) {
    super(scope, id);
    const group = new SecurityGroup(this, 'group', {
      namePrefix: `${props.name}-`,
      description: props.description,
      vpcId: props.vpcId,
      ingress: props.ports.map((port) => ofManager(props, port)),
      egress: [...props.egress.map(egressBlock), ...props.managerPorts.map((port) => ofManager(props, port))],
      timeouts: { delete: deleteTimeout(props.drainTimeoutSeconds + auditSeconds) },
      dependsOn: [...props.dependables],
      lifecycle: { createBeforeDestroy: true },
    });
    this.groupId = group.id;
    this.groupName = group.name;
    this.arn = group.arn;
    this.dependables = [group];
  }
}

/** Seconds in which a member that its manager has left is found and ended. */
const auditSeconds = 45 * 60;

/** Terraform wants all of a rule's fields. */
const nobody = {
  description: '',
  cidrBlocks: [],
  ipv6CidrBlocks: [],
  prefixListIds: [],
  securityGroups: [],
  selfAttribute: false,
};

const ofManager = ({ managerGroupId }: MachineSecurityGroupProps, port: number) => ({
  ...nobody,
  securityGroups: [managerGroupId],
  protocol: 'tcp',
  fromPort: port,
  toPort: port,
});

function egressBlock({ cidr, port, protocol }: EgressRule): SecurityGroupEgress {
  const isV6 = cidr.includes(':');
  const to = { ...nobody, ...(isV6 ? { ipv6CidrBlocks: [cidr] } : { cidrBlocks: [cidr] }) };
  if (protocol === 'all') return { ...to, protocol: '-1', fromPort: 0, toPort: 0 };
  if (protocol === 'icmp') return { ...to, protocol: isV6 ? 'icmpv6' : 'icmp', fromPort: -1, toPort: -1 };
  return { ...to, protocol, fromPort: port ?? 0, toPort: port ?? 65535 };
}
