import { freeOn, freeOnFor, sum, type Taking } from './load';
import { count } from './sound';
import type { Instance, Memory, Tick } from './tick';

/** How many jobs wait: what the last received jobs say of the queue that they came from. */

/** Seconds for which the last received job says how many wait: to the next tick. */
const freshSeconds = 30;

/** What is known of GitLab's queue. */
export interface Queue {
  /** Jobs that wait at least, by runner, where that is known. */
  readonly waiting: Readonly<Record<string, number>>;
  /** Whether that is all; if not, more wait than anybody saw. */
  readonly isKnown: boolean;
  /** When the group last received a job, as far as is known. */
  readonly receivedAt?: number;
}

/** What one instance received for a runner since the last tick. */
interface Receipts {
  /** Jobs received. */
  readonly jobs: number;
  /** Jobs that still waited after the last of them; nothing where GitLab doesn't say. */
  readonly left: number | undefined;
}

/** The value under a key that may be any text, such as `constructor`. */
export const valueOf = <Value>(values: Readonly<Record<string, Value>>, key: string): Value | undefined =>
  Object.hasOwn(values, key) ? values[key] : undefined;

/** Jobs received since the last tick. A counter that is smaller than it was belongs to a new process. */
const receivedSince = (received: number, before: number): number =>
  received < before ? received : received - before;

/**
 * What an instance received since the last tick. Without memory the age of a value is unknown, and it counts for
 * nothing; an instance that is not in it is new, and so is all that it received.
 */
function receiptsOn({ id, load }: Instance, name: string, memory: Memory | undefined): Receipts[] {
  if (memory === undefined || load === undefined) return [];
  return load.runners
    .filter(({ runner }) => runner === name)
    .map(({ received, queueSize = 0 }) => ({
      jobs: receivedSince(received, valueOf(valueOf(memory.received, id) ?? {}, name) ?? 0),
      // The received job is one of its queue, so that 0 is not a size.
      left: queueSize === 0 ? undefined : queueSize - 1,
    }))
    .filter(({ jobs }) => jobs > 0);
}

/** Jobs that an instance received since the last tick. */
export function receivedOn(instance: Instance, memory: Memory | undefined): number {
  const names = new Set((instance.load?.runners ?? []).map(({ runner }) => runner));
  return sum([...names].flatMap((name) => receiptsOn(instance, name, memory)).map(({ jobs }) => jobs));
}

/**
 * Jobs that wait by values of one tick. All instances ask the same queue, so that it is one of the values and not
 * their sum, but their order is unknown. What is certain: the last value is no less than the smallest, and after any
 * value no more was taken than what the other instances received. Both are a least, so the larger one holds.
 */
function leftOf(receipts: readonly Receipts[]): number | undefined {
  const known = receipts.flatMap(({ jobs, left }) => (left === undefined ? [] : [{ jobs, left }]));
  if (known.length === 0) return undefined;
  const all = sum(receipts.map(({ jobs }) => jobs));
  return Math.max(
    Math.min(...known.map(({ left }) => left)),
    ...known.map(({ jobs, left }) => left - (all - jobs)),
  );
}

/** Jobs that wait for a runner, or nothing where that is unknown. */
function waitingFor(
  name: string,
  { instances, memory }: Tick,
  taking: readonly Taking[],
): number | undefined {
  const receipts = instances.flatMap((instance) => receiptsOn(instance, name, memory));
  const left = leftOf(receipts);
  if (left !== undefined) return left;
  // Who has a free place takes a job within seconds.
  if (taking.some(({ load }) => freeOnFor(load, name) > 0)) return 0;
  const before = valueOf(memory?.waiting ?? {}, name);
  return before === undefined
    ? undefined
    : Math.max(0, count(before) - sum(receipts.map(({ jobs }) => jobs)));
}

/** Jobs that wait, by runner, where that is known. */
function waitingJobs(tick: Tick, taking: readonly Taking[]): Record<string, number> {
  const names = new Set(
    tick.instances.flatMap(({ load }) => load?.runners ?? []).map(({ runner }) => runner),
  );
  return Object.fromEntries(
    [...names].flatMap((name) => {
      const waiting = waitingFor(name, tick, taking);
      return waiting === undefined ? [] : [[name, waiting] as const];
    }),
  );
}

/** When the group last received a job, as far as is known. */
const receivedAt = ({ instances, memory, nowSeconds }: Tick): number | undefined =>
  instances.some((instance) => receivedOn(instance, memory) > 0) ? nowSeconds : memory?.receivedAt;

/**
 * What is known of the queue. While a place is free nothing waits unseen. Where all is full, the last received job
 * tells it for a minute, and longer while an instance is launching, which will soon receive one.
 */
export function queueOf(tick: Tick, taking: readonly Taking[]): Queue {
  const received = receivedAt(tick);
  const waiting = waitingJobs(tick, taking);
  const isFull = taking.length > 0 && taking.every(({ load }) => freeOn(load) === 0);
  const isOld = received === undefined || tick.nowSeconds - received >= freshSeconds;
  const tellsSoon = tick.instances.some(({ state }) => state === 'launching');
  const isKnown = !isFull || (Object.keys(waiting).length > 0 && (!isOld || tellsSoon));
  return { waiting, isKnown, ...(received === undefined ? {} : { receivedAt: received }) };
}
