import { inClusters, ownClusters, serviceArn, tasksOf, tasksOfAll } from './ecs';
import { arnOf, type Place } from './place';
import { statement, tokenStatements, type RunnerTokens } from './runner-tokens';
import type { Statement } from './statement';

/** What a manager of Fargate tasks may do, as one of its service. */
export interface FargateManager extends RunnerTokens {
  /** Where it runs. */
  readonly place: Place;
  /** Name of the fleet in AWS: of its service, and what the names of its clusters begin with. */
  readonly awsName: string;
  /** ARN of the managers' cluster. */
  readonly clusterArn: string;
  /** ARNs of the clusters of jobs that are given, and so may not be as jobs need them. */
  readonly givenClusterArns: readonly string[];
  /** Families of its jobs' task definitions. */
  readonly families: readonly string[];
  /** ARNs of the roles that its tasks are started with. */
  readonly passedRoleArns: readonly string[];
  /** Whether it has to look up public addresses of tasks. */
  readonly hasPublicAddresses: boolean;
}

/** The jobs: started from this fleet's definitions only, watched, stopped, and marked as this manager's. */
function jobStatements({ place, awsName, families, givenClusterArns }: FargateManager): Statement[] {
  const clusters = [...ownClusters(place, awsName), ...givenClusterArns];
  const tasks = tasksOfAll(clusters);
  const Condition = inClusters(clusters);
  return [
    {
      Sid: 'StartJobs',
      Effect: 'Allow',
      Action: ['ecs:RunTask'],
      Resource: families.map((family) => arnOf(place, 'ecs', `task-definition/${family}:*`)),
      Condition,
    },
    {
      Sid: 'WatchAndStopJobs',
      Effect: 'Allow',
      Action: ['ecs:DescribeTasks', 'ecs:StopTask'],
      Resource: tasks,
      Condition,
    },
    {
      Sid: 'MarkJobs',
      Effect: 'Allow',
      Action: ['ecs:TagResource'],
      Resource: tasks,
      Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['gitlab-runner-aws:manager'] } },
    },
  ];
}

/** Itself: which deployment it is of, and protection while it has jobs. */
function ownStatements({ clusterArn: cluster, awsName }: FargateManager): Statement[] {
  return [
    {
      Sid: 'SeeOwnService',
      Effect: 'Allow',
      Action: ['ecs:DescribeServices'],
      Resource: [serviceArn(cluster, awsName)],
    },
    {
      Sid: 'ProtectItself',
      Effect: 'Allow',
      Action: ['ecs:DescribeTasks', 'ecs:GetTaskProtection', 'ecs:UpdateTaskProtection'],
      Resource: [tasksOf(cluster)],
    },
  ];
}

/** Statements of the role of a manager. @see https://docs.gitlab.com/runner/configuration/runner_autoscale_aws_fargate/ */
export const fargateManagerStatements = (manager: FargateManager): Statement[] => [
  ...tokenStatements(manager.place, manager),
  ...jobStatements(manager),
  ...ownStatements(manager),
  ...statement('CheckClusters', ['ecs:DescribeClusters'], manager.givenClusterArns),
  {
    Sid: 'PassRolesOfJobs',
    Effect: 'Allow',
    Action: ['iam:PassRole'],
    Resource: [...new Set(manager.passedRoleArns)],
    Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
  },
  ...(manager.hasPublicAddresses
    ? [
        {
          Sid: 'SeeAddresses',
          Effect: 'Allow' as const,
          Action: ['ec2:DescribeNetworkInterfaces'],
          Resource: ['*'],
        },
      ]
    : []),
];
