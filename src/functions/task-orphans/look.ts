/** What is known of a fleet's workers and their managers at one moment. */

/** A task that runs a job: the driver of a manager has started it. */
export interface Worker {
  /** ARN of the task. */
  readonly arn: string;
  /** ARN of its cluster. */
  readonly cluster: string;
  /** Family of its task definition. */
  readonly family: string;
  /** When it was made, in milliseconds since 1970; nothing where ECS doesn't say. */
  readonly createdAtMs: number | undefined;
  /** ARN of the task of its manager, by its tag; nothing where it has none. */
  readonly manager: string | undefined;
}

/** What became of a manager: ECS knows a stopped task for about an hour, and after that no longer. */
export type ManagerState = 'up' | 'stopped' | 'missing';

/** One look at a fleet. */
export interface Look {
  /** When it was begun, in milliseconds since 1970. */
  readonly nowMs: number;
  /** Tasks that nobody has ended. */
  readonly workers: readonly Worker[];
  /** Managers of these workers, by ARN; one that could not be looked up is not among them. */
  readonly managers: ReadonlyMap<string, ManagerState>;
}
