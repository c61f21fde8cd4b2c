import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { JobMachine, MachineRunner } from '../config/docker-machine-model';
import { MachineDeployment } from '../constructs/machine-deployment';
import { MachineRole } from '../constructs/machine-role';
import { OutboundSecurityGroup } from '../constructs/outbound-security-group';
import type { ManagedMachines } from '../policies/docker-machine';
import { deployed } from '../rendering/machine-toml';
import { artifactStatementsOf } from './artifacts';
import { machineImage } from './machine-parts';
import type { Shared } from './shared';

/** Whose machines they are. */
export interface JobMachinesProps {
  /** The runner. */
  readonly runner: MachineRunner;
  /** What its fleet shares with others. */
  readonly shared: Shared;
}

/** What the machines of one runner need before Docker Machine starts any. Whoever reaches them is let in from outside. */
export class JobMachines extends Construct {
  /** Security group of the machines. */
  readonly securityGroupId: string;
  /** What their manager may do with them. */
  readonly managed: ManagedMachines;
  /** What must be there before the manager, and not go before it. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, { runner: { machine }, shared }: JobMachinesProps) {
    super(scope, id);
    const role = this.role(machine, shared);
    const securityGroup = new OutboundSecurityGroup(this, 'security-group', {
      name: machine.awsName,
      description: `Machines of ${machine.awsName}`,
      vpcId: shared.network.vpcId,
      egress: machine.egress,
    });
    const deployment = this.deployment(machine, securityGroup.groupName, shared);
    this.securityGroupId = securityGroup.groupId;
    this.managed = {
      nameStem: machine.nameStem,
      roleArn: role.roleArn,
      instanceProfileArn: role.instanceProfileArn,
      subnetArn: deployment.subnetArn,
      securityGroupArns: [securityGroup.arn, ...deployment.securityGroupArns],
      parameterArn: deployment.parameterArn,
      isSpot: machine.spot !== undefined,
    };
    this.dependables = [role, securityGroup, deployment].flatMap((part) => part.dependables);
  }

  private role({ awsName, policyArns }: JobMachine, shared: Shared): MachineRole {
    return new MachineRole(this, 'role', {
      name: awsName,
      statements: artifactStatementsOf(shared),
      policyArns,
      permissionsBoundaryArn: shared.environment.aws.permissionsBoundaryArn,
    });
  }

  private deployment(machine: JobMachine, ownGroupName: string, shared: Shared): MachineDeployment {
    const { network, place } = shared;
    return new MachineDeployment(this, 'deployment', {
      parameterName: machine.parameterName,
      region: place.region,
      subnetId: machine.subnetId ?? (network.subnetIds[0] as string),
      ownGroupName,
      securityGroupIds: machine.securityGroupIds,
      image: machineImage(this, machine, shared),
      keys: deployed,
    });
  }
}
