import { inTurn, type Act, type Outcomes } from '../outcomes';
import type { Action, Verdict } from './decision';
import type { Machines } from './machines';
import { isOne } from './names';
import { tags } from './reading';

/** Does what was decided. */

/** What it is done with. */
export interface ActingProps {
  /** Instances of EC2. */
  readonly machines: Machines;
  /** Names of key pairs that go with their machine, with `*` for any text. */
  readonly keyPairs: readonly string[];
  /** When the look was begun, in milliseconds since 1970. */
  readonly nowMs: number;
  /** Whether there is time for another act. */
  readonly hasTime: () => boolean;
}

/** What is done to machines; first what keeps one from being ended. */
const acted = ['unmark', 'end', 'mark'] as const satisfies readonly Action[];

/**
 * The key pair first: nothing names it once the machine is gone, and a running machine does not need it. A key pair that
 * stays costs nothing, and is a failure only once the machine is ended.
 */
async function end({ machine: { id, keyName } }: Verdict, props: ActingProps): Promise<boolean> {
  const isOurs = keyName !== undefined && isOne(props.keyPairs, keyName);
  const [deleted] = await Promise.allSettled(isOurs ? [props.machines.deleteKeyPair(keyName)] : []);
  const isEnded = await props.machines.end(id);
  if (deleted?.status === 'rejected') throw deleted.reason;
  return isEnded;
}

function actOf(action: (typeof acted)[number], verdict: Verdict, props: ActingProps): Act {
  const { id } = verdict.machine;
  const { machines, nowMs } = props;
  const [done, run] = {
    unmark: ['unmarked', () => machines.untag(id, tags.unclaimedSince)] as const,
    end: ['ended', () => end(verdict, props)] as const,
    mark: ['marked', () => machines.tag(id, tags.unclaimedSince, new Date(nowMs).toISOString())] as const,
  }[action];
  return { id, run: async () => ((await run()) ? done : 'had ended') };
}

/** Does it, one after the other. */
export const act = (verdicts: readonly Verdict[], props: ActingProps): Promise<Outcomes> =>
  inTurn(
    acted.flatMap((action) =>
      verdicts.filter((verdict) => verdict.action === action).map((verdict) => actOf(action, verdict, props)),
    ),
    props.hasTime,
  );
