import { inTurn, type Outcomes } from '../outcomes';
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

/** Stops one after the other; answers what came of each, by ARN. */
export const stopAll = (orphans: readonly Orphan[], { tasks, stopper, hasTime }: Means): Promise<Outcomes> =>
  inTurn(
    orphans.map(({ worker: { arn, cluster }, reason }) => ({
      id: arn,
      run: async () => ((await tasks.stop(cluster, arn, `${stopper}: ${reason}`)) ? 'stopped' : 'had ended'),
    })),
    hasTime,
  );
