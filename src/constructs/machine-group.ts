import {
  AutoscalingGroup,
  type AutoscalingGroupInitialLifecycleHook,
} from '@cdktf/provider-aws/lib/autoscaling-group';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { deleteTimeout } from './delete-timeout';
import { launchOf } from './group-launch';
import type { Launched } from './launch';

/** Settings of a group of machines. */
export interface MachineGroupProps {
  /** Name. */
  readonly name: string;
  /** What launches instances. */
  readonly launched: Launched;
  /** Subnets. */
  readonly subnetIds: readonly string[];
  /** How many instances. */
  readonly capacity: {
    /** Fewest. */
    readonly min: number;
    /** Most. */
    readonly max: number;
    /** At a deploy, or nothing to leave it as it is. */
    readonly desired?: number | undefined;
    /** Days after which an instance is replaced; 0: never. */
    readonly maxInstanceLifetimeDays: number;
  };
  /** Sizes that something else sets once the group exists. */
  readonly movedElsewhere: readonly ('min_size' | 'max_size' | 'desired_capacity')[];
  /** Processes of Auto Scaling that are switched off. */
  readonly suspendedProcesses: readonly string[];
  /** Replacement of instances after a change. */
  readonly refresh: {
    /** Share of the group that stays in service. */
    readonly minHealthyPercentage: number;
    /** Share up to which it grows. */
    readonly maxHealthyPercentage: number;
  };
  /** What must be completed before an instance is in service, and before it goes. */
  readonly hooks: readonly LifecycleHook[];
  /** Seconds for which an instance may take to go. */
  readonly drainTimeoutSeconds: number;
  /** Deleting the group waits for nothing. */
  readonly forceDelete: boolean;
  /** Tags, also of its instances. */
  readonly tags: Readonly<Record<string, string>>;
  /** What machines need while they live, and must not go before them. */
  readonly dependables: readonly ITerraformDependable[];
}

/** A lifecycle hook. @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks.html */
export interface LifecycleHook {
  /** Name. */
  readonly name: string;
  /** At which transition an instance waits. */
  readonly transition: string;
  /** Seconds after which nobody's heartbeat ends the wait. */
  readonly heartbeatTimeoutSeconds: number;
  /** What then becomes of the instance: CONTINUE or ABANDON. */
  readonly defaultResult: string;
}

/**
 * An Auto Scaling group. A change of what launches its instances starts an instance refresh by itself. Its hooks are
 * part of the group: as resources of their own they would be destroyed before it, and end every drain.
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-instance-refresh.html
 */
export class MachineGroup extends Construct {
  /** Name of the group. */
  readonly groupName: string;

  constructor(scope: Construct, id: string, props: MachineGroupProps) {
    super(scope, id);
    const { capacity } = props;
    const group = new AutoscalingGroup(this, 'group', {
      name: props.name,
      ...launchOf(props.launched),
      capacityRebalance: rebalance(props.launched),
      vpcZoneIdentifier: [...props.subnetIds],
      minSize: capacity.min,
      maxSize: capacity.max,
      desiredCapacity: capacity.desired,
      maxInstanceLifetime: capacity.maxInstanceLifetimeDays * 24 * 60 * 60,
      healthCheckType: 'EC2',
      suspendedProcesses: props.suspendedProcesses.length > 0 ? [...props.suspendedProcesses] : undefined,
      initialLifecycleHook: props.hooks.map(hook),
      // The size is moved by others, and the launch hook knows who is up: a deploy waits for neither.
      waitForCapacityTimeout: '0',
      instanceRefresh: instanceRefresh(props),
      forceDelete: props.forceDelete || undefined,
      timeouts: { delete: deleteTimeout(props.drainTimeoutSeconds) },
      tag: Object.entries(props.tags).map(([key, value]) => ({ key, value, propagateAtLaunch: true })),
      dependsOn: [...props.dependables],
      lifecycle: props.movedElsewhere.length > 0 ? { ignoreChanges: [...props.movedElsewhere] } : undefined,
    });
    this.groupName = group.name;
  }
}

/** Spot instances are replaced when EC2 says that it may take them. */
const rebalance = (launched: Launched): boolean | undefined =>
  launched.kind === 'mixed-instances' ? launched.mix.spot !== undefined : undefined;

const hook = (props: LifecycleHook): AutoscalingGroupInitialLifecycleHook => ({
  name: props.name,
  lifecycleTransition: props.transition,
  heartbeatTimeout: props.heartbeatTimeoutSeconds,
  defaultResult: props.defaultResult,
});

/**
 * New instances are in service only when their hook says so, so nothing has to warm up. AWS's own default would wait
 * an hour for instances that are protected or on standby, and then fail. Only a template's version can be gone back to.
 */
const instanceRefresh = ({ launched, refresh }: MachineGroupProps) => ({
  strategy: 'Rolling',
  preferences: {
    minHealthyPercentage: refresh.minHealthyPercentage,
    maxHealthyPercentage: refresh.maxHealthyPercentage,
    instanceWarmup: '0',
    skipMatching: true,
    autoRollback: launched.kind !== 'launch-configuration',
    scaleInProtectedInstances: 'Refresh',
    standbyInstances: 'Ignore',
  },
});
