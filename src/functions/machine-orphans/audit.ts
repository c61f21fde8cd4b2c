import { failuresIn, type Outcomes } from '../outcomes';
import { act } from './acting';
import { decide, type Action, type Verdict } from './decision';
import type { Look } from './look';
import type { MachineOrphanMetrics } from './publish';
import { lookAt, type Means } from './reading';
import type { MachineOrphanSettings } from './settings';

/** One audit of a fleet's machines: look, decide, act, say why, publish. */

/** What an audit works with. */
export interface AuditProps extends Means {
  /** Its settings. */
  readonly settings: MachineOrphanSettings;
  /** Sends metrics to CloudWatch. */
  readonly publish: (metrics: MachineOrphanMetrics) => Promise<unknown>;
  /** Takes the one line of an audit. */
  readonly log: (line: object) => void;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/**
 * Milliseconds after which an audit ends no more machines: the last one with its key pair and the metrics have to fit
 * into the function's 150 seconds, each call with three tries.
 */
const actingMs = 75_000;

/** Machines that the line names; CloudWatch Logs takes no line of any length. */
const namedInLine = 100;

/** In which order: what most people look for first. */
const order: readonly Action[] = ['end', 'mark', 'wait', 'unmark', 'keep'];

function metricsOf(
  { managers }: Look,
  verdicts: readonly Verdict[],
  outcomes: Outcomes,
): MachineOrphanMetrics {
  const count = (...actions: readonly Action[]) =>
    verdicts.filter(({ action }) => actions.includes(action)).length;
  return {
    Machines: verdicts.length,
    OrphanedMachines: count('end'),
    EndedMachines: [...outcomes.values()].filter((outcome) => outcome === 'ended').length,
    UnclaimedMachines: count('mark', 'wait'),
    SilentManagers: [...managers.values()].filter(({ kind }) => kind === 'silent').length,
  };
}

const isKept = (action: Action): boolean => action === 'keep' || action === 'wait';

const machineLines = (verdicts: readonly Verdict[], outcomes: Outcomes): object[] =>
  [...verdicts]
    .sort((one, other) => order.indexOf(one.action) - order.indexOf(other.action))
    .slice(0, namedInLine)
    .map(({ machine: { id, name }, action, reason }) => ({
      machine: id,
      name,
      reason,
      outcome: isKept(action) ? 'kept' : (outcomes.get(id) ?? `dry run: ${action}`),
    }));

/** Audits a fleet once. What could not be done fails it, after everything else was done. */
export async function audit({ settings, machines, ask, publish, log, nowMs }: AuditProps): Promise<void> {
  const startMs = nowMs();
  const look = await lookAt({ machines, ask }, settings, startMs);
  const verdicts = decide(look, settings);
  const outcomes = await act(settings.dryRun ? [] : verdicts, {
    machines,
    keyPairs: settings.keyPairs,
    nowMs: startMs,
    hasTime: () => nowMs() - startMs < actingMs,
  });
  const metrics = metricsOf(look, verdicts, outcomes);
  log({ fleet: settings.fleet, ...metrics, machines: machineLines(verdicts, outcomes) });
  await publish(metrics);
  const failures = failuresIn(outcomes);
  if (failures.length > 0) throw new Error(`machines were not treated as decided: ${failures.join('; ')}`);
}
