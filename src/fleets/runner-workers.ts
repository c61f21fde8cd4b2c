import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { AutoscalerRunner, DockerAutoscalerFleet, Workers } from '../config/docker-autoscaler-model';
import { EncryptedLogGroup } from '../constructs/encrypted-log-group';
import type { Launched } from '../constructs/launch';
import {
  MachineLaunchTemplate,
  type MachineLaunchTemplateProps,
} from '../constructs/machine-launch-template';
import { MachineRole } from '../constructs/machine-role';
import { OutboundSecurityGroup, type EgressToGroup } from '../constructs/outbound-security-group';
import { PortAccess } from '../constructs/port-access';
import { WorkerGroup } from '../constructs/worker-group';
import { logStatements } from '../policies/runner-machine';
import { workerTags } from '../rendering/tags';
import { renderWorkerUserData } from '../rendering/worker-user-data';
import { artifactStatementsOf } from './artifacts';
import { boundedUserData, machineImage } from './machine-parts';
import { registryPorts } from './own-registry';
import type { Shared } from './shared';

/** Whose workers they are. */
export interface RunnerWorkersProps {
  /** The fleet. */
  readonly fleet: DockerAutoscalerFleet;
  /** The runner. */
  readonly runner: AutoscalerRunner;
  /** Security group of the manager. */
  readonly managerGroupId: string;
  /** What the fleet shares with others. */
  readonly shared: Shared;
}

/** Ports by which a manager comes to its workers. */
export const workerPorts = { ssh: 22 } as const;

/** The workers of one runner: a group, and all that only they have. */
export class RunnerWorkers extends Construct {
  /** Security group of the workers. */
  readonly securityGroupId: string;
  /** What must be there before the manager, and not go before it. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, { fleet, runner, managerGroupId, shared }: RunnerWorkersProps) {
    super(scope, id);
    const { environment, kmsKeyArn, network } = shared;
    const { workers } = runner;
    const { groupName: name } = workers;
    const { retentionDays } = environment;
    const tags = workerTags(environment, fleet, runner);
    const logs = new EncryptedLogGroup(this, 'logs', { name, kmsKeyArn, retentionDays });
    const role = this.role(workers, shared, logs.arn);
    const securityGroup = new OutboundSecurityGroup(this, 'security-group', {
      name,
      description: `Workers of ${name}`,
      vpcId: network.vpcId,
      egress: workers.egress,
      egressToGroups: this.toManager(managerGroupId, shared),
    });
    const launched = this.launch(runner, fleet, shared, {
      tags,
      instanceProfileName: role.instanceProfileName,
      securityGroupIds: [securityGroup.groupId, ...workers.securityGroupIds],
    });
    const parts = [logs, role, securityGroup].flatMap((part) => part.dependables);
    const group = new WorkerGroup(this, 'group', {
      name,
      launched,
      subnetIds: workers.subnetIds ?? network.subnetIds,
      maxInstances: workers.maxInstances,
      forceDelete: fleet.forceDelete,
      tags,
      dependables: [...parts, ...shared.dependables],
    });
    const access = new PortAccess(this, 'ssh', {
      securityGroupId: securityGroup.groupId,
      port: workerPorts.ssh,
      from: { manager: managerGroupId },
    });
    this.securityGroupId = securityGroup.groupId;
    this.dependables = [...group.dependables, ...access.dependables];
  }

  /** Where workers come to their manager, besides where they may send to. */
  private toManager(securityGroupId: string, shared: Shared): Record<string, EgressToGroup> {
    return Object.fromEntries(
      registryPorts(shared).map((port) => [`manager-${port}`, { securityGroupId, port }]),
    );
  }

  private role(workers: Workers, shared: Shared, logGroupArn: string): MachineRole {
    return new MachineRole(this, 'role', {
      name: workers.groupName,
      statements: [...logStatements([logGroupArn]), ...artifactStatementsOf(shared)],
      policyArns: workers.policyArns,
      permissionsBoundaryArn: shared.environment.aws.permissionsBoundaryArn,
    });
  }

  private launch(
    { key, workers }: AutoscalerRunner,
    fleet: DockerAutoscalerFleet,
    shared: Shared,
    props: Pick<MachineLaunchTemplateProps, 'tags' | 'instanceProfileName' | 'securityGroupIds'>,
  ): Launched {
    const { environment, provisioning, kmsKeyArn } = shared;
    const userData = renderWorkerUserData(environment, fleet, workers, provisioning);
    const path = `fleets.${fleet.name}.runners.${key}.workers`;
    return new MachineLaunchTemplate(this, 'launch', {
      ...props,
      name: workers.groupName,
      image: machineImage(this, workers, shared),
      keyName: undefined,
      userDataBase64: boundedUserData(this, path, userData),
      metadataHopLimit: workers.metadataHopLimit,
      rootVolume: workers.rootVolume,
      instanceTypes: workers.instanceTypes,
      spot: workers.spot,
      kmsKeyArn,
    }).launched;
  }
}
