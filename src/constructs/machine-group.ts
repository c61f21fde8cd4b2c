import { AutoscalingGroup } from '@cdktf/provider-aws/lib/autoscaling-group';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
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
  /** Replacement of instances after a change. */
  readonly refresh: {
    /** Share of the group that stays in service. */
    readonly minHealthyPercentage: number;
    /** Share up to which it grows. */
    readonly maxHealthyPercentage: number;
  };
  /** Tags, also of its instances. */
  readonly tags: Readonly<Record<string, string>>;
  /** What machines need while they live, and must not go before them. */
  readonly dependables: readonly ITerraformDependable[];
}

/**
 * An Auto Scaling group. A change of what launches its instances starts an instance refresh by itself.
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-instance-refresh.html
 */
export class MachineGroup extends Construct {
  constructor(scope: Construct, id: string, props: MachineGroupProps) {
    super(scope, id);
    const { capacity, refresh } = props;
    new AutoscalingGroup(this, 'group', {
      name: props.name,
      ...launch(props.launched),
      vpcZoneIdentifier: [...props.subnetIds],
      minSize: capacity.min,
      maxSize: capacity.max,
      desiredCapacity: capacity.desired,
      maxInstanceLifetime: capacity.maxInstanceLifetimeDays * 24 * 60 * 60,
      healthCheckType: 'EC2',
      instanceRefresh: {
        strategy: 'Rolling',
        preferences: {
          minHealthyPercentage: refresh.minHealthyPercentage,
          maxHealthyPercentage: refresh.maxHealthyPercentage,
        },
      },
      tag: Object.entries(props.tags).map(([key, value]) => ({ key, value, propagateAtLaunch: true })),
      dependsOn: [...props.dependables],
    });
  }
}

function launch(launched: Launched) {
  switch (launched.kind) {
    case 'launch-configuration':
      return { launchConfiguration: launched.name };
    case 'launch-template':
      return { launchTemplate: { id: launched.id, version: launched.version } };
  }
}
