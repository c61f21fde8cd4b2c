import { arnOf, groupArn, regionalService, type Place } from './place';
import type { Statement } from './statement';

/** What the function that scales a group may do. */
export interface ScalingFunction {
  /** Where it runs. */
  readonly place: Place;
  /** Name of the group. */
  readonly groupName: string;
  /** CloudWatch namespace of its metrics. */
  readonly namespace: string;
  /** ARN of its log group. */
  readonly logGroupArn: string;
  /** ARN of its queue of dead letters. */
  readonly deadLetterArn: string;
  /** ARN of the key that encrypts the queue. */
  readonly kmsKeyArn: string;
}

/** Reading knows no resource; what changes the group is scoped to it, and metrics to their namespace. */
const scalingStatements = ({ place, groupName, namespace }: ScalingFunction): Statement[] => [
  {
    Sid: 'ReadGroup',
    Effect: 'Allow',
    Action: ['autoscaling:DescribeAutoScalingGroups', 'ec2:DescribeInstances'],
    Resource: ['*'],
  },
  {
    Sid: 'ScaleGroup',
    Effect: 'Allow',
    Action: ['autoscaling:SetDesiredCapacity', 'autoscaling:TerminateInstanceInAutoScalingGroup'],
    Resource: [groupArn(place, groupName)],
  },
  {
    Sid: 'Metrics',
    Effect: 'Allow',
    Action: ['cloudwatch:PutMetricData'],
    Resource: ['*'],
    Condition: { StringEquals: { 'cloudwatch:namespace': namespace } },
  },
];

/**
 * Lambda makes its network interfaces with the function's role, and looks at creation whether that role may.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 */
const networkStatements = (place: Place): Statement[] => [
  {
    Sid: 'ReadNetwork',
    Effect: 'Allow',
    Action: ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'],
    Resource: ['*'],
  },
  {
    Sid: 'NetworkInterfaces',
    Effect: 'Allow',
    Action: [
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ],
    Resource: [arnOf(place, 'ec2', '*/*')],
  },
];

const deadLetterStatements = ({ place, deadLetterArn, kmsKeyArn }: ScalingFunction): Statement[] => [
  { Sid: 'DeadLetters', Effect: 'Allow', Action: ['sqs:SendMessage'], Resource: [deadLetterArn] },
  {
    Sid: 'DeadLetterKey',
    Effect: 'Allow',
    Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
    Resource: [kmsKeyArn],
    Condition: { StringEquals: { 'kms:ViaService': regionalService(place, 'sqs') } },
  },
];

/** Statements of the role of a function that scales a group. */
export const scalingFunctionStatements = (access: ScalingFunction): Statement[] => [
  ...scalingStatements(access),
  {
    Sid: 'Logs',
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: [`${access.logGroupArn}:*`],
  },
  ...deadLetterStatements(access),
  ...networkStatements(access.place),
];
