import { EcsCluster } from '@cdktf/provider-aws/lib/ecs-cluster';
import { EcsClusterCapacityProviders } from '@cdktf/provider-aws/lib/ecs-cluster-capacity-providers';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

/** Settings of a cluster for tasks. */
export interface TaskClusterProps {
  /** Name. */
  readonly name: string;
  /** Capacity of tasks that name none: the Fargate driver names none. */
  readonly capacityProvider: 'FARGATE' | 'FARGATE_SPOT';
}

/** A cluster for Fargate tasks. @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html */
export class TaskCluster extends Construct {
  /** ARN of the cluster. */
  readonly arn: string;
  /** What must be there before tasks start. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, { name, capacityProvider }: TaskClusterProps) {
    super(scope, id);
    const cluster = new EcsCluster(this, 'cluster', {
      name,
      setting: [{ name: 'containerInsights', value: 'enabled' }],
    });
    const providers = new EcsClusterCapacityProviders(this, 'capacity-providers', {
      clusterName: cluster.name,
      capacityProviders: [capacityProvider],
      defaultCapacityProviderStrategy: [{ capacityProvider, weight: 1 }],
    });
    this.arn = cluster.arn;
    this.dependables = [providers];
  }
}
