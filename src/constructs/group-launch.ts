import type {
  AutoscalingGroupConfig,
  AutoscalingGroupMixedInstancesPolicy,
} from '@cdktf/provider-aws/lib/autoscaling-group';
import type { InstanceMix, Launched, SpotShare } from './launch';

/** What launches the instances of a group, as the group refers to it. */
export function launchOf(
  launched: Launched,
): Pick<AutoscalingGroupConfig, 'launchConfiguration' | 'launchTemplate' | 'mixedInstancesPolicy'> {
  switch (launched.kind) {
    case 'launch-configuration':
      return { launchConfiguration: launched.name };
    case 'launch-template':
      return { launchTemplate: { id: launched.id, version: launched.version } };
    case 'mixed-instances':
      return { mixedInstancesPolicy: mixedInstances(launched, launched.mix) };
  }
}

/** @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-mixed-instances-groups.html */
const mixedInstances = (
  { id, version }: { readonly id: string; readonly version: string },
  { instanceTypes, spot }: InstanceMix,
): AutoscalingGroupMixedInstancesPolicy => ({
  launchTemplate: {
    launchTemplateSpecification: { launchTemplateId: id, version },
    override: instanceTypes.map((instanceType) => ({ instanceType })),
  },
  instancesDistribution: { onDemandAllocationStrategy: 'prioritized', ...distribution(spot) },
});

const distribution = (spot: SpotShare | undefined) =>
  spot === undefined
    ? { onDemandPercentageAboveBaseCapacity: 100 }
    : {
        onDemandBaseCapacity: spot.onDemandBase,
        onDemandPercentageAboveBaseCapacity: spot.onDemandPercentage,
        spotAllocationStrategy: spot.allocationStrategy,
      };
