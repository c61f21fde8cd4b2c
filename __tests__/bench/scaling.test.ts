import { execFile } from 'child_process';
import { join } from 'path';
import { promisify } from 'util';
import { clairvoyantHours } from '../../bench/scaling/clairvoyant';
import { scalingResults } from '../../bench/scaling/aims';
import type { Comparison, Figures } from '../../bench/scaling/comparison';
import { picture } from '../../bench/scaling/picture';
import { ours, sample } from '../../bench/scaling/scalers';
import { horizonOf, simulate, usualSetup, type Scaler } from '../../bench/scaling/simulation';
import { timeline } from '../../bench/scaling/timeline';
import { parseTrace, seededTraces, type Trace } from '../../bench/scaling/trace';
import { discardFolders, newFolder, REPOSITORY } from '../support/folders';

const atOnce = (count: number, duration: number, arrival = 0) =>
  Array.from({ length: count }, () => ({ arrival, duration }));

const traceOf = (jobs: Trace['jobs']): Trace => ({ name: 'test', jobs });

/** Settings without headroom, so that a hand can follow them. */
const exact = () => ours({ headroomJobs: 0, idleTimeSeconds: 60 });

describe('a trace of a user', () => {
  test('is read with comments, empty lines, any white space and any order', () => {
    const text = '# arrival duration\n\n60 30\n  0.5\t120  # the first\r\n';

    expect(parseTrace(text, 'jobs.txt').jobs).toEqual([
      { arrival: 0.5, duration: 120 },
      { arrival: 60, duration: 30 },
    ]);
  });

  test.each(['5', '5 x', '5 6 7', '-1 10', '5 0', '5 Infinity', '5,6', '0x10 NaN'])(
    'rejects the line %p with its number',
    (line) => {
      expect(() => parseTrace(`0 10\n${line}\n`, 'jobs.txt')).toThrow(/^jobs\.txt:2 must .* got /);
    },
  );

  test('rejects a file without jobs', () => {
    expect(() => parseTrace('# nothing\n', 'jobs.txt')).toThrow('jobs.txt has no job');
  });
});

describe('the seeded traces', () => {
  test('are the same in every run and others with another seed', () => {
    expect(seededTraces(1)).toEqual(seededTraces(1));
    expect(seededTraces(2)).not.toEqual(seededTraces(1));
  });

  test('are sorted by arrival and have jobs that last', () => {
    for (const { jobs } of seededTraces(1)) {
      expect(jobs.length).toBeGreaterThan(400);
      expect(jobs.every(({ duration }) => duration > 0 && Number.isFinite(duration))).toBe(true);
      expect(jobs.map(({ arrival }) => arrival)).toEqual(
        jobs.map(({ arrival }) => arrival).sort((one, other) => one - other),
      );
    }
  });
});

test('a timeline lets things happen by time, and what is planned for the same time in its order', () => {
  const { at, run, now } = timeline();
  const happened: string[] = [];
  at(5, () => happened.push(`third at ${now()}`));
  at(1, () => at(5, () => happened.push(`fourth at ${now()}`)));
  at(2, () => happened.push(`first at ${now()}`));
  at(2, () => happened.push(`second at ${now()}`));

  run();

  expect(happened).toEqual(['first at 2', 'second at 2', 'third at 5', 'fourth at 5']);
});

describe('a run that a hand can follow', () => {
  test('ours: eight jobs at once on one instance of four places', () => {
    // Four start at once, and the last of them sees four wait. At 60 s these and the headroom of 2 make two instances
    // more; one of them takes the four at 180 s. At 600 s the first four have ended, so that the instance that is still
    // idle was spare for 60 s, and is gone at 610 s. At 780 s all have ended: of two idle ones the first goes.
    const trace = traceOf(atOnce(8, 600));

    const { waits, finished, killed, instanceHours } = simulate(
      trace,
      usualSetup,
      ours({ headroomJobs: 2, idleTimeSeconds: 60 }),
    );

    expect(waits).toEqual([0, 0, 0, 0, 180, 180, 180, 180]);
    expect([finished, killed]).toEqual([8, 0]);
    expect(horizonOf(trace)).toBe(4200);
    expect(instanceHours * 3600).toBe(790 + (4200 - 60) + (610 - 60));
  });

  test('the sample: the same jobs, one instance a minute, and the oldest ended first', () => {
    // At 60 s it sees 4 jobs and wants (4 + 4) / 4 = 2, at 240 s 8 jobs and wants 3. At 600 s the first four have
    // ended: it wants 2, and the oldest is gone at 610 s. At 780 s the others have ended, but only at 900 s, 300 s
    // after the last change, may it shrink again: the next one is gone at 910 s.
    const trace = traceOf(atOnce(8, 600));

    const { waits, instanceHours } = simulate(trace, usualSetup, sample());

    expect(waits).toEqual([0, 0, 0, 0, 180, 180, 180, 180]);
    expect(instanceHours * 3600).toBe(610 + (910 - 60) + (4200 - 240));
  });

  test('the sample kills what its drain does not wait for', () => {
    const trace = traceOf([...atOnce(1, 10_000), ...atOnce(7, 300)]);

    const theirs = simulate(trace, usualSetup, sample());
    const our = simulate(trace, usualSetup, exact());

    expect([theirs.killed, theirs.finished]).toEqual([1, 7]);
    expect([our.killed, our.finished]).toEqual([0, 8]);
  });
});

describe('any run', () => {
  const scalers: [string, () => Scaler][] = [
    ['ours', () => ours({ headroomJobs: 2, idleTimeSeconds: 120 })],
    ['ours without headroom', exact],
    ['the sample', sample],
  ];
  const firstHours = (trace: Trace): Trace => ({ ...trace, jobs: trace.jobs.slice(0, 400) });

  describe.each(scalers)('%s', (name, scaler) => {
    test.each(seededTraces(7).map(firstHours))('loses no job of $name, and starts each once', (trace) => {
      const { waits, finished, killed } = simulate(trace, usualSetup, scaler());

      expect(finished + killed).toBe(trace.jobs.length);
      expect(waits.filter((wait) => !(wait >= 0))).toEqual([]);
      if (name !== 'the sample') expect(killed).toBe(0);
    });
  });

  test('has no fewer instance-hours than the jobs fill', () => {
    for (const trace of seededTraces(7).map(firstHours)) {
      const work = trace.jobs.reduce((total, { duration }) => total + duration, 0);
      const { instanceHours } = simulate(trace, usualSetup, ours({ headroomJobs: 2, idleTimeSeconds: 120 }));

      expect(instanceHours * 3600 * usualSetup.concurrency).toBeGreaterThan(work);
    }
  });

  test('comes out the same twice', () => {
    const [trace] = seededTraces(3).map(firstHours) as [Trace];

    expect(simulate(trace, usualSetup, exact())).toEqual(simulate(trace, usualSetup, exact()));
  });
});

describe('the clairvoyant bound', () => {
  const setup = { ...usualSetup, min: 0 };

  test('is the time of the jobs, a launch and a drain', () => {
    expect(clairvoyantHours(traceOf(atOnce(4, 1000)), setup) * 3600).toBe(1000 + 130);
    expect(clairvoyantHours(traceOf(atOnce(5, 1000)), setup) * 3600).toBe(2 * (1000 + 130));
  });

  test('keeps an instance through a gap that costs less than a launch and a drain', () => {
    const gap = (seconds: number) => traceOf([...atOnce(4, 1000), ...atOnce(4, 1000, 1000 + seconds)]);

    expect(clairvoyantHours(gap(100), setup) * 3600).toBe(2000 + 100 + 130);
    expect(clairvoyantHours(gap(500), setup) * 3600).toBe(2000 + 130 + 130);
  });

  test('counts the minimum from beginning to end', () => {
    expect(clairvoyantHours(traceOf(atOnce(1, 1000)), usualSetup) * 3600).toBe(4600);
  });
});

describe('what is printed', () => {
  const figures = (values: Partial<Figures>): Figures => ({
    waitingMedian: 2,
    waiting95: 40,
    waiting99: 90,
    instanceHours: 100,
    killed: 0,
    ...values,
  });
  const comparison = (values: Partial<Comparison>): Comparison => ({
    trace: 'office',
    jobs: 10,
    ours: figures({ waiting95: 4, instanceHours: 80 }),
    sample: figures({}),
    clairvoyantHours: 70,
    curve: [{ headroomJobs: 1, idleTimeSeconds: 60, figures: figures({}) }],
    ...values,
  });
  const missed = (values: Partial<Comparison>) =>
    scalingResults([comparison(values)])
      .filter(({ value, aim }) => aim !== undefined && value > aim)
      .map(({ name }) => name);

  test('aims are met or missed by their figure', () => {
    expect(missed({})).toEqual([]);
    expect(missed({ ours: figures({ waiting95: 6, instanceHours: 80 }) })).toEqual([
      'office: 95th percentile of waiting',
    ]);
    expect(
      missed({ ours: figures({ waiting95: 4, instanceHours: 94, killed: 1 }), clairvoyantHours: 60 }),
    ).toEqual([
      "office: instance-hours / the sample's",
      "office: instance-hours / the clairvoyant's",
      'office: jobs killed',
    ]);
  });

  test("a user's own trace has no aims", () => {
    expect(scalingResults([comparison({ trace: 'jobs.txt' })])).toEqual([]);
  });

  test('the picture has every point within it, and names of traces as text', () => {
    const svg = picture([comparison({ trace: 'a<b' })]);
    const places = [...svg.matchAll(/c([xy])="([^"]+)"/g)].map(
      ([, axis, place]) => [axis, Number(place)] as const,
    );
    const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg) as unknown as [string, string, string];

    expect(svg).toContain('a&#60;b, 10 jobs');
    expect(places.length).toBeGreaterThan(4);
    for (const [axis, place] of places) {
      expect(place).toBeGreaterThanOrEqual(0);
      expect(place).toBeLessThanOrEqual(Number(axis === 'x' ? width : height));
    }
  });
});

describe('the command', () => {
  afterEach(discardFolders);

  const bench = (...words: string[]) =>
    promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', join('bench', 'main.ts'), 'scaling', ...words],
      { cwd: REPOSITORY },
    );

  test('refuses a bad line with its number and exit code 1', async () => {
    const file = join(newFolder({ 'jobs.txt': '0 10\nnonsense\n' }), 'jobs.txt');

    const refused = bench('--trace', file);

    await expect(refused).rejects.toMatchObject({ code: 1, stdout: '' });
    await expect(refused).rejects.toThrow(
      `${file}:2 must be an arrival and a duration in seconds, got "nonsense"`,
    );
  });

  test('prints nothing but JSON to stdout with --json', async () => {
    const file = join(newFolder({ 'jobs.txt': '0 10\n5 400\n' }), 'jobs.txt');

    const { stdout, stderr } = await bench('--trace', file, '--json');

    expect(JSON.parse(stdout)).toMatchObject({ comparisons: [{ trace: file, jobs: 2 }], aims: [] });
    expect(stderr).toContain('scaling: ');
  });
});
