import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { EcsCluster, FargateFleet, FargateRunner } from '../config/fleet-model';
import { TaskCluster } from '../constructs/task-cluster';
import { clusterArn } from '../policies/ecs';
import { fleetTags } from '../rendering/tags';
import type { Shared } from './shared';

/** The clusters of a fleet: the managers', and one for each runner whose jobs have another one. */
export class TaskClusters extends Construct {
  /** ARN of the managers' cluster. */
  readonly managerCluster: string;
  /** ARNs of the clusters of jobs, by runner. */
  readonly ofRunners: ReadonlyMap<FargateRunner, string>;
  /** What must be there before tasks start, and not go before them. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, fleet: FargateFleet, shared: Shared) {
    super(scope, id);
    const tags = fleetTags(shared.environment, fleet);
    const made: TaskCluster[] = [];
    /** By name: policies can't take apart an ARN that is known only at apply. */
    const arnOf = (cluster: EcsCluster, key: string): string => {
      if (cluster.kind === 'existing') return cluster.arn;
      made.push(new TaskCluster(this, key, { ...cluster, tags }));
      return clusterArn(shared.place, cluster.name);
    };
    this.managerCluster = arnOf(fleet.cluster, 'managers');
    this.ofRunners = new Map(
      fleet.runners.map((runner) => [
        runner,
        runner.task.cluster === undefined
          ? this.managerCluster
          : arnOf(runner.task.cluster, `runner-${runner.key}`),
      ]),
    );
    this.dependables = made.flatMap(({ dependables }) => dependables);
  }
}
