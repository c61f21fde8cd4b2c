import type { ParsedEnvironment } from '../environment';
import type { ParsedFargate } from '../fargate';
import { partitionOf } from '../partition';
import type { Refusal } from '../refusal';
import { refuseIf, under } from './refusals';

/** Rules of a fleet of Fargate tasks; paths from the fleet on. */

type Aws = ParsedEnvironment['aws'];

/** What an ARN of another partition names is out of reach, whatever else is right. */
const ofPartition = (arn: string, path: readonly PropertyKey[], { region }: Aws): Refusal[] =>
  refuseIf(
    arn.split(':')[1] !== partitionOf(region),
    path,
    `must be of partition ${partitionOf(region)}, as region ${region} is`,
    arn,
  );

/** ECS is asked in one region, and a manager's permissions reach no other account. */
function clusterRules(arn: string | undefined, aws: Aws): Refusal[] {
  if (arn === undefined) return [];
  const { region, accountId } = aws;
  const [, , , itsRegion, itsAccount] = arn.split(':');
  return [
    ...ofPartition(arn, ['cluster', 'arn'], aws),
    ...refuseIf(itsRegion !== region, ['cluster', 'arn'], `must be a cluster of region ${region}`, arn),
    ...refuseIf(
      accountId !== undefined && itsAccount !== accountId,
      ['cluster', 'arn'],
      `must be a cluster of aws.accountId (${accountId})`,
      arn,
    ),
  ];
}

/** A role can be passed in its own account only. */
function roleRules(arn: string | undefined, aws: Aws): Refusal[] {
  if (arn === undefined) return [];
  const { accountId } = aws;
  const isOther = accountId !== undefined && arn.split(':')[4] !== accountId;
  return [
    ...ofPartition(arn, ['taskRoleArn'], aws),
    ...refuseIf(isOther, ['taskRoleArn'], `must be a role of aws.accountId (${accountId})`, arn),
  ];
}

/** Managers are not root, and Fargate lets nobody else listen below. @see https://github.com/aws/containers-roadmap/issues/1721 */
const portRules = ({ metrics, sessionServer }: ParsedFargate): Refusal[] =>
  Object.entries({ metrics, sessionServer }).flatMap(([field, value]) =>
    refuseIf(
      value !== undefined && value.port < 1024,
      [field, 'port'],
      'must be at least 1024: managers of tasks are not root',
      value?.port,
    ),
  );

/** Rules of a security group. @see https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups */
const mostRules = 60;

/** Managers have a rule for each group of jobs besides. */
function egressRules({ egress, runners }: ParsedFargate): Refusal[] {
  const groups = new Set(Object.values(runners).map(({ task }) => task.securityGroupId)).size;
  return refuseIf(
    egress.length + groups > mostRules,
    ['egress'],
    `must have at most ${mostRules - groups} rules: AWS takes ${mostRules}, and managers have one for each security group of jobs (${groups})`,
    egress.length,
  );
}

/** Every rule that a fleet of Fargate tasks breaks; `aws` is missing where it is not sound itself. */
export function fargateRules(fleet: ParsedFargate, aws: Aws | undefined): Refusal[] {
  return [...portRules(fleet), ...egressRules(fleet), ...(aws === undefined ? [] : placeRules(fleet, aws))];
}

/** What is given must be where the environment is. */
function placeRules({ cluster, runners }: ParsedFargate, aws: Aws): Refusal[] {
  const ofRunners = Object.entries(runners).flatMap(([name, { task }]) =>
    under(
      ['runners', name, 'task'],
      [...clusterRules(task.cluster?.arn, aws), ...roleRules(task.taskRoleArn, aws)],
    ),
  );
  return [...clusterRules('arn' in cluster ? cluster.arn : undefined, aws), ...ofRunners];
}
