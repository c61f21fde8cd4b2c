import type { Statement } from './statement';

/**
 * What writing a VPC's flow logs needs: streams in their own log group. That is made before, and not made again by a
 * late log.
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
 */
export const flowLogsStatements = (logGroupArn: string): Statement[] => [
  {
    Sid: 'Logs',
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
    Resource: [`${logGroupArn}:*`],
  },
  { Sid: 'FindLogGroup', Effect: 'Allow', Action: ['logs:DescribeLogGroups'], Resource: ['*'] },
];
