import fc from 'fast-check';
import { cidrOf, liesIn, rangeOf, type Ipv4Range } from '../../src/config/ipv4';
import {
  divide,
  freeAddresses,
  mostZones,
  prefixLengthFor,
  zonesThatFit,
  type ZoneRanges,
} from '../../src/config/subnets';

/** How a VPC is divided: what holds for all of them, and what comes of the usual ones. */

/** A VPC as AWS takes it, /16 to /27, anywhere. */
const vpcs = fc
  .record({ length: fc.integer({ min: 16, max: 27 }), place: fc.integer({ min: 0, max: 2 ** 32 - 1 }) })
  .map(({ length, place }) => {
    const size = 2 ** (32 - length);
    return cidrOf({ start: Math.floor(place / size) * size, size });
  });

/** A VPC, and zones for which it has room. */
const divided = vpcs.chain((cidr) =>
  fc.record({ cidr: fc.constant(cidr), zones: fc.integer({ min: 1, max: zonesThatFit(cidr) }) }),
);

const rangesOf = (zones: readonly ZoneRanges[]): Ipv4Range[] =>
  zones.flatMap(({ publicCidr, privateCidr }) => [publicCidr, privateCidr].map(rangeOf));

const overlap = (one: Ipv4Range, other: Ipv4Range): boolean =>
  one.start < other.start + other.size && other.start < one.start + one.size;

describe('the subnets of a VPC', () => {
  test('lie in it, one public and one private for each zone', () => {
    fc.assert(
      fc.property(divided, ({ cidr, zones }) => {
        const subnets = divide(cidr, zones);
        expect(subnets).toHaveLength(zones);
        for (const range of rangesOf(subnets)) expect(liesIn(range, rangeOf(cidr))).toBe(true);
      }),
    );
  });

  test('do not overlap', () => {
    fc.assert(
      fc.property(divided, ({ cidr, zones }) => {
        const ranges = rangesOf(divide(cidr, zones));
        const pairs = ranges.flatMap((one, index) =>
          ranges.slice(0, index).map((other) => [one, other] as const),
        );
        expect(pairs.filter(([one, other]) => overlap(one, other))).toEqual([]);
      }),
    );
  });

  test('are of sizes that AWS takes, and start where ranges of their size do', () => {
    fc.assert(
      fc.property(divided, ({ cidr, zones }) => {
        for (const { start, size } of rangesOf(divide(cidr, zones))) {
          expect(size).toBeGreaterThanOrEqual(16);
          expect(size).toBeLessThanOrEqual(65536);
          expect(start % size).toBe(0);
        }
      }),
    );
  });

  test('stay where they are when a zone is added at the end', () => {
    fc.assert(
      fc.property(divided, ({ cidr, zones }) => {
        expect(divide(cidr, zones).slice(0, -1)).toEqual(divide(cidr, zones - 1));
      }),
    );
  });

  test('leave room for others, even with six zones, in a VPC of 1,024 addresses or more', () => {
    fc.assert(
      fc.property(vpcs, (cidr) => {
        const { size } = rangeOf(cidr);
        fc.pre(size >= 1024);
        const taken = rangesOf(divide(cidr, mostZones)).reduce((sum, range) => sum + range.size, 0);
        expect(taken).toBeLessThan(size * 0.85);
      }),
    );
  });

  test('have no room for a zone more than the VPC is said to have', () => {
    fc.assert(
      fc.property(vpcs, (cidr) => {
        const zones = zonesThatFit(cidr) + 1;
        fc.pre(zones <= mostZones);
        const ranges = rangesOf(divide(cidr, zones));
        expect(ranges.some((one, index) => ranges.slice(0, index).some((other) => overlap(one, other)))).toBe(
          true,
        );
      }),
    );
  });

  test.each<[string, number, ZoneRanges[]]>([
    [
      '10.0.0.0/16',
      2,
      [
        { publicCidr: '10.0.255.240/28', privateCidr: '10.0.0.0/19' },
        { publicCidr: '10.0.255.224/28', privateCidr: '10.0.32.0/19' },
      ],
    ],
    [
      '192.168.255.192/26',
      2,
      [
        { publicCidr: '192.168.255.240/28', privateCidr: '192.168.255.192/28' },
        { publicCidr: '192.168.255.224/28', privateCidr: '192.168.255.208/28' },
      ],
    ],
    ['172.16.0.32/27', 1, [{ publicCidr: '172.16.0.48/28', privateCidr: '172.16.0.32/28' }]],
  ])('of %s with %i zones are these', (cidr, zones, expected) => {
    expect(divide(cidr, zones)).toEqual(expected);
  });
});

describe('a VPC', () => {
  test.each([
    [16, 6, 8187],
    [20, 6, 507],
    [23, 6, 59],
    [24, 5, 27],
    [25, 4, 11],
    [26, 2, 11],
    [27, 1, 11],
  ])(
    'of /%i has room for %i zones, with %i free addresses in the private subnet of each',
    (length, zones, free) => {
      expect(zonesThatFit(`10.0.0.0/${length}`)).toBe(zones);
      expect(freeAddresses(`10.0.0.0/${length}`)).toBe(free);
    },
  );

  test('that is the smallest for some zones has room for them, and half of it has not', () => {
    for (const zones of [1, 2, 3, 4, 5, 6]) {
      const length = prefixLengthFor(zones);
      expect(zonesThatFit(`10.0.0.0/${length}`)).toBeGreaterThanOrEqual(zones);
      expect(zonesThatFit(`10.0.0.0/${length + 1}`)).toBeLessThan(zones);
    }
  });
});

describe('a range', () => {
  test('is the same when it is written again', () => {
    fc.assert(
      fc.property(vpcs, (cidr) => {
        expect(cidrOf(rangeOf(cidr))).toBe(cidr);
      }),
    );
  });

  test.each([
    ['10.0.0.0/16', '10.0.0.0/8', true],
    ['10.0.0.0/8', '10.0.0.0/8', true],
    ['10.255.255.240/28', '10.0.0.0/8', true],
    ['11.0.0.0/16', '10.0.0.0/8', false],
    ['9.255.0.0/16', '10.0.0.0/8', false],
    ['10.0.0.0/8', '10.0.0.0/16', false],
    ['172.32.0.0/16', '172.16.0.0/12', false],
    ['255.255.255.240/28', '240.0.0.0/4', true],
  ])('%s in %s: %s', (inner, outer, expected) => {
    expect(liesIn(rangeOf(inner), rangeOf(outer))).toBe(expected);
  });
});
