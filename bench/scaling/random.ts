/** Random numbers that are the same in every run. */

/** Draws numbers of several distributions. */
export interface Random {
  /** Even, from 0 to below 1. */
  readonly even: () => number;
  /** Of an exponential distribution with this mean: times between independent events. */
  readonly exponential: (mean: number) => number;
  /** Log-normal with this median; `spread` is the standard deviation of the logarithm. */
  readonly logNormal: (median: number, spread: number) => number;
  /** Pareto from `least` on; the smaller `shape`, the longer the tail. */
  readonly pareto: (least: number, shape: number) => number;
}

/** 32 bits mixed from a counter. @see https://github.com/cprosche/mulberry32 */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A source of random numbers; equal seeds give equal numbers. */
export function randomFrom(seed: number): Random {
  const even = mulberry32(seed);
  const exponential = (mean: number): number => -mean * Math.log(1 - even());
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - even())) * Math.cos(2 * Math.PI * even());
  return {
    even,
    exponential,
    logNormal: (median, spread) => median * Math.exp(spread * normal()),
    pareto: (least, shape) => least / (1 - even()) ** (1 / shape),
  };
}
