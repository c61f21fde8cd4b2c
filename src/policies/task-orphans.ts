import { inClusters, ownClusters, tasksOfAll } from './ecs';
import type { Place } from './place';
import { metricsStatement } from './scheduled-function';
import type { Statement } from './statement';

/** What the function that ends jobs without a manager may do, besides what every function may. */
export interface TaskOrphans {
  /** Where it runs. */
  readonly place: Place;
  /** Name of the fleet in AWS, with which the names of its clusters begin. */
  readonly awsName: string;
  /** ARNs of its clusters that are given. */
  readonly givenClusterArns: readonly string[];
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
  place,
  awsName,
  givenClusterArns,
  dryRun,
  namespace,
}: TaskOrphans): Statement[] {
  const clusters = [...ownClusters(place, awsName), ...givenClusterArns];
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
      Condition: inClusters(clusters),
    },
    {
      Sid: 'SeeTasks',
      Effect: 'Allow',
      Action: ['ecs:DescribeTasks'],
      Resource: tasksOfAll(clusters),
      Condition: inClusters(clusters),
    },
    ...(dryRun ? [] : [stop]),
    metricsStatement(namespace),
  ];
}
