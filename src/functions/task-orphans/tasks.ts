import {
  DescribeTasksCommand,
  paginateListTasks,
  StopTaskCommand,
  type DescribeTasksCommandOutput,
  type ECSClient,
  type Task,
} from '@aws-sdk/client-ecs';
import { failureOf } from '../failure';
import { idOf } from './arns';

/** Tasks of ECS. */

/** Whose tasks are listed. */
export type TaskFilter = { readonly family: string } | { readonly serviceName: string };

/** Tasks that are read and stopped. */
export interface Tasks {
  /** ARNs of the tasks of a cluster that nobody has ended. */
  list(cluster: string, filter: TaskFilter): Promise<string[]>;
  /** Tasks of a cluster with their tags, without those that ECS no longer knows. */
  describe(cluster: string, arns: readonly string[]): Promise<Task[]>;
  /** Stops a task; answers whether it was still there. */
  stop(cluster: string, arn: string, reason: string): Promise<boolean>;
}

/** Tasks in one call, which is ECS's limit for listing as for describing. */
const mostInCall = 100;

/** Characters of a reason, which is ECS's limit. */
const mostInReason = 1024;

const batchesOf = (arns: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(arns.length / mostInCall) }, (_, index) =>
    arns.slice(index * mostInCall, (index + 1) * mostInCall),
  );

async function list(client: ECSClient, cluster: string, filter: TaskFilter): Promise<string[]> {
  const arns: string[] = [];
  const wanted = { cluster, desiredStatus: 'RUNNING', ...filter } as const;
  for await (const { taskArns = [] } of paginateListTasks({ client, pageSize: mostInCall }, wanted))
    arns.push(...taskArns);
  return arns;
}

/** The tasks of an answer that says of each one asked what it is, or that it is gone; no other is good enough. */
function tasksOf(
  asked: readonly string[],
  { tasks = [], failures = [] }: DescribeTasksCommandOutput,
): Task[] {
  const missing = failures.filter(({ reason }) => reason === 'MISSING').map(({ arn = '' }) => arn);
  const answered = new Set([...missing, ...tasks.map(({ taskArn = '' }) => taskArn)].map(idOf));
  const unanswered = asked.find((arn) => !answered.has(idOf(arn)));
  if (unanswered === undefined) return tasks;
  const reason = failures.find(({ arn = '' }) => idOf(arn) === idOf(unanswered))?.reason;
  throw new Error(`Amazon ECS does not describe ${unanswered}: ${reason ?? 'no reason given'}`);
}

async function describe(client: ECSClient, cluster: string, arns: readonly string[]): Promise<Task[]> {
  const described: Task[] = [];
  for (const tasks of batchesOf(arns)) {
    const answer = await client.send(new DescribeTasksCommand({ cluster, tasks, include: ['TAGS'] }));
    described.push(...tasksOf(tasks, answer));
  }
  return described;
}

/** ECS has one error for everything that is wrong with a call: only its words tell a task that is gone. */
const isGone = (error: unknown): boolean => {
  const { name, message } = failureOf(error);
  return name === 'InvalidParameterException' && /task was not found/i.test(message);
};

async function stop(client: ECSClient, cluster: string, task: string, reason: string): Promise<boolean> {
  try {
    await client.send(new StopTaskCommand({ cluster, task, reason: reason.slice(0, mostInReason) }));
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/**
 * The tasks of an account in a region.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html
 */
export const ecsTasks = (client: ECSClient): Tasks => ({
  list: (cluster, filter) => list(client, cluster, filter),
  describe: (cluster, arns) => describe(client, cluster, arns),
  stop: (cluster, arn, reason) => stop(client, cluster, arn, reason),
});
