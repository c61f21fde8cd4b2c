import type { Task } from '@aws-sdk/client-ecs';
import { familyOf, idOf, isTaskIn } from './arns';
import type { Look, ManagerState, Worker } from './look';
import type { TaskOrphanSettings } from './settings';
import type { Tasks } from './tasks';

/**
 * Looks at the workers of a fleet, and after them at their managers: one that has ended by then does not come back.
 * A call that fails ends the look, since half a look is not enough to stop a job.
 */

/** The tag that a manager puts on its workers, with the ARN of its own task. */
export const managerTag = 'gitlab-runner-aws:manager';

/** A task as a worker; one that was told to stop since it was listed is none any more. */
function workerOf(cluster: string, task: Task): Worker[] {
  const { taskArn, taskDefinitionArn = '', desiredStatus, createdAt, tags = [] } = task;
  if (taskArn === undefined || desiredStatus === 'STOPPED') return [];
  const manager = tags.find(({ key }) => key === managerTag)?.value;
  const family = familyOf(taskDefinitionArn);
  return [{ arn: taskArn, cluster, family, createdAtMs: createdAt?.getTime(), manager }];
}

async function workersIn(tasks: Tasks, cluster: string, families: readonly string[]): Promise<Worker[]> {
  const arns = new Set<string>();
  for (const family of families) for (const arn of await tasks.list(cluster, { family })) arns.add(arn);
  return (await tasks.describe(cluster, [...arns])).flatMap((task) => workerOf(cluster, task));
}

/** Asks only for families where they belong: a spot runner has a cluster of its own, and ECS limits how often it is asked. */
async function workersOf(tasks: Tasks, { families }: TaskOrphanSettings): Promise<Worker[]> {
  const workers: Worker[] = [];
  for (const [cluster, ofCluster] of Object.entries(families))
    workers.push(...(await workersIn(tasks, cluster, ofCluster)));
  return workers;
}

/** Managers that tags name and that can be looked up: tasks of the managers' cluster. */
function managersNamedBy(workers: readonly Worker[], managerCluster: string): string[] {
  const named = new Set(workers.map(({ manager = '' }) => manager));
  return [...named].filter((name) => isTaskIn(managerCluster, name));
}

/** One that is stopping may still have jobs. */
const stateOf = ({ lastStatus }: Task): ManagerState => (lastStatus === 'STOPPED' ? 'stopped' : 'up');

/** Two answers must agree that a manager is gone, since either may be older than what it tells of. */
async function managersOf(
  tasks: Tasks,
  named: readonly string[],
  { managerCluster, managerService }: TaskOrphanSettings,
): Promise<Look['managers']> {
  if (named.length === 0) return new Map();
  const described = await tasks.describe(managerCluster, named);
  const listed = await tasks.list(managerCluster, { serviceName: managerService });
  const states = new Map<string, ManagerState>([
    ...named.map((arn) => [idOf(arn), 'missing'] as const),
    ...described.map((task) => [idOf(task.taskArn ?? ''), stateOf(task)] as const),
    ...listed.map((arn) => [idOf(arn), 'up'] as const),
  ]);
  return new Map(named.map((arn) => [arn, states.get(idOf(arn)) ?? 'up']));
}

/** Looks at a fleet. */
export async function lookAt(tasks: Tasks, settings: TaskOrphanSettings, nowMs: number): Promise<Look> {
  const workers = await workersOf(tasks, settings);
  const named = managersNamedBy(workers, settings.managerCluster);
  return { nowMs, workers, managers: await managersOf(tasks, named, settings) };
}
