import type { EnvironmentInput } from '../../src/config/environment';
import { fleetOf, refusals, withFleet, type GroupInput } from '../support/environments';
import { fleet, putFleet, rejects, type Case } from '../support/refusals';

/** How many instances, when, and of which types: what AWS would refuse at the apply, or take and never do. */

type Fleet = Partial<GroupInput>;
type Schedule = NonNullable<NonNullable<Fleet['capacity']>['schedules']>[string];

const capacity = (schedule: Partial<Schedule>, bounds = { min: 1, max: 4 }) =>
  putFleet('capacity', { ...bounds, schedules: { night: { cron: '0 20 * * *', ...schedule } } });
const night = `${fleet}.capacity.schedules.night`;
const cronRule = 'must be a cron expression of five fields such as 0 20 * * MON-FRI';
const zoneRule = 'must be the IANA name of a time zone such as Europe/Berlin';

describe('cron expressions', () => {
  test.each([
    '* * * * *',
    '0 20 * * MON-FRI',
    '0,30 6-22/2 1,15 JAN-MAR 1-5',
    '*/5 0 31 12 7',
    '0 0 1 jan sun',
    '59 23 * 6-8 0,6',
  ])('takes %s', (cron) => {
    expect(refusals(capacity({ cron, min: 0 }))).toEqual([]);
  });

  test.each([
    ['', ''],
    ['0 20 * *', ''],
    ['0 20 * * * *', ''],
    ['0  20 * * *', ''],
    [' 0 20 * * *', ''],
    ['@daily', ''],
    ['60 * * * *', ': its minute is none'],
    ['* 24 * * *', ': its hour is none'],
    ['* * 0 * *', ': its day of the month is none'],
    ['* * * 13 *', ': its month is none'],
    ['* * * * 8', ': its day of the week is none'],
    ['* * * * MO', ': its day of the week is none'],
    ['* * * FRI *', ': its month is none'],
    ['5-1 * * * *', ': its minute is none'],
    ['1-2-3 * * * *', ': its minute is none'],
    ['5/2 * * * *', ': its minute is none'],
    ['*/0 * * * *', ': its minute is none'],
    ['*/2/2 * * * *', ': its minute is none'],
    ['1, * * * *', ': its minute is none'],
    ['-1 * * * *', ': its minute is none'],
    ['* * L * *', ': its day of the month is none'],
    ['* * * * MON#1', ': its day of the week is none'],
    ['$(id) * * * *', ': its minute is none'],
  ])('rejects %j', (cron, reason) => {
    expect(refusals(capacity({ cron, min: 0 }))).toEqual([
      `environments/dev.ts: ${night}.cron ${cronRule}${reason}, got ${JSON.stringify(cron)}`,
    ]);
  });
});

describe('time zones', () => {
  test.each([
    'UTC',
    'Etc/UTC',
    'Europe/Berlin',
    'America/Argentina/Buenos_Aires',
    'America/Port-au-Prince',
    'Etc/GMT+9',
  ])('takes %s', (timezone) => {
    expect(refusals(capacity({ timezone, min: 0 }))).toEqual([]);
  });

  test.each(['', 'Berlin', 'europe/berlin', '+01:00', 'Europe/Berlin ', 'Mars/Olympus', 'Europe/'])(
    'rejects %j',
    (timezone) => {
      expect(refusals(capacity({ timezone, min: 0 }))).toEqual([
        `environments/dev.ts: ${night}.timezone ${zoneRule}, got ${JSON.stringify(timezone)}`,
      ]);
    },
  );
});

const schedules: Case[] = [
  [
    'one that sets nothing',
    capacity({}),
    `${night} must set at least one of min, max and desired, got {"cron":"0 20 * * *"}`,
  ],
  [
    'min above its max',
    capacity({ min: 3, max: 2 }),
    `${night}.min must not exceed capacity.schedules.night.max (2), got 3`,
  ],
  ['min above the group’s max', capacity({ min: 5 }), `${night}.min must not exceed capacity.max (4), got 5`],
  [
    'max below the group’s min',
    capacity({ max: 0 }),
    `${night}.max must not be below capacity.min (1), got 0`,
  ],
  [
    'desired above its max',
    capacity({ max: 2, desired: 3 }),
    `${night}.desired must not exceed capacity.schedules.night.max (2), got 3`,
  ],
  [
    'desired above the group’s max',
    capacity({ desired: 9 }),
    `${night}.desired must not exceed capacity.max (4), got 9`,
  ],
  [
    'desired below its min',
    capacity({ min: 2, desired: 1 }),
    `${night}.desired must not be below capacity.schedules.night.min (2), got 1`,
  ],
  [
    'desired below the group’s min',
    capacity({ desired: 0 }),
    `${night}.desired must not be below capacity.min (1), got 0`,
  ],
  [
    'one without a time',
    putFleet('capacity', { min: 1, max: 2, schedules: { night: { min: 0 } } }),
    `${night}.cron is required, got undefined`,
  ],
  [
    'a name that is none',
    putFleet('capacity', { min: 1, max: 2, schedules: { 'At Night': { cron: '0 20 * * *', min: 0 } } }),
    `${fleet}.capacity.schedules.At Night is a name that must start with a letter and have only lower-case letters, digits and hyphens, got "At Night"`,
  ],
];
rejects('schedules', schedules);

const dayAndNight = (evening: Partial<Schedule>, morning: Partial<Schedule>) => ({
  min: 0,
  max: 8,
  schedules: { evening: { cron: '0 20 * * *', ...evening }, morning: { cron: '0 6 * * *', ...morning } },
});

rejects('schedules that meet what another one has set', [
  [
    'a minimum above its maximum',
    putFleet('capacity', dayAndNight({ min: 0, max: 2 }, { min: 5 })),
    `${fleet}.capacity.schedules.morning.min must not exceed capacity.schedules.evening.max (2), got 5`,
  ],
  [
    'a maximum below its minimum',
    putFleet('capacity', dayAndNight({ min: 3, max: 8 }, { max: 2 })),
    `${fleet}.capacity.schedules.morning.max must not be below capacity.schedules.evening.min (3), got 2`,
  ],
]);

test('takes schedules that each set what they need', () => {
  expect(refusals(putFleet('capacity', dayAndNight({ min: 0, max: 2 }, { min: 5, max: 8 })))).toEqual([]);
});

const off = { cron: '0 20 * * *', min: 0, max: 0 };
const jobs = (fields: Fleet, headroomJobs = 0) =>
  withFleet({ scaling: { type: 'jobs', headroomJobs }, ...fields });
const headroom = `${fleet}.scaling.headroomJobs must be at least 1 where the group may have no instance: at zero nobody asks GitLab for jobs (a schedule with max 0 turns a group off), got 0`;

rejects('a group that would stay at zero', [
  ['without a minimum', jobs({ capacity: { min: 0, max: 4 } }), headroom],
  [
    'without a minimum at times',
    jobs({ capacity: { min: 1, max: 4, schedules: { night: { cron: '0 20 * * *', min: 0 } } } }),
    headroom,
  ],
  [
    'after a schedule that turned it off, and one that sets only a maximum',
    jobs({
      capacity: {
        min: 1,
        max: 4,
        schedules: { night: off, morning: { cron: '0 6 * * *', max: 4 } },
      },
    }),
    headroom,
  ],
]);

test.each<[string, EnvironmentInput]>([
  ['a minimum without headroom', jobs({ capacity: { min: 1, max: 4 } })],
  ['headroom without a minimum', jobs({ capacity: { min: 0, max: 4 } }, 1)],
  ['a group that a schedule turns off', jobs({ capacity: { min: 1, max: 4, schedules: { night: off } } })],
  ['a group that is off', jobs({ capacity: { min: 0, max: 0 } })],
])('takes %s', (_, input) => {
  expect(refusals(input)).toEqual([]);
});

const template = (fields: object) => putFleet('launch', { type: 'template', ...fields });
const types = `${fleet}.launch.instanceTypes`;

rejects('instance types', [
  [
    'of two instruction sets',
    template({ instanceTypes: ['m6i.large', 'm7g.large', 'm5.large'] }),
    `${types}[1] must be an x86_64 instance type, as the image is, got "m7g.large"`,
  ],
  [
    'twice',
    template({ instanceTypes: ['m5.large', 'm5.large'] }),
    `${types}[1] must not repeat element [0], got "m5.large"`,
  ],
  [
    'that EC2 has not as spot instances',
    template({ instanceTypes: ['m5.large', 'u-6tb1.metal'], spot: {} }),
    `${types}[1] must be a type that EC2 has as spot instance, got "u-6tb1.metal"`,
  ],
  ['none', template({ instanceTypes: [] }), `${types} must not be an empty list, got []`],
  [
    'spot with a launch configuration',
    putFleet('launch', { type: 'configuration', spot: {} }),
    `${fleet}.launch.spot is not a known key, got {}`,
  ],
  [
    'an allocation strategy that is none',
    template({ spot: { allocationStrategy: 'cheapest' } }),
    `${fleet}.launch.spot.allocationStrategy must be one of price-capacity-optimized, capacity-optimized, capacity-optimized-prioritized, lowest-price, got "cheapest"`,
  ],
]);

test('rejects more instance types than a group takes', () => {
  const many = Array.from({ length: 41 }, (_, index) => `m6i.${index + 2}xlarge`);
  expect(refusals(template({ instanceTypes: many })).join()).toContain(
    `${types} must have at most 40 elements`,
  );
});

test.each([
  ['concurrent', { concurrent: 4 }, 4],
  ['what limits leave of it', { concurrent: 8, runners: { a: { limit: 2 }, b: { limit: 1 } } }, 3],
  ['all of it where a runner has no limit', { concurrent: 8, runners: { a: { limit: 0 } } }, 8],
])('an instance takes as many jobs as %s', (_, fields, expected) => {
  expect(fleetOf(withFleet(fields)).jobsPerInstance).toBe(expected);
});

test('the role and the log group of a scaling function take names that no other fleet can have', () => {
  const input = withFleet({ scaling: { type: 'jobs' } });
  const other = { type: 'autoscaling-group' as const, capacity: { min: 0, max: 1 } };
  const made = 'which fleets.linux makes already, got "linux-scaling"';
  expect(refusals({ ...input, fleets: { ...input.fleets, 'linux-scaling': other } })).toEqual([
    `environments/dev.ts: fleets.linux-scaling makes the IAM role name acme-dev-linux-scaling, ${made}`,
    `environments/dev.ts: fleets.linux-scaling makes the log group name acme-dev-linux-scaling, ${made}`,
  ]);
});

test('rejects the port of SSH for metrics', () => {
  expect(refusals(withFleet({ metrics: { port: 22 } }))).toEqual([
    `environments/dev.ts: ${fleet}.metrics.port must not be 22, where the machine has SSH, got 22`,
  ]);
});
