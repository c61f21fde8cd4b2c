import type { Ask, HasTime } from './asking';
import { refusalOf } from './calls';
import type { Group, GroupState, Member } from './group';
import type { Decision, GroupSize } from './tick';

/**
 * Does what was decided, as far as it is still right. Asking thousands of instances takes a while, and a second tick,
 * a schedule or an operator may have changed the group since it was read.
 */

/** What it is done with. */
export interface Means {
  /** The group. */
  readonly group: Group;
  /** Asks an instance once more. */
  readonly ask: Ask;
  /** Whether there is time to end another instance. */
  readonly hasTime: HasTime;
}

/** What came of a decision. */
export interface Changes {
  /** Instances that were ended. */
  readonly ended: readonly string[];
  /** What was decided and not done, each with the reason. */
  readonly undone: readonly string[];
}

const hasChanged = 'the group has changed since it was read';

/** Instances that AWS counts against the desired capacity, and would end if that were smaller. */
const isCounted = ({ state }: Member): boolean => state === 'launching' || state === 'in-service';

/** Growing never takes back what others wanted; shrinking takes off only what AWS has not launched yet. */
const isStillRight = (wanted: number, seen: GroupSize, { size, members }: GroupState): boolean =>
  wanted > seen.desired
    ? wanted > size.desired
    : size.desired === seen.desired && members.filter(isCounted).length <= wanted;

/** Why the group was not made this large, if it was not. */
async function obstacleToSize(wanted: number, seen: GroupSize, group: Group): Promise<string | undefined> {
  if (wanted === seen.desired) return undefined;
  const state = await group.read();
  if (state === undefined || !isStillRight(wanted, seen, state)) return hasChanged;
  return refusalOf(group.resize(wanted));
}

/** Why an instance of a group may not be ended, if it may not. */
async function obstacleOn(id: string, { members }: GroupState, ask: Ask): Promise<string | undefined> {
  const member = members.find((one) => one.id === id);
  if (member?.state !== 'in-service') return 'it is no longer in service';
  if (member.isProtected) return 'it is protected from scale-in';
  const load = await ask(id).catch(() => undefined);
  if (load === undefined) return 'it could not be asked once more';
  return load.runners.every(({ jobs }) => jobs === 0) ? undefined : 'it has a job by now';
}

/** The same, after a look at the group: a size that is not ours says that a schedule or a second tick was here. */
async function obstacleToEnd(id: string, desired: number, means: Means): Promise<string | undefined> {
  if (!means.hasTime()) return 'there was no time left';
  const state = await means.group.read();
  return state?.size.desired === desired ? obstacleOn(id, state, means.ask) : hasChanged;
}

/** Ends one after the other. */
async function endAll(ids: readonly string[], desired: number, means: Means): Promise<Changes> {
  const ended: string[] = [];
  const undone: string[] = [];
  for (const id of ids) {
    const obstacle = await obstacleToEnd(id, desired - ended.length, means);
    const reason = obstacle ?? (await refusalOf(means.group.end(id)));
    if (reason === undefined) ended.push(id);
    else undone.push(`${id}: ${reason}`);
  }
  return { ended, undone };
}

/** Makes the group as large as was decided, then ends what was to be ended; `seen` is what it was decided from. */
export async function change(decision: Decision, seen: GroupSize, means: Means): Promise<Changes> {
  // Every instance that is ended makes the group smaller by itself.
  const size = decision.desired + decision.terminate.length;
  const obstacle = await obstacleToSize(size, seen, means.group);
  if (obstacle !== undefined) return { ended: [], undone: [`size ${size}: ${obstacle}`] };
  return endAll(decision.terminate, size, means);
}
