import { Construct } from 'constructs';
import type { FargateFleet, FargateRunner } from '../config/fleet-model';
import { TaskOrphanFunction } from '../constructs/task-orphan-function';
import { taskOrphanStatements } from '../policies/task-orphans';
import { givenClusters } from '../rendering/fargate-toml';
import { metricsNamespace } from '../rendering/metrics-namespace';
import { FunctionParts } from './function-parts';
import type { Shared } from './shared';

/** Whose jobs are looked after. */
export interface TaskOrphansProps {
  /** The fleet. */
  readonly fleet: FargateFleet;
  /** ARN of the managers' cluster. */
  readonly managerCluster: string;
  /** ARNs of the clusters of jobs, by runner. */
  readonly clustersOfRunners: ReadonlyMap<FargateRunner, string>;
  /** What it shares with other fleets. */
  readonly shared: Shared;
}

/** The families of jobs, by the ARN of their cluster. */
function familiesByCluster(clustersOfRunners: TaskOrphansProps['clustersOfRunners']) {
  const families: Record<string, string[]> = {};
  for (const [{ task }, cluster] of clustersOfRunners) (families[cluster] ??= []).push(task.family);
  return families;
}

/** What ends jobs whose manager is gone: a function, and all that it needs. */
export class TaskOrphans extends Construct {
  constructor(scope: Construct, id: string, props: TaskOrphansProps) {
    super(scope, id);
    const { fleet, managerCluster, clustersOfRunners, shared } = props;
    const { maxAgeHours, dryRun } = fleet.orphans;
    const namespace = metricsNamespace;
    const families = familiesByCluster(clustersOfRunners);
    const { parts } = new FunctionParts(this, 'Default', {
      name: fleet.names.orphans,
      statements: taskOrphanStatements({
        place: shared.place,
        awsName: fleet.awsName,
        givenClusterArns: [...givenClusters(fleet), ...('arn' in fleet.cluster ? [fleet.cluster.arn] : [])],
        dryRun,
        namespace,
      }),
      shared,
    });
    new TaskOrphanFunction(this, 'function', {
      ...parts,
      archive: shared.provisioning.functionArchive('task-orphans'),
      settings: {
        fleet: fleet.awsName,
        families,
        managerCluster,
        managerService: fleet.awsName,
        maxAgeHours,
        dryRun,
        namespace,
      },
    });
  }
}
