import { cidrOf, rangeOf } from './ipv4';

/**
 * How the range of a VPC is divided. Where a subnet lies follows from the VPC and from the place of its zone in the
 * list, and from nothing else: a zone that is added at the end moves no subnet of the others.
 */

/** The subnets of one zone. */
export interface ZoneRanges {
  /** For NAT gateways and nothing else. */
  readonly publicCidr: string;
  /** For machines and tasks. */
  readonly privateCidr: string;
}

/** Most zones that a VPC is divided for; no region has more. */
export const mostZones = 6;

/** The smallest subnet, a /28. @see https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html */
const smallest = 16;

/** An eighth, so that six zones leave a quarter for what is not ours; the smallest where an eighth is smaller. */
const privateSize = (vpcSize: number): number => Math.max(vpcSize / 8, smallest);

/** Addresses of a zone's private subnet but the five that AWS keeps. @see https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html */
export const freeAddresses = (cidr: string): number => privateSize(rangeOf(cidr).size) - 5;

/** For how many zones a VPC has room. */
export function zonesThatFit(cidr: string): number {
  const { size } = rangeOf(cidr);
  return Math.min(mostZones, Math.floor(size / (privateSize(size) + smallest)));
}

/** From the smallest VPC to the largest one that AWS takes. */
const prefixLengths = Array.from({ length: 12 }, (_, index) => 27 - index);

/** The smallest VPC with room for some zones, six at most: what stands behind its slash. */
export const prefixLengthFor = (zones: number): number =>
  prefixLengths.find((length) => zonesThatFit(`10.0.0.0/${length}`) >= zones) as number;

/** The subnets of so many zones: the private ones from the start of the VPC upwards, the public ones from its end down. */
export function divide(cidr: string, zones: number): ZoneRanges[] {
  const { start, size } = rangeOf(cidr);
  const each = privateSize(size);
  return Array.from({ length: zones }, (_, index) => ({
    publicCidr: cidrOf({ start: start + size - (index + 1) * smallest, size: smallest }),
    privateCidr: cidrOf({ start: start + index * each, size: each }),
  }));
}
