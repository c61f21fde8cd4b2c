import { idOf } from '../../../src/functions/task-orphans/arns';
import type { PlayedAnswer, PlayedCall } from '../played-aws';

/** A task of the played ECS. */
export interface PlayedTask {
  /** Its ARN, which tells its cluster. */
  readonly taskArn: string;
  /** Its task definition's family. */
  readonly family: string;
  /** The service that started it. @default none */
  readonly serviceName?: string;
  /** @default RUNNING */
  lastStatus?: string;
  /** @default RUNNING */
  desiredStatus?: string;
  /** Seconds since 1970, as on the wire. @default not told */
  readonly createdAt?: number;
  /** The tag that names its manager. @default none */
  readonly manager?: string;
}

/** A call's parameters, as far as they are looked at. */
interface Wanted {
  readonly cluster?: string;
  readonly family?: string;
  readonly serviceName?: string;
  readonly desiredStatus?: string;
  readonly nextToken?: string;
  readonly maxResults?: number;
  readonly tasks?: readonly string[];
  readonly include?: readonly string[];
  readonly task?: string;
  readonly reason?: string;
}

const invalid = (message: string): PlayedAnswer => ({
  status: 400,
  body: JSON.stringify({ __type: 'InvalidParameterException', message }),
});

const answer = (body: object): PlayedAnswer => ({ body: JSON.stringify(body) });

const clusterOf = ({ taskArn }: PlayedTask): string =>
  taskArn.slice(0, taskArn.lastIndexOf('/')).replace(':task/', ':cluster/');

const describedOf = (
  { taskArn, family, createdAt, manager, lastStatus = 'RUNNING', desiredStatus = 'RUNNING' }: PlayedTask,
  withTags: boolean,
) => ({
  taskArn,
  taskDefinitionArn: `arn:aws:ecs:eu-central-1:111122223333:task-definition/${family}:7`,
  lastStatus,
  desiredStatus,
  createdAt,
  tags:
    withTags && manager !== undefined
      ? [
          { key: 'team', value: 'platform' },
          { key: 'gitlab-runner-aws:manager', value: manager },
        ]
      : [],
});

/** An ECS with tasks, and with the limits and refusals of the real one as far as an audit can meet them. */
export class PlayedEcs {
  /** Its tasks; those that are taken out are missing. */
  tasks: PlayedTask[] = [];
  /** Reasons of the tasks that it was told to stop, by ARN. */
  readonly stopped = new Map<string, string>();

  /** Answers a call; nothing for one of another API. */
  readonly play = ({ action, body }: PlayedCall): PlayedAnswer | undefined => {
    const wanted = JSON.parse(body) as Wanted;
    if (action === 'ListTasks') return this.list(wanted);
    if (action === 'DescribeTasks') return this.describe(wanted);
    if (action === 'StopTask') return this.stop(wanted);
    return undefined;
  };

  private in(cluster: string | undefined): PlayedTask[] {
    return this.tasks.filter((task) => clusterOf(task) === cluster);
  }

  private list({ cluster, nextToken = '0', maxResults = 100, ...wanted }: Wanted): PlayedAnswer {
    const { family, serviceName, desiredStatus: status = 'RUNNING' } = wanted;
    const arns = this.in(cluster)
      .filter(({ desiredStatus = 'RUNNING' }) => desiredStatus === status)
      .filter((task) => family === undefined || task.family === family)
      .filter((task) => serviceName === undefined || task.serviceName === serviceName)
      .map(({ taskArn }) => taskArn);
    const [from, to] = [Number(nextToken), Number(nextToken) + Math.min(maxResults, 100)];
    return answer({ taskArns: arns.slice(from, to), ...(to < arns.length && { nextToken: String(to) }) });
  }

  private describe({ cluster, tasks = [], include = [] }: Wanted): PlayedAnswer {
    if (tasks.length === 0) return invalid('Tasks cannot be empty.');
    if (tasks.length > 100) return invalid('Tasks cannot have more than 100 elements.');
    if (tasks.some((arn) => ![32, 36].includes(idOf(arn).length)))
      return invalid('taskId length should be one of [32,36]');
    const here = this.in(cluster);
    const known = here.filter(({ taskArn }) => tasks.includes(taskArn));
    const missing = tasks.filter((arn) => !here.some(({ taskArn }) => taskArn === arn));
    return answer({
      tasks: known.map((task) => describedOf(task, include.includes('TAGS'))),
      failures: missing.map((arn) => ({ arn, reason: 'MISSING' })),
    });
  }

  private stop({ cluster, task: arn = '', reason = '' }: Wanted): PlayedAnswer {
    const task = this.in(cluster).find(({ taskArn }) => taskArn === arn);
    if (task === undefined) return invalid('The referenced task was not found.');
    if (reason.length > 1024) return invalid('reason must have at most 1024 characters');
    task.desiredStatus = 'STOPPED';
    this.stopped.set(arn, reason);
    return answer({ task: describedOf(task, false) });
  }
}
