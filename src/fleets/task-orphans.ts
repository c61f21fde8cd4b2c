import { Construct } from 'constructs';
import type { FargateFleet } from '../config/fleet-model';
import { TaskOrphanFunction } from '../constructs/task-orphan-function';
import { taskOrphanStatements } from '../policies/task-orphans';
import { metricsNamespace } from '../rendering/metrics-namespace';
import { FunctionParts } from './function-parts';
import type { Shared } from './shared';

/** Whose jobs are looked after. */
export interface TaskOrphansProps {
  /** The fleet. */
  readonly fleet: FargateFleet;
  /** ARN of the managers' cluster. */
  readonly managerCluster: string;
  /** ARNs of the clusters of jobs. */
  readonly clusters: readonly string[];
  /** What it shares with other fleets. */
  readonly shared: Shared;
}

/** What ends jobs whose manager is gone: a function, and all that it needs. */
export class TaskOrphans extends Construct {
  constructor(scope: Construct, id: string, props: TaskOrphansProps) {
    super(scope, id);
    const { fleet, managerCluster, clusters, shared } = props;
    const { maxAgeHours, dryRun } = fleet.orphans;
    const namespace = metricsNamespace;
    const { parts } = new FunctionParts(this, 'Default', {
      name: fleet.names.orphans,
      statements: taskOrphanStatements({ managerCluster, clusters, dryRun, namespace }),
      shared,
    });
    new TaskOrphanFunction(this, 'function', {
      ...parts,
      archive: shared.provisioning.functionArchive('task-orphans'),
      settings: {
        fleet: fleet.awsName,
        clusters: [...new Set(clusters)],
        families: fleet.runners.map(({ task }) => task.family),
        managerCluster,
        managerService: fleet.awsName,
        maxAgeHours,
        dryRun,
        namespace,
      },
    });
  }
}
