import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { DockerAutoscalerFleet } from '../config/docker-autoscaler-model';
import { EncryptedLogGroup } from '../constructs/encrypted-log-group';
import type { Launched } from '../constructs/launch';
import { MachineGroup, type MachineGroupProps } from '../constructs/machine-group';
import {
  MachineLaunchTemplate,
  type MachineLaunchTemplateProps,
} from '../constructs/machine-launch-template';
import { MachineRole } from '../constructs/machine-role';
import { OutboundSecurityGroup } from '../constructs/outbound-security-group';
import { PortAccess } from '../constructs/port-access';
import { runnerMachineStatements, type RunnerMachine } from '../policies/runner-machine';
import { workerGroupStatements } from '../policies/worker-groups';
import { lifecycleHooks } from '../rendering/lifecycle-hooks';
import { fleetTags } from '../rendering/tags';
import { renderUserData } from '../rendering/user-data';
import { cacheStatementsOf } from './cache';
import { boundedUserData, machineImage } from './machine-parts';
import { ownRegistry, registryAccess, type OwnRegistry } from './own-registry';
import { RunnerTokens } from './runner-tokens';
import { RunnerWorkers } from './runner-workers';
import type { Shared } from './shared';

/** One manager that runs gitlab-runner, and for each runner a group of workers that it starts for jobs. */
export class DockerAutoscalerRunners extends Construct {
  constructor(scope: Construct, id: string, fleet: DockerAutoscalerFleet, shared: Shared) {
    super(scope, id);
    const { environment, kmsKeyArn, sessionLogGroupArn } = shared;
    const { awsName: name } = fleet;
    const { retentionDays } = environment;
    const tags = fleetTags(environment, fleet);
    const tokens = new RunnerTokens(this, 'tokens', fleet.runners, shared);
    const logs = new EncryptedLogGroup(this, 'logs', { name, kmsKeyArn, retentionDays });
    const registry = ownRegistry(this, fleet, shared);
    const role = this.role(fleet, shared, registry, {
      ...tokens.sources,
      logGroupArns: [logs.arn, sessionLogGroupArn],
    });
    const workers = this.workers(fleet, shared);
    const securityGroup = this.securityGroup(fleet, shared, workers);
    const access = this.access(fleet, shared, securityGroup.groupId, workers);
    const launched = this.launch(fleet, shared, {
      tags,
      instanceProfileName: role.instanceProfileName,
      securityGroupIds: [securityGroup.groupId, ...fleet.securityGroupIds],
    });
    // The workers' groups too: the manager lets its jobs finish before any of them goes.
    const parts = [tokens, logs, registry, role, securityGroup, ...access, ...Object.values(workers)];
    const dependables = [...parts.flatMap((part) => part.dependables), ...shared.dependables];
    this.group(fleet, shared, { launched, tags, dependables });
  }

  private workers(fleet: DockerAutoscalerFleet, shared: Shared): Readonly<Record<string, RunnerWorkers>> {
    const scope = new Construct(this, 'workers');
    return Object.fromEntries(
      fleet.runners.map((runner) => [
        runner.key,
        new RunnerWorkers(scope, runner.key, { fleet, runner, shared }),
      ]),
    );
  }

  private securityGroup(
    fleet: DockerAutoscalerFleet,
    { network }: Shared,
    workers: Readonly<Record<string, RunnerWorkers>>,
  ): OutboundSecurityGroup {
    const toWorkers = Object.entries(workers).map(([key, { securityGroupId }]) => [
      `workers-${key}`,
      { securityGroupId, port: ssh },
    ]);
    return new OutboundSecurityGroup(this, 'security-group', {
      name: fleet.awsName,
      description: `Manager of ${fleet.awsName}`,
      vpcId: network.vpcId,
      egress: fleet.egress,
      egressToGroups: Object.fromEntries(toWorkers) as Record<
        string,
        { securityGroupId: string; port: number }
      >,
    });
  }

  /** Who reaches whom: those whom the model names the manager's metrics, the manager its workers, and these its mirror. */
  private access(
    { metrics }: DockerAutoscalerFleet,
    shared: Shared,
    managerGroupId: string,
    workers: Readonly<Record<string, RunnerWorkers>>,
  ): { readonly dependables: readonly ITerraformDependable[] }[] {
    const groups = Object.entries(workers).map(([runner, { securityGroupId }]) => [runner, securityGroupId]);
    const from = Object.fromEntries(metrics.allowedSecurityGroupIds.map((id) => [id, id]));
    return [
      new PortAccess(this, 'metrics', { securityGroupId: managerGroupId, port: metrics.port, from }),
      ...Object.values(workers).map(
        (reached) =>
          new PortAccess(reached, 'ssh', {
            securityGroupId: reached.securityGroupId,
            port: ssh,
            from: { manager: managerGroupId },
          }),
      ),
      ...registryAccess(this, shared, {
        manager: managerGroupId,
        workers: Object.fromEntries(groups) as Record<string, string>,
      }),
    ];
  }

  private role(
    fleet: DockerAutoscalerFleet,
    shared: Shared,
    registry: OwnRegistry,
    access: Omit<RunnerMachine, 'place' | 'groupName'>,
  ): MachineRole {
    const { place, environment } = shared;
    const workers = fleet.runners.map((runner) => runner.workers);
    const groupNames = workers.map(({ groupName }) => groupName);
    const sshUsers = workers.map(({ sshUser }) => sshUser);
    return new MachineRole(this, 'role', {
      name: fleet.awsName,
      statements: [
        ...runnerMachineStatements({ place, groupName: fleet.awsName, ...access }),
        ...workerGroupStatements({ place, groupNames, sshUsers }),
        ...cacheStatementsOf(shared, fleet.name),
        ...registry.statements,
      ],
      policyArns: fleet.policyArns,
      permissionsBoundaryArn: environment.aws.permissionsBoundaryArn,
    });
  }

  private launch(
    fleet: DockerAutoscalerFleet,
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
    { awsName, refresh, drainTimeoutSeconds, forceDelete }: DockerAutoscalerFleet,
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
      forceDelete,
    });
  }
}

/** The port by which a manager comes to its workers. */
const ssh = 22;
