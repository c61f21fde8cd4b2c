import { failureOf, type Failure } from './failure';

/** Something that is done to one thing in AWS. */
export interface Act {
  /** What it is done to. */
  readonly id: string;
  /** Does it, and says what came of it. */
  readonly run: () => Promise<string>;
}

/** What came of an act: its own word, a failure, or `no time left`; the next run finds that again. */
export type Outcome = string | Failure;

/** What came of acts, by what they were done to. */
export type Outcomes = ReadonlyMap<string, Outcome>;

async function outcomeOf({ run }: Act, hasTime: () => boolean): Promise<Outcome> {
  if (!hasTime()) return 'no time left';
  try {
    return await run();
  } catch (error) {
    return failureOf(error);
  }
}

/** Does one after the other while there is time; one that fails does not keep the next. */
export async function inTurn(acts: readonly Act[], hasTime: () => boolean): Promise<Outcomes> {
  const outcomes = new Map<string, Outcome>();
  for (const act of acts) outcomes.set(act.id, await outcomeOf(act, hasTime));
  return outcomes;
}

/** One text for each failure. */
export const failuresIn = (outcomes: Outcomes): string[] =>
  [...outcomes].flatMap(([id, outcome]) =>
    typeof outcome === 'object' ? [`${id}: ${outcome.name}: ${outcome.message}`] : [],
  );
