import type { ParsedEnvironment } from '../environment';
import type { ParsedFargate } from '../fargate';
import type { Refusal } from '../refusal';
import { refuseIf, under } from './refusals';

/** Rules of a fleet of Fargate tasks; paths from the fleet on. */

type Aws = ParsedEnvironment['aws'];

/** ECS is asked in one region, and a manager's permissions reach no other account. */
function clusterRules(arn: string | undefined, { region, accountId }: Aws): Refusal[] {
  if (arn === undefined) return [];
  const [, , , itsRegion, itsAccount] = arn.split(':');
  return [
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
function roleRules(arn: string | undefined, { accountId }: Aws): Refusal[] {
  const isOther = arn !== undefined && accountId !== undefined && arn.split(':')[4] !== accountId;
  return refuseIf(isOther, ['taskRoleArn'], `must be a role of aws.accountId (${accountId})`, arn);
}

/** Every rule that a fleet of Fargate tasks breaks; `aws` is missing where it is not sound itself. */
export function fargateRules({ cluster, runners }: ParsedFargate, aws: Aws | undefined): Refusal[] {
  if (aws === undefined) return [];
  const ofRunners = Object.entries(runners).flatMap(([name, { task }]) =>
    under(
      ['runners', name, 'task'],
      [...clusterRules(task.cluster?.arn, aws), ...roleRules(task.taskRoleArn, aws)],
    ),
  );
  return [...clusterRules('arn' in cluster ? cluster.arn : undefined, aws), ...ofRunners];
}
