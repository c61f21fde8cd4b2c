import { AutoscalingGroup } from '@cdktf/provider-aws/lib/autoscaling-group';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { launchOf } from './group-launch';
import type { Launched } from './launch';

/** Settings of a group of workers. */
export interface WorkerGroupProps {
  /** Name. */
  readonly name: string;
  /** What launches instances. */
  readonly launched: Launched;
  /** Subnets. */
  readonly subnetIds: readonly string[];
  /** Most instances. */
  readonly maxInstances: number;
  /** Deleting the group waits for nothing. */
  readonly forceDelete: boolean;
  /** Tags, also of its instances. */
  readonly tags: Readonly<Record<string, string>>;
  /** What workers need while they live, and must not go before them. */
  readonly dependables: readonly ITerraformDependable[];
}

/**
 * An Auto Scaling group that only fleeting-plugin-aws makes larger and smaller: nothing else may end an instance, since
 * only the plugin knows which of them have jobs. So there is no refresh either; new workers have the new settings.
 * @see https://docs.gitlab.com/runner/executors/docker_autoscaler/#create-an-autoscaling-group
 */
export class WorkerGroup extends Construct {
  /** Name of the group. */
  readonly groupName: string;
  /** What must be there before the manager, and not go before it. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: WorkerGroupProps) {
    super(scope, id);
    const group = new AutoscalingGroup(this, 'group', {
      name: props.name,
      ...launchOf(props.launched),
      capacityRebalance: props.launched.kind === 'mixed-instances' ? false : undefined,
      vpcZoneIdentifier: [...props.subnetIds],
      minSize: 0,
      maxSize: props.maxInstances,
      protectFromScaleIn: true,
      healthCheckType: 'EC2',
      suspendedProcesses: ['AZRebalance'],
      waitForCapacityTimeout: '0',
      forceDelete: props.forceDelete || undefined,
      tag: Object.entries(props.tags).map(([key, value]) => ({ key, value, propagateAtLaunch: true })),
      dependsOn: [...props.dependables],
      lifecycle: { ignoreChanges: ['desired_capacity'] },
    });
    this.groupName = group.name;
    this.dependables = [group];
  }
}
