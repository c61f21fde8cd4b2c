import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { AutoscalingGroupFleet, ManagerFleet } from '../config/fleet-model';
import { EncryptedLogGroup } from '../constructs/encrypted-log-group';
import { MachineRole } from '../constructs/machine-role';
import { registryStatements } from '../policies/registries';
import { runnerMachineStatements } from '../policies/runner-machine';
import type { Statement } from '../policies/statement';
import { cacheStatementsOf } from './cache';
import { RunnerTokens } from './runner-tokens';
import type { Shared } from './shared';

/** Whose machines run gitlab-runner. */
export interface RunnerMachineProps {
  /** The fleet. */
  readonly fleet: AutoscalingGroupFleet | ManagerFleet;
  /** What they may do besides what every such machine may. */
  readonly statements: readonly Statement[];
  /** What the fleet shares with others. */
  readonly shared: Shared;
}

/** What a machine that runs gitlab-runner needs, whatever starts it: tokens, logs and a role. */
export class RunnerMachine extends Construct {
  /** Name of its instance profile. */
  readonly instanceProfileName: string;
  /** What must not go before it. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, { fleet, statements, shared }: RunnerMachineProps) {
    super(scope, id);
    const { environment, kmsKeyArn, place, sessionLogGroupArn } = shared;
    const { awsName: name } = fleet;
    const { retentionDays, aws } = environment;
    const tokens = new RunnerTokens(this, 'tokens', fleet.runners, shared);
    const logs = new EncryptedLogGroup(this, 'logs', { name, kmsKeyArn, retentionDays });
    const logGroupArns = [logs.arn, sessionLogGroupArn];
    const role = new MachineRole(this, 'role', {
      name,
      statements: [
        ...runnerMachineStatements({ place, groupName: name, ...tokens.sources, logGroupArns }),
        ...statements,
        ...cacheStatementsOf(shared, fleet.name),
        ...registryStatements(place, fleet.registries),
      ],
      policyArns: fleet.policyArns,
      permissionsBoundaryArn: aws.permissionsBoundaryArn,
    });
    this.instanceProfileName = role.instanceProfileName;
    this.dependables = [tokens, logs, role].flatMap((part) => part.dependables);
  }
}
