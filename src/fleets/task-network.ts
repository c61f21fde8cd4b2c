import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { FargateFleet } from '../config/fleet-model';
import { OutboundSecurityGroup } from '../constructs/outbound-security-group';
import { PortAccess, groupsByTheirIds } from '../constructs/port-access';
import { sessionServerAccess } from './session-server';
import type { Shared } from './shared';

/** Where the driver reaches a job. */
const sshPort = 22;

/**
 * Who reaches whom in a fleet of tasks: managers reach jobs by SSH, and nobody else does; whom the model names reads
 * the managers' metrics and reaches their sessions.
 */
export class TaskNetwork extends Construct {
  /** Security group of the managers. */
  readonly managersGroupId: string;
  /** Security group of jobs that have none given; an empty text where all have one. */
  readonly workersGroupId: string;
  /** Subnet of jobs of which none is known before a deploy; an empty text where there is no such job. */
  readonly workersSubnetId: string;
  /** What must not go before the tasks. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, fleet: FargateFleet, shared: Shared) {
    super(scope, id);
    const { port, allowedSecurityGroupIds } = fleet.metrics;
    const workers = this.workers(fleet, shared);
    const workerGroups = { ...givenGroups(fleet), ...(workers && { workers: workers.groupId }) };
    const managers = new OutboundSecurityGroup(this, 'managers', {
      name: fleet.awsName,
      description: `Managers of ${fleet.awsName}`,
      vpcId: shared.network.vpcId,
      egress: fleet.egress,
      egressToGroups: mapValues(workerGroups, (securityGroupId) => ({ securityGroupId, port: sshPort })),
    });
    const ssh = Object.entries(workerGroups).map(
      ([name, securityGroupId]) =>
        new PortAccess(this, `ssh-${name}`, {
          securityGroupId,
          port: sshPort,
          from: { managers: managers.groupId },
        }),
    );
    const metrics = new PortAccess(this, 'metrics', {
      securityGroupId: managers.groupId,
      port,
      from: groupsByTheirIds(allowedSecurityGroupIds),
    });
    const sessions = sessionServerAccess(this, fleet, managers.groupId);
    this.managersGroupId = managers.groupId;
    this.workersGroupId = workers?.groupId ?? '';
    const isKnown = fleet.runners.every(({ task }) => task.subnetId !== undefined);
    this.workersSubnetId = isKnown ? '' : (shared.network.subnetIds[0] as string);
    const parts = [managers, ...ssh, metrics, ...sessions, ...(workers === undefined ? [] : [workers])];
    this.dependables = parts.flatMap(({ dependables }) => dependables);
  }

  /** The group of jobs, unless all have one given. */
  private workers(fleet: FargateFleet, { network }: Shared): OutboundSecurityGroup | undefined {
    if (fleet.runners.every(({ task }) => task.securityGroupId !== undefined)) return undefined;
    return new OutboundSecurityGroup(this, 'workers', {
      name: fleet.names.workers,
      description: `Jobs of ${fleet.awsName}`,
      vpcId: network.vpcId,
      egress: fleet.egress,
    });
  }
}

/** Security groups that runners name, each once. */
const givenGroups = ({ runners }: FargateFleet): Record<string, string> =>
  Object.fromEntries(
    runners.flatMap(({ task: { securityGroupId: group } }) => (group === undefined ? [] : [[group, group]])),
  );

const mapValues = <From, To>(values: Readonly<Record<string, From>>, to: (value: From) => To) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, to(value)]));
