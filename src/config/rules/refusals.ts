import type { Refusal } from '../issues';

/** One refusal if a rule is broken, else none. */
export const refuseIf = (
  isBroken: boolean,
  path: readonly PropertyKey[],
  rule: string,
  value: unknown,
): Refusal[] => (isBroken ? [{ path, rule, value }] : []);

/** Refusals of a part, with their paths from the root. */
export const under = (path: readonly PropertyKey[], refusals: readonly Refusal[]): Refusal[] =>
  refusals.map((refusal) => ({ ...refusal, path: [...path, ...refusal.path] }));
