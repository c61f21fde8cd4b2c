import { aListOfNames, aName, aNumberAboveZero, settingsBy, yesOrNo, type Rule } from '../settings';

/** Settings of the audit of a fleet's workers: what its construct writes and its handler reads. */
export interface TaskOrphanSettings {
  /** Name of the fleet in AWS. */
  readonly fleet: string;
  /**
   * Families of its workers' task definitions, by the ARN of the cluster that they run in; a task of another is never
   * touched.
   */
  readonly families: Readonly<Record<string, readonly string[]>>;
  /** ARN of the cluster that its managers run in. */
  readonly managerCluster: string;
  /** Name of its managers' service. */
  readonly managerService: string;
  /** Hours after which a worker that no manager has tagged is an orphan. */
  readonly maxAgeHours: number;
  /** Whether orphans are only told of. */
  readonly dryRun: boolean;
  /** CloudWatch namespace of what it measures; its role may write to no other. */
  readonly namespace: string;
}

const isClusterArn = (value: unknown): boolean =>
  typeof value === 'string' && /^arn:[^:]+:ecs:[^:]+:\d{12}:cluster\/[^/]+$/.test(value);

/** Not a name: that a manager is one of this cluster is seen by ARN. */
const aClusterArn: Rule = { what: 'the ARN of a cluster', holds: isClusterArn };

/** At least one cluster, and of each at least one family: less would be an audit that looks at nothing. */
const familiesByCluster: Rule = {
  what: 'lists of names by the ARN of a cluster',
  holds: (value) => {
    const entries = Array.isArray(value) ? [] : Object.entries(Object(value) as object);
    return (
      entries.length > 0 &&
      entries.every(([cluster, families]) => isClusterArn(cluster) && aListOfNames.holds(families))
    );
  },
};

/** The settings from the variable; everything that is wrong with them in one error. */
export const parseSettings = settingsBy<TaskOrphanSettings>({
  fleet: aName,
  families: familiesByCluster,
  managerCluster: aClusterArn,
  managerService: aName,
  maxAgeHours: aNumberAboveZero,
  dryRun: yesOrNo,
  namespace: aName,
});
