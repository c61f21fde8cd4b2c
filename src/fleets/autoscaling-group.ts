import { Construct } from 'constructs';
import type { AutoscalingGroupFleet } from '../config/fleet-model';
import type { LaunchProps, Launched } from '../constructs/launch';
import { GroupSchedules } from '../constructs/group-schedules';
import { MachineGroup, type MachineGroupProps } from '../constructs/machine-group';
import { MachineLaunchConfiguration } from '../constructs/machine-launch-configuration';
import { MachineLaunchTemplate } from '../constructs/machine-launch-template';
import { OutboundSecurityGroup } from '../constructs/outbound-security-group';
import { PortAccess, groupsByTheirIds } from '../constructs/port-access';
import { lifecycleHooks } from '../rendering/lifecycle-hooks';
import { fleetTags } from '../rendering/tags';
import { renderUserData } from '../rendering/user-data';
import { artifactStatementsOf } from './artifacts';
import { JobScaling } from './job-scaling';
import { boundedUserData, machineImage } from './machine-parts';
import { RunnerMachine } from './runner-machine';
import { sessionServerAccess } from './session-server';
import type { Shared } from './shared';

/** A group of instances that all run gitlab-runner, and its jobs in Docker. */
export class AutoscalingGroupRunners extends Construct {
  constructor(scope: Construct, id: string, fleet: AutoscalingGroupFleet, shared: Shared) {
    super(scope, id);
    const { environment } = shared;
    const { awsName: name } = fleet;
    const tags = fleetTags(environment, fleet);
    const runner = new RunnerMachine(this, 'Default', {
      fleet,
      statements: artifactStatementsOf(shared),
      shared,
    });
    const securityGroup = this.securityGroup(fleet, shared);
    const metrics = this.metrics(fleet, shared, securityGroup.groupId);
    const sessions = sessionServerAccess(this, fleet, securityGroup.groupId);
    const userData = renderUserData(environment, fleet, shared.provisioning);
    const launched = this.launch(fleet, shared, tags, {
      name,
      image: machineImage(this, fleet, shared),
      instanceProfileName: runner.instanceProfileName,
      securityGroupIds: [securityGroup.groupId, ...fleet.securityGroupIds],
      keyName: fleet.keyName,
      userDataBase64: boundedUserData(this, `fleets.${fleet.name}`, userData),
      metadataHopLimit: fleet.metadataHopLimit,
      rootVolume: fleet.rootVolume,
    });
    const parts = [runner, securityGroup, metrics, ...sessions].flatMap((part) => part.dependables);
    const dependables = [...parts, ...shared.dependables];
    const { groupName } = this.group(fleet, shared, { launched, tags, dependables });
    new GroupSchedules(this, 'schedules', { groupName, schedules: fleet.capacity.schedules });
  }

  private securityGroup(fleet: AutoscalingGroupFleet, { network }: Shared): OutboundSecurityGroup {
    return new OutboundSecurityGroup(this, 'security-group', {
      name: fleet.awsName,
      description: `Machines of ${fleet.awsName}`,
      vpcId: network.vpcId,
      egress: fleet.egress,
    });
  }

  /** Who may read gitlab-runner's metrics: whom the model names, and what scales the fleet by its jobs. */
  private metrics(fleet: AutoscalingGroupFleet, shared: Shared, machinesGroupId: string): PortAccess {
    const { metrics, scaling } = fleet;
    const from = groupsByTheirIds(metrics.allowedSecurityGroupIds);
    if (scaling.type === 'jobs')
      from.scaling = new JobScaling(this, 'scaling', {
        fleet,
        scaling,
        machinesGroupId,
        shared,
      }).securityGroupId;
    return new PortAccess(this, 'metrics', { securityGroupId: machinesGroupId, port: metrics.port, from });
  }

  private group(
    fleet: AutoscalingGroupFleet,
    { network }: Shared,
    made: Pick<MachineGroupProps, 'launched' | 'tags' | 'dependables'>,
  ): MachineGroup {
    const { capacity, refresh, drainTimeoutSeconds, forceDelete } = fleet;
    return new MachineGroup(this, 'group', {
      ...made,
      name: fleet.awsName,
      subnetIds: network.subnetIds,
      capacity,
      movedElsewhere: movedElsewhere(fleet),
      // Only idle instances are to end; evening out the zones would end any.
      suspendedProcesses: fleet.scaling.type === 'jobs' ? ['AZRebalance'] : [],
      refresh,
      hooks: Object.values(lifecycleHooks),
      drainTimeoutSeconds,
      forceDelete,
    });
  }

  private launch(
    fleet: AutoscalingGroupFleet,
    { kmsKeyArn }: Shared,
    tags: Record<string, string>,
    props: LaunchProps,
  ): Launched {
    const { launch } = fleet;
    switch (launch.type) {
      case 'configuration':
        return new MachineLaunchConfiguration(this, 'launch', {
          ...props,
          instanceType: launch.instanceType,
        }).launched;
      case 'template': {
        const { instanceTypes, spot } = launch;
        const ofTemplate = { ...props, instanceTypes, spot, kmsKeyArn, tags };
        return new MachineLaunchTemplate(this, 'launch', ofTemplate).launched;
      }
    }
  }
}

/** Sizes that schedules or the jobs move, and a deploy must not set back. */
function movedElsewhere({ capacity: { schedules }, scaling }: AutoscalingGroupFleet) {
  const all = Object.values(schedules);
  return [
    ...(all.some(({ min }) => min !== undefined) ? (['min_size'] as const) : []),
    ...(all.some(({ max }) => max !== undefined) ? (['max_size'] as const) : []),
    ...(all.length > 0 || scaling.type === 'jobs' ? (['desired_capacity'] as const) : []),
  ];
}
