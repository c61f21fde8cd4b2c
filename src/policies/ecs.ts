import { arnOf, type Place } from './place';

/** ARNs of ECS, and the condition by which a call stays in its clusters. */

/** ARN of a cluster that is given by its name. */
export const clusterArn = (place: Place, name: string): string => arnOf(place, 'ecs', `cluster/${name}`);

/**
 * Every cluster that a fleet makes: called like it, or like it and a runner. By pattern, so that managers can still look
 * after the jobs of a runner that is removed; the model takes no two fleets of which one's name begins with the other's.
 */
export const ownClusters = (place: Place, awsName: string): string[] => [
  clusterArn(place, awsName),
  clusterArn(place, `${awsName}-*`),
];

/** The tasks of a cluster. @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security_iam_service-with-iam.html */
export const tasksOf = (cluster: string): string => `${cluster.replace(':cluster/', ':task/')}/*`;

/** The tasks of several clusters. */
export const tasksOfAll = (clusters: readonly string[]): string[] => [...new Set(clusters.map(tasksOf))];

/** ARN of a service of a cluster. */
export const serviceArn = (cluster: string, name: string): string =>
  `${cluster.replace(':cluster/', ':service/')}/${name}`;

/** Only in these clusters. */
export const inClusters = (arns: readonly string[]) => ({ ArnLike: { 'ecs:cluster': [...new Set(arns)] } });
