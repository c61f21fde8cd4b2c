import type { Refusal } from '../refusal';

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

/** A key must be of the region in which it is used. */
export const keyOfRegion = (
  arn: string | undefined,
  path: readonly PropertyKey[],
  region: string,
): Refusal[] =>
  refuseIf(arn !== undefined && arn.split(':')[3] !== region, path, `must be a key of region ${region}`, arn);
