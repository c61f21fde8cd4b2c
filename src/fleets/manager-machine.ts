import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { ManagerFleet } from '../config/fleet-model';
import type { Launched } from '../constructs/launch';
import { MachineGroup, type MachineGroupProps } from '../constructs/machine-group';
import {
  MachineLaunchTemplate,
  type MachineLaunchTemplateProps,
} from '../constructs/machine-launch-template';
import { OutboundSecurityGroup, type EgressToGroup } from '../constructs/outbound-security-group';
import { PortAccess, groupsByTheirIds } from '../constructs/port-access';
import type { Statement } from '../policies/statement';
import { lifecycleHooks } from '../rendering/lifecycle-hooks';
import { fleetTags } from '../rendering/tags';
import { renderUserData } from '../rendering/user-data';
import { boundedUserData, machineImage } from './machine-parts';
import { ownRegistry, registryAccess } from './own-registry';
import { RunnerMachine } from './runner-machine';
import { sessionServerAccess } from './session-server';
import type { Shared } from './shared';

/** Machines of a runner, as far as their manager reaches them. */
export interface ReachedMachines {
  /** Their security group. */
  readonly securityGroupId: string;
  /** What must be there before the manager, and not go before it. */
  readonly dependables: readonly ITerraformDependable[];
}

/** Whose manager it is. */
export interface ManagerMachineProps {
  /** The fleet. */
  readonly fleet: ManagerFleet;
  /** The machines that it starts, by runner. */
  readonly machines: Readonly<Record<string, ReachedMachines>>;
  /** The ports by which it comes to them, by name. */
  readonly ports: Readonly<Record<string, number>>;
  /** What it may do with them. */
  readonly statements: readonly Statement[];
  /** What the fleet shares with others. */
  readonly shared: Shared;
}

/** The one machine of a fleet that runs gitlab-runner, and starts other machines for jobs. */
export class ManagerMachine extends Construct {
  /** Security group of the manager. */
  readonly securityGroupId: string;

  constructor(scope: Construct, id: string, props: ManagerMachineProps) {
    super(scope, id);
    const { fleet, machines, statements, shared } = props;
    const tags = fleetTags(shared.environment, fleet);
    const registry = ownRegistry(this, fleet, shared);
    const runner = new RunnerMachine(this, 'Default', {
      fleet,
      statements: [...statements, ...registry.statements],
      shared,
    });
    const securityGroup = this.securityGroup(props);
    this.securityGroupId = securityGroup.groupId;
    const access = this.access(props);
    const launched = this.launch(fleet, shared, {
      tags,
      instanceProfileName: runner.instanceProfileName,
      securityGroupIds: [securityGroup.groupId, ...fleet.securityGroupIds],
    });
    // Those of its machines too: the manager lets its jobs finish before any of them goes.
    const parts = [runner, registry, securityGroup, ...access, ...Object.values(machines)];
    const dependables = [...parts.flatMap((part) => part.dependables), ...shared.dependables];
    this.group(fleet, shared, { launched, tags, dependables });
  }

  private securityGroup({ fleet, machines, ports, shared }: ManagerMachineProps): OutboundSecurityGroup {
    const egressToGroups: Record<string, EgressToGroup> = {};
    for (const [runner, { securityGroupId }] of Object.entries(machines))
      for (const [name, port] of Object.entries(ports))
        egressToGroups[`workers-${runner}-${name}`] = { securityGroupId, port };
    return new OutboundSecurityGroup(this, 'security-group', {
      name: fleet.awsName,
      description: `Manager of ${fleet.awsName}`,
      vpcId: shared.network.vpcId,
      egress: fleet.egress,
      egressToGroups,
    });
  }

  /**
   * Who reaches the manager: those whom the model names its metrics and sessions, and its machines its mirror.
   */
  private access({ fleet, machines, shared }: ManagerMachineProps): PortAccess[] {
    const { port: metricsPort, allowedSecurityGroupIds } = fleet.metrics;
    return [
      new PortAccess(this, 'metrics', {
        securityGroupId: this.securityGroupId,
        port: metricsPort,
        from: groupsByTheirIds(allowedSecurityGroupIds),
      }),
      ...sessionServerAccess(this, fleet, this.securityGroupId),
      ...registryAccess(this, shared, this.securityGroupId, groupsOf(machines)),
    ];
  }

  private launch(
    fleet: ManagerFleet,
    shared: Shared,
    props: Pick<MachineLaunchTemplateProps, 'tags' | 'instanceProfileName' | 'securityGroupIds'>,
  ): Launched {
    const { manager } = fleet;
    const userData = renderUserData(shared.environment, fleet, shared.provisioning);
    return new MachineLaunchTemplate(this, 'launch', {
      ...props,
      name: fleet.awsName,
      image: machineImage(this, manager, shared),
      keyName: manager.keyName,
      userDataBase64: boundedUserData(this, `fleets.${fleet.name}`, userData),
      metadataHopLimit: fleet.metadataHopLimit,
      rootVolume: manager.rootVolume,
      instanceTypes: [manager.instanceType],
      spot: undefined,
      kmsKeyArn: shared.kmsKeyArn,
    }).launched;
  }

  private group(
    { type, awsName, refresh, drainTimeoutSeconds, forceDelete }: ManagerFleet,
    { network }: Shared,
    made: Pick<MachineGroupProps, 'launched' | 'tags' | 'dependables'>,
  ): MachineGroup {
    return new MachineGroup(this, 'group', {
      ...made,
      name: awsName,
      subnetIds: network.subnetIds,
      capacity: { min: 1, max: 1, desired: 1, maxInstanceLifetimeDays: 0 },
      movedElsewhere: [],
      suspendedProcesses: [],
      refresh,
      hooks: Object.values(lifecycleHooks),
      drainTimeoutSeconds,
      // Machines of Docker Machine are in no group, and must go before their manager: its drain knows of it.
      forceDelete: forceDelete && type !== 'docker-machine',
    });
  }
}

const groupsOf = (machines: ManagerMachineProps['machines']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(machines).map(([runner, { securityGroupId }]) => [runner, securityGroupId]),
  );
