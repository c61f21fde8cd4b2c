import { Construct } from 'constructs';
import type { AutoscalingGroupFleet, ScalingByJobs } from '../config/fleet-model';
import { OutboundSecurityGroup } from '../constructs/outbound-security-group';
import { PrivateSubnetCheck } from '../constructs/private-subnet-check';
import { ScalingFunction } from '../constructs/scaling-function';
import { scalingFunctionStatements } from '../policies/scaling-function';
import { metricsNamespace } from '../rendering/metrics-namespace';
import { FunctionParts } from './function-parts';
import type { Shared } from './shared';

/** Whose jobs scale what. */
export interface JobScalingProps {
  /** The fleet. */
  readonly fleet: AutoscalingGroupFleet;
  /** How it is scaled. */
  readonly scaling: ScalingByJobs;
  /** Security group of its machines. */
  readonly machinesGroupId: string;
  /** What it shares with other fleets. */
  readonly shared: Shared;
}

/** What scales a fleet by its jobs: a function in the fleet's network, and all that it needs. */
export class JobScaling extends Construct {
  /** Security group of the function. */
  readonly securityGroupId: string;

  constructor(scope: Construct, id: string, props: JobScalingProps) {
    super(scope, id);
    const { fleet, scaling, machinesGroupId, shared } = props;
    const { network, place, provisioning } = shared;
    const { functionName: name } = scaling;
    const { port } = fleet.metrics;
    const statements = scalingFunctionStatements({
      place,
      groupName: fleet.awsName,
      namespace: metricsNamespace,
    });
    const { parts } = new FunctionParts(this, 'Default', { name, statements, shared });
    const securityGroup = new OutboundSecurityGroup(this, 'security-group', {
      name,
      description: `Function that scales ${fleet.awsName}`,
      vpcId: network.vpcId,
      egress: toApis,
      egressToGroups: { metrics: { securityGroupId: machinesGroupId, port } },
    });
    new ScalingFunction(this, 'function', {
      ...parts,
      archive: provisioning.functionArchive('scaling'),
      settings: settingsOf(fleet, scaling),
      network: { subnetIds: network.subnetIds, securityGroupId: securityGroup.groupId },
      dependables: [...parts.dependables, ...securityGroup.dependables, ...shared.dependables],
    });
    new PrivateSubnetCheck(this, 'network', {
      subnetIds: network.uncheckedSubnetIds,
      what: `The function ${name}`,
    });
    this.securityGroupId = securityGroup.groupId;
  }
}

/** The APIs of AWS, through a NAT gateway or interface endpoints. */
const toApis = ['0.0.0.0/0', '::/0'].map((cidr) => ({ cidr, port: 443, protocol: 'tcp' as const }));

const settingsOf = (fleet: AutoscalingGroupFleet, { headroomJobs, idleTimeSeconds }: ScalingByJobs) => ({
  groupName: fleet.awsName,
  metricsPort: fleet.metrics.port,
  namespace: metricsNamespace,
  headroomJobs,
  idleTimeSeconds,
  capacityPerInstance: fleet.jobsPerInstance,
});
