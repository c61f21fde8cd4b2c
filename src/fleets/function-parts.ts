import { Construct } from 'constructs';
import { DeadLetterQueue } from '../constructs/dead-letter-queue';
import { EncryptedLogGroup } from '../constructs/encrypted-log-group';
import type { ScheduledFunctionProps } from '../constructs/scheduled-function';
import { ServiceRole } from '../constructs/service-role';
import { scheduledFunctionStatements } from '../policies/scheduled-function';
import type { Statement } from '../policies/statement';
import type { Shared } from './shared';

/** Whose parts are made. */
export interface FunctionPartsProps {
  /** Name of the function, and of each of its parts. */
  readonly name: string;
  /** What it may do, besides what every function may. */
  readonly statements: readonly Statement[];
  /** What its fleet shares with other fleets. */
  readonly shared: Shared;
}

/** What a function of a fleet needs: a log group, a queue of dead letters and a role. */
export class FunctionParts extends Construct {
  /** The parts, as the function takes them. */
  readonly parts: Pick<
    ScheduledFunctionProps,
    'name' | 'roleArn' | 'logGroupName' | 'deadLetterArn' | 'dependables'
  >;

  constructor(scope: Construct, id: string, { name, statements, shared }: FunctionPartsProps) {
    super(scope, id);
    const { environment, kmsKeyArn, place } = shared;
    const { retentionDays, aws } = environment;
    const logs = new EncryptedLogGroup(this, 'logs', { name, kmsKeyArn, retentionDays });
    const { arn: deadLetterArn } = new DeadLetterQueue(this, 'dead-letters', { name, kmsKeyArn });
    const access = { place, logGroupArn: logs.arn, deadLetterArn, kmsKeyArn };
    const role = new ServiceRole(this, 'role', {
      name,
      service: 'lambda.amazonaws.com',
      statements: [...statements, ...scheduledFunctionStatements(access)],
      permissionsBoundaryArn: aws.permissionsBoundaryArn,
    });
    const dependables = [...logs.dependables, ...role.dependables];
    this.parts = { name, roleArn: role.arn, logGroupName: logs.name, deadLetterArn, dependables };
  }
}
