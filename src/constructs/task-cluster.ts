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
  /** Tags. */
  readonly tags: Readonly<Record<string, string>>;
}

/** A cluster for Fargate tasks. @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html */
export class TaskCluster extends Construct {
  /** What must be there before tasks start, and not go before them. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, { name, capacityProvider, tags }: TaskClusterProps) {
    super(scope, id);
    // One that is removed goes after the managers were told, as Terraform does only with such resources.
    const lifecycle = { createBeforeDestroy: true };
    const cluster = new EcsCluster(this, 'cluster', {
      name,
      setting: [{ name: 'containerInsights', value: 'enabled' }],
      tags: { ...tags },
      lifecycle,
    });
    const providers = new EcsClusterCapacityProviders(this, 'capacity-providers', {
      clusterName: cluster.name,
      capacityProviders: [capacityProvider],
      defaultCapacityProviderStrategy: [{ capacityProvider, weight: 1 }],
      lifecycle,
    });
    this.dependables = [providers];
  }
}
