import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { DockerMachineFleet, JobMachine, MachineRunner } from '../config/docker-machine-model';
import { MachineDeployment } from '../constructs/machine-deployment';
import { MachineRole } from '../constructs/machine-role';
import { MachineSecurityGroup } from '../constructs/machine-security-group';
import { PrivateSubnetCheck } from '../constructs/private-subnet-check';
import type { ManagedMachines } from '../policies/docker-machine';
import { deployed } from '../rendering/machine-toml';
import { artifactStatementsOf } from './artifacts';
import { machineImage } from './machine-parts';
import { registryPorts } from './own-registry';
import type { Shared } from './shared';

/** Whose machines they are. */
export interface JobMachinesProps {
  /** The fleet. */
  readonly fleet: DockerMachineFleet;
  /** The runner. */
  readonly runner: MachineRunner;
  /** Security group of the manager. */
  readonly managerGroupId: string;
  /** What ends those that the manager leaves: it must not go before they have. */
  readonly orphans: { readonly dependables: readonly ITerraformDependable[] };
  /** What its fleet shares with others. */
  readonly shared: Shared;
}

/** Ports by which a manager comes to its machines: SSH, and Docker with TLS. */
export const machinePorts = { ssh: 22, docker: 2376 } as const;

/** What the machines of one runner need before Docker Machine starts any. */
export class JobMachines extends Construct {
  /** Security group of the machines. */
  readonly securityGroupId: string;
  /** What their manager may do with them. */
  readonly managed: ManagedMachines;
  /** What must be there before the manager, and not go before it. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: JobMachinesProps) {
    super(scope, id);
    const { runner, fleet, shared } = props;
    const { machine } = runner;
    const role = this.role(machine, fleet, shared);
    const securityGroup = this.securityGroup(props, role);
    const deployment = this.deployment(machine, securityGroup.groupName, shared);
    const { subnetId } = machine;
    new PrivateSubnetCheck(this, 'network', {
      subnetIds: subnetId === undefined ? shared.network.uncheckedSubnetIds.slice(0, 1) : [subnetId],
      what: `A machine of ${machine.awsName}`,
    });
    this.securityGroupId = securityGroup.groupId;
    this.managed = {
      roleArn: role.roleArn,
      instanceProfileArn: role.instanceProfileArn,
      subnetArn: deployment.subnetArn,
      securityGroupArns: [securityGroup.arn, ...deployment.securityGroupArns],
      isSpot: machine.spot !== undefined,
    };
    this.dependables = [role, securityGroup, deployment].flatMap((part) => part.dependables);
  }

  private securityGroup(
    { runner, fleet, managerGroupId, orphans, shared }: JobMachinesProps,
    role: MachineRole,
  ): MachineSecurityGroup {
    const { awsName: name, egress } = runner.machine;
    return new MachineSecurityGroup(this, 'security-group', {
      name,
      description: `Machines of ${name}`,
      vpcId: shared.network.vpcId,
      egress,
      ports: Object.values(machinePorts),
      managerGroupId,
      managerPorts: registryPorts(shared),
      drainTimeoutSeconds: fleet.drainTimeoutSeconds,
      dependables: [...orphans.dependables, ...role.dependables, ...shared.dependables],
    });
  }

  private role({ awsName, policyArns }: JobMachine, fleet: DockerMachineFleet, shared: Shared): MachineRole {
    return new MachineRole(this, 'role', {
      name: awsName,
      profilePath: `/${fleet.awsName}/`,
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
      vpcId: network.vpcId,
      keys: deployed,
    });
  }
}
