import { failureOf } from '../failure';
import type { Addresses } from './addresses';
import { loadOf } from './metrics-page';
import { scrape, type ScrapeLimits } from './scrape';
import type { Load } from './tick';

/** Asks the instances of a group how busy they are. */

/** Asks one instance; an error where it can't be asked. */
export type Ask = (instanceId: string) => Promise<Load>;

/** What an instance says, or why it could not be asked. */
export type Answer = { readonly load: Load } | { readonly failure: string };

/** Answers by instance id. */
export type Answers = ReadonlyMap<string, Answer>;

/** Whether there is time to begin with another instance. */
export type HasTime = () => boolean;

/** How many are asked, and until when. */
export interface AskLimits {
  /** Instances that are asked at the same time; a process of Lambda has at most 1024 connections. */
  readonly concurrency: number;
  /** Whoever was not begun with in time is not asked. */
  readonly hasTime: HasTime;
}

/** Asks by an instance's metrics page. */
export const askAt =
  (addresses: Addresses, port: number, limits: ScrapeLimits): Ask =>
  async (instanceId) => {
    const address = addresses.get(instanceId);
    if (address === undefined) throw new Error('the instance has no private address');
    return loadOf(await scrape(address, port, limits));
  };

/** A machine that refuses the connection can be asked, and has no gitlab-runner that takes jobs: it drained, or broke. */
const notRunning: Load = { capacity: 0, takesJobs: false, runners: [] };

async function answerTo(ask: Ask, instanceId: string, hasTime: HasTime): Promise<Answer> {
  if (!hasTime()) return { failure: 'there was no time left to ask' };
  try {
    return { load: await ask(instanceId) };
  } catch (error) {
    const { code, message } = failureOf(error);
    return code === 'ECONNREFUSED' ? { load: notRunning } : { failure: message };
  }
}

/** What each of the instances says. */
export async function askAll(
  instanceIds: readonly string[],
  ask: Ask,
  { concurrency, hasTime }: AskLimits,
): Promise<Answers> {
  const answers = new Map<string, Answer>();
  // All workers take from one iterator: who is done with an instance takes the next that nobody has.
  const left = instanceIds.values();
  const worker = async () => {
    for (const id of left) answers.set(id, await answerTo(ask, id, hasTime));
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return answers;
}
