import { arnOf, groupArn, type Place } from './place';
import type { Statement } from './statement';

/** The groups of workers that a manager makes larger and smaller. */
export interface WorkerGroups {
  /** Where they are. */
  readonly place: Place;
  /** Their names. */
  readonly groupNames: readonly string[];
  /** Users as whom the manager comes to workers. */
  readonly sshUsers: readonly string[];
}

/**
 * What fleeting-plugin-aws calls, besides what a manager may anyway. Reading knows no resource; what changes a group is
 * scoped to it, and keys go to its instances only, by the tag that Auto Scaling gives them.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2instanceconnect.html
 */
export const workerGroupStatements = ({ place, groupNames, sshUsers }: WorkerGroups): Statement[] => [
  {
    Sid: 'ReadGroups',
    Effect: 'Allow',
    Action: ['autoscaling:DescribeAutoScalingGroups', 'ec2:DescribeInstances'],
    Resource: ['*'],
  },
  {
    Sid: 'ScaleWorkers',
    Effect: 'Allow',
    Action: ['autoscaling:SetDesiredCapacity', 'autoscaling:TerminateInstanceInAutoScalingGroup'],
    Resource: groupNames.map((name) => groupArn(place, name)),
  },
  {
    Sid: 'ReachWorkers',
    Effect: 'Allow',
    Action: ['ec2-instance-connect:SendSSHPublicKey'],
    Resource: [arnOf(place, 'ec2', 'instance/*')],
    Condition: {
      StringEquals: {
        'aws:ResourceTag/aws:autoscaling:groupName': groupNames,
        'ec2:osuser': [...new Set(sshUsers)],
      },
    },
  },
];
