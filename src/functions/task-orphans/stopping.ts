import { failureOf, type Failure } from '../failure';
import type { Orphan } from './decision';
import type { Tasks } from './tasks';

/** Stops orphans. */

/** What it is done with. */
export interface Means {
  /** Tasks of ECS. */
  readonly tasks: Tasks;
  /** Who stops them, as ECS is told with the reason. */
  readonly stopper: string;
  /** Whether there is time to stop another one. */
  readonly hasTime: () => boolean;
}

/** What came of an orphan. What there was no time for, the next look finds again. */
export type Outcome = 'stopped' | 'had ended' | 'no time left' | Failure;

/** What came of orphans, by ARN. */
export type Outcomes = ReadonlyMap<string, Outcome>;

async function outcomeOf({ worker, reason }: Orphan, { tasks, stopper, hasTime }: Means): Promise<Outcome> {
  if (!hasTime()) return 'no time left';
  try {
    const wasThere = await tasks.stop(worker.cluster, worker.arn, `${stopper}: ${reason}`);
    return wasThere ? 'stopped' : 'had ended';
  } catch (error) {
    return failureOf(error);
  }
}

/** Stops one after the other; one that can't be stopped does not keep the next. */
export async function stopAll(orphans: readonly Orphan[], means: Means): Promise<Outcomes> {
  const outcomes = new Map<string, Outcome>();
  for (const orphan of orphans) outcomes.set(orphan.worker.arn, await outcomeOf(orphan, means));
  return outcomes;
}
