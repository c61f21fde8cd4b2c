import { arnOf, groupArn, type Place } from './place';
import { metricsStatement } from './scheduled-function';
import type { Statement } from './statement';

/** What the function that scales a group may do, besides what every function may. */
export interface ScalingFunction {
  /** Where it runs. */
  readonly place: Place;
  /** Name of the group. */
  readonly groupName: string;
  /** CloudWatch namespace of its metrics. */
  readonly namespace: string;
}

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

/** Statements of the function: reading knows no resource; what changes the group is scoped to it. */
export const scalingFunctionStatements = ({ place, groupName, namespace }: ScalingFunction): Statement[] => [
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
  metricsStatement(namespace),
  ...networkStatements(place),
];
