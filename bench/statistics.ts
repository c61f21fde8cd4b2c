/** The middle of some measurements: one slow run on a busy machine doesn't move it. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('no measurement');
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2;
}

/** The quarter and three-quarter points: how much measurements differ. */
export function quartiles(values: readonly number[]): readonly [number, number] {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] as number;
  return [at(0.25), at(0.75)];
}

/** Median of ratios of neighbours: what slows the machine down for a while slows both of a pair. */
export const pairedRatio = (ours: readonly number[], theirs: readonly number[]): number =>
  median(ours.map((value, index) => value / (theirs[index] as number)));

/** The smallest value that a share of all values does not exceed: `0.95` is the 95th percentile. */
export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error('no measurement');
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number;
}
