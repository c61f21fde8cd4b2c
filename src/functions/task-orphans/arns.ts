/**
 * What ARNs of ECS say.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-account-settings.html#ecs-resource-ids
 */

/** The id of a task: ECS does not always repeat the cluster that it was asked with. */
export const idOf = (taskArn: string): string => taskArn.slice(taskArn.lastIndexOf('/') + 1);

/** The family of a task definition. */
export const familyOf = (taskDefinitionArn: string): string =>
  /:task-definition\/(.+):\d+$/.exec(taskDefinitionArn)?.[1] ?? '';

/** Whether a text is the ARN of a task in a cluster. ECS refuses a whole call for one id of another length. */
export function isTaskIn(clusterArn: string, text: string): boolean {
  const prefix = `${clusterArn.replace(':cluster/', ':task/')}/`;
  return text.startsWith(prefix) && /^([\da-f]{32}|[\da-f-]{36})$/.test(text.slice(prefix.length));
}
