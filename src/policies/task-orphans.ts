import { inClusters, tasksOfAll } from './ecs';
import { metricsStatement } from './scheduled-function';
import type { Statement } from './statement';

/** What the function that ends jobs without a manager may do, besides what every function may. */
export interface TaskOrphans {
  /** ARN of the managers' cluster. */
  readonly managerCluster: string;
  /** ARNs of the clusters of jobs. */
  readonly clusters: readonly string[];
  /** Whether it only counts. */
  readonly dryRun: boolean;
  /** CloudWatch namespace of its metrics. */
  readonly namespace: string;
}

/**
 * Statements of the function. Listing knows no resource but the cluster, and a stopped task can't be told from others
 * by its family: that it stops tasks of its own families only is the function's own rule.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
 */
export function taskOrphanStatements({
  managerCluster,
  clusters,
  dryRun,
  namespace,
}: TaskOrphans): Statement[] {
  const all = [managerCluster, ...clusters];
  const stop: Statement = {
    Sid: 'StopJobs',
    Effect: 'Allow',
    Action: ['ecs:StopTask'],
    Resource: tasksOfAll(clusters),
    Condition: inClusters(clusters),
  };
  return [
    {
      Sid: 'ListTasks',
      Effect: 'Allow',
      Action: ['ecs:ListTasks'],
      Resource: ['*'],
      Condition: inClusters(all),
    },
    {
      Sid: 'SeeTasks',
      Effect: 'Allow',
      Action: ['ecs:DescribeTasks'],
      Resource: tasksOfAll(all),
      Condition: inClusters(all),
    },
    ...(dryRun ? [] : [stop]),
    metricsStatement(namespace),
  ];
}
