import { arnOf, groupArn, type Place } from './place';
import { statement, tokenStatements, type RunnerTokens } from './runner-tokens';
import type { Statement } from './statement';

/** What a machine that runs gitlab-runner may do. */
export interface RunnerMachine extends RunnerTokens {
  /** Where it runs. */
  readonly place: Place;
  /** Name of the Auto Scaling group that it is in. */
  readonly groupName: string;
  /** ARNs of the log groups it writes to. */
  readonly logGroupArns: readonly string[];
}

/**
 * Session Manager. The four channel actions know no resource, and the agent asks for all log groups before each
 * session; everything else is scoped. AWS's own AmazonSSMManagedInstanceCore reads every parameter besides.
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html
 */
const sessionStatements = (place: Place): Statement[] => [
  {
    Sid: 'SessionManagerChannels',
    Effect: 'Allow',
    Action: [
      'ssmmessages:CreateControlChannel',
      'ssmmessages:CreateDataChannel',
      'ssmmessages:OpenControlChannel',
      'ssmmessages:OpenDataChannel',
    ],
    Resource: ['*'],
  },
  {
    Sid: 'SessionManagerInstance',
    Effect: 'Allow',
    Action: ['ssm:UpdateInstanceInformation'],
    Resource: [arnOf(place, 'ec2', 'instance/*')],
  },
  {
    Sid: 'SessionManagerLogGroupCheck',
    Effect: 'Allow',
    Action: ['logs:DescribeLogGroups'],
    Resource: ['*'],
  },
];

/** It says when it is up, asks for time while its jobs finish, and says when it can go: to its own group only. */
const lifecycleStatement = (place: Place, groupName: string): Statement => ({
  Sid: 'LifecycleOfOwnGroup',
  Effect: 'Allow',
  Action: [
    'autoscaling:CompleteLifecycleAction',
    'autoscaling:RecordLifecycleActionHeartbeat',
    'autoscaling:TerminateInstanceInAutoScalingGroup',
  ],
  Resource: [groupArn(place, groupName)],
});

/** Writing to log groups. */
export const logStatements = (logGroupArns: readonly string[]): Statement[] =>
  statement(
    'Logs',
    ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
    logGroupArns.map((arn) => `${arn}:*`),
  );

/** Statements of the role of a machine that runs gitlab-runner. */
export const runnerMachineStatements = ({
  place,
  groupName,
  secrets,
  parameters,
  logGroupArns,
}: RunnerMachine): Statement[] => [
  ...tokenStatements(place, { secrets, parameters }),
  ...logStatements(logGroupArns),
  lifecycleStatement(place, groupName),
  ...sessionStatements(place),
];
