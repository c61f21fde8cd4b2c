import {
  DescribeAutoScalingGroupsCommand,
  SetDesiredCapacityCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  type AutoScalingClient,
  type AutoScalingGroup,
  type Instance as Described,
} from '@aws-sdk/client-auto-scaling';
import { answerOf, type Api } from './calls';
import type { GroupSize, Instance } from './tick';

/** The Auto Scaling group, as AWS has it. */

/** An instance of the group, before it was asked anything. */
export interface Member extends Omit<Instance, 'load'> {
  /** Whether an operator keeps it from being ended. */
  readonly isProtected: boolean;
}

/** The group at one moment. */
export interface GroupState {
  /** Bounds and size. */
  readonly size: GroupSize;
  /** Its instances, without those that are gone. */
  readonly members: readonly Member[];
}

/** A group that is read and changed. */
export interface Group {
  /** What it is now; nothing if there is no such group. */
  read(): Promise<GroupState | undefined>;
  /** Sets how many instances AWS keeps up. */
  resize(desired: number): Promise<unknown>;
  /** Ends an instance and makes the group smaller by one. */
  end(instanceId: string): Promise<unknown>;
}

const autoScaling: Api = { name: 'Amazon EC2 Auto Scaling', endpoint: 'autoscaling' };

/**
 * By the part of a lifecycle state before the colon. What AWS may add is set aside: neither capacity, nor idle.
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html
 */
const states: ReadonlyMap<string, Instance['state'] | 'gone'> = new Map([
  ['Pending', 'launching'],
  ['InService', 'in-service'],
  ['Terminating', 'draining'],
  ['Detaching', 'draining'],
  ['EnteringStandby', 'standby'],
  ['Standby', 'standby'],
  ['Terminated', 'gone'],
  ['Detached', 'gone'],
]);

function membersOf({
  InstanceId,
  AvailabilityZone,
  LifecycleState,
  ProtectedFromScaleIn,
}: Described): Member[] {
  const state = states.get(LifecycleState?.split(':')[0] ?? '') ?? 'standby';
  if (state === 'gone' || InstanceId === undefined) return [];
  return [
    { id: InstanceId, zone: AvailabilityZone ?? '', state, isProtected: ProtectedFromScaleIn === true },
  ];
}

/** A group as AWS describes it; one that is being deleted is as good as gone. */
export function groupStateOf(group: AutoScalingGroup | undefined): GroupState | undefined {
  if (group === undefined || group.Status?.startsWith('Delete') === true) return undefined;
  const { MinSize, MaxSize, DesiredCapacity, Instances = [] } = group;
  if (MinSize === undefined || MaxSize === undefined || DesiredCapacity === undefined)
    throw new Error('the description of the group has no bounds');
  return {
    size: { min: MinSize, max: MaxSize, desired: DesiredCapacity },
    members: Instances.flatMap(membersOf),
  };
}

/**
 * The group of this name, read by one client and changed by another: a change gets no second try, since one that was
 * not answered may have been made, and a second one would end a second instance.
 */
export const autoScalingGroup = (
  reading: AutoScalingClient,
  changing: AutoScalingClient,
  name: string,
): Group => ({
  read: async () => {
    const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] });
    const { AutoScalingGroups = [] } = await answerOf(autoScaling, reading.send(command));
    return groupStateOf(AutoScalingGroups[0]);
  },
  resize: (desired) => {
    const wanted = { AutoScalingGroupName: name, DesiredCapacity: desired, HonorCooldown: false };
    return answerOf(autoScaling, changing.send(new SetDesiredCapacityCommand(wanted)));
  },
  end: (instanceId) => {
    const wanted = { InstanceId: instanceId, ShouldDecrementDesiredCapacity: true };
    return answerOf(autoScaling, changing.send(new TerminateInstanceInAutoScalingGroupCommand(wanted)));
  },
});
