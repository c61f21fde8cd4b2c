import { failuresIn, type Outcomes } from '../outcomes';
import { decide, type Decision } from './decision';
import type { Look } from './look';
import type { TaskOrphanMetrics } from './publish';
import { lookAt } from './reading';
import type { TaskOrphanSettings } from './settings';
import { stopAll } from './stopping';
import type { Tasks } from './tasks';

/** One audit of a fleet's workers: look, decide, stop, say why, publish. */

/** What an audit works with. */
export interface AuditProps {
  /** Its settings. */
  readonly settings: TaskOrphanSettings;
  /** Tasks of ECS. */
  readonly tasks: Tasks;
  /** Sends metrics to CloudWatch. */
  readonly publish: (metrics: TaskOrphanMetrics) => Promise<unknown>;
  /** Takes the one line of an audit. */
  readonly log: (line: object) => void;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/**
 * Milliseconds after which an audit stops no more tasks: the last one and the metrics have to fit into the function's
 * 50 seconds, each with three tries.
 */
const stoppingMs = 18_000;

/** Tasks that the line names; CloudWatch Logs takes no line of any length. */
const namedInLine = 100;

function metricsOf({ workers, orphans }: Decision, outcomes: Outcomes): TaskOrphanMetrics {
  const stopped = [...outcomes.values()].filter((outcome) => outcome === 'stopped');
  return { Workers: workers, OrphanedWorkers: orphans.length, StoppedWorkers: stopped.length };
}

/** What tags name and nobody could look up: tasks of another cluster, or no tasks at all. */
function unknownManagers({ workers, managers }: Look): string[] {
  const named = new Set(workers.flatMap(({ manager }) => (manager === undefined ? [] : [manager])));
  return [...named].filter((manager) => !managers.has(manager)).slice(0, namedInLine);
}

const orphanLines = ({ orphans }: Decision, outcomes: Outcomes): object[] =>
  orphans
    .slice(0, namedInLine)
    .map(({ worker: { arn }, reason }) => ({ task: arn, reason, outcome: outcomes.get(arn) ?? 'dry run' }));

/** Audits a fleet once. What could not be stopped fails it, after everything else was done. */
export async function audit({ settings, tasks, publish, log, nowMs }: AuditProps): Promise<void> {
  const startMs = nowMs();
  const look = await lookAt(tasks, settings, startMs);
  const decision = decide(look, settings);
  const outcomes = await stopAll(decision.stop, {
    tasks,
    stopper: `Orphan audit of ${settings.fleet}`,
    hasTime: () => nowMs() - startMs < stoppingMs,
  });
  const metrics = metricsOf(decision, outcomes);
  const orphans = orphanLines(decision, outcomes);
  log({ fleet: settings.fleet, ...metrics, orphans, unknownManagers: unknownManagers(look) });
  await publish(metrics);
  const failures = failuresIn(outcomes);
  if (failures.length > 0) throw new Error(`orphans could not be stopped: ${failures.join('; ')}`);
}
