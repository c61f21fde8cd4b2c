/** Ranges of IPv4 addresses, as numbers that one can reckon with. */

/** A range: its first address, and how many there are. */
export interface Ipv4Range {
  /** The first address. */
  readonly start: number;
  /** How many; a power of two. */
  readonly size: number;
}

/** The range that a text such as `10.0.0.0/16` means. */
export function rangeOf(cidr: string): Ipv4Range {
  const [address = '', length] = cidr.split('/');
  const start = address.split('.').reduce((bits, part) => bits * 256 + Number(part), 0);
  return { start, size: 2 ** (32 - Number(length)) };
}

/** The text of a range. */
export function cidrOf({ start, size }: Ipv4Range): string {
  const parts = [24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256);
  return `${parts.join('.')}/${32 - Math.log2(size)}`;
}

/** Whether one range lies in another one. */
export const liesIn = (inner: Ipv4Range, outer: Ipv4Range): boolean =>
  inner.start >= outer.start && inner.start + inner.size <= outer.start + outer.size;
