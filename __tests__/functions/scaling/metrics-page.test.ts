import { loadOf } from '../../../src/functions/scaling/metrics-page';
import { busyPage, idlePage } from './metrics-servers';

/** What is read from the metrics page of a real gitlab-runner 19.3, and what is refused. */

/** A page with other lines instead of those of a metric. */
const withLines = (page: string, name: string, ...lines: readonly string[]): string => {
  const kept = page.split('\n').filter((line) => !new RegExp(`^${name}[{ ]`).test(line));
  if (kept.length === page.split('\n').length) throw new Error(`the page has no ${name}`);
  return [...lines, ...kept].join('\n');
};

/** The page up to and with the first line that begins so. */
const cutAfter = (page: string, start: string): string => {
  const from = page.indexOf(`\n${start}`);
  if (from < 0) throw new Error(`the page has no ${start}`);
  return page.slice(0, page.indexOf('\n', from + 1) + 1);
};

const runnerLabels = 'runner="aaaaaaaaa",runner_name="fleet-a",system_id="s_0123456789ab"';

describe('a page of gitlab-runner', () => {
  test('without a job says so for each of its runners', () => {
    expect(loadOf(idlePage)).toEqual({
      capacity: 4,
      takesJobs: true,
      runners: [
        { runner: 'aaaaaaaaa', jobs: 0, limit: 3, received: 0, queueSize: undefined },
        { runner: 'bbbbbbbbb', jobs: 0, limit: 0, received: 0, queueSize: undefined },
      ],
    });
  });

  test('with jobs has their sum, and the queue that the last one came from', () => {
    const { runners } = loadOf(busyPage);
    expect(runners).toEqual([
      { runner: 'aaaaaaaaa', jobs: 2, limit: 3, received: 2, queueSize: 2 },
      { runner: 'bbbbbbbbb', jobs: 0, limit: 0, received: 0, queueSize: undefined },
    ]);
  });

  test('adds up the jobs of all stages', () => {
    const lines = ['prepare', 'step_script', 'after_script'].map(
      (stage, index) => `gitlab_runner_jobs{${runnerLabels},stage="${stage}"} ${index + 1}`,
    );
    expect(loadOf(withLines(busyPage, 'gitlab_runner_jobs', ...lines)).runners[0]?.jobs).toBe(6);
  });

  test('of a process that stops takes no jobs, and still has those that run', () => {
    const stopping = busyPage.replace(
      'state_info{state="running"} 1',
      'state_info{state="graceful-shutdown"} 1',
    );
    const { takesJobs, runners } = loadOf(stopping);
    expect(takesJobs).toBe(false);
    expect(runners[0]?.jobs).toBe(2);
  });

  test('may name every state with 0 or 1: the one that holds counts', () => {
    const states = ['running', 'graceful-shutdown'];
    const lines = (present: string) =>
      states.map(
        (state) => `gitlab_runner_process_state_info{state="${state}"} ${state === present ? 1 : 0}`,
      );
    const name = 'gitlab_runner_process_state_info';
    expect(loadOf(withLines(idlePage, name, ...lines('running'))).takesJobs).toBe(true);
    expect(loadOf(withLines(idlePage, name, ...lines('graceful-shutdown'))).takesJobs).toBe(false);
  });

  test('of an older version, which names no state, takes jobs', () => {
    expect(loadOf(withLines(idlePage, 'gitlab_runner_process_state_info')).takesJobs).toBe(true);
  });

  test('before the first poll for jobs has the runners of its configuration', () => {
    const early = withLines(withLines(idlePage, 'gitlab_runner_jobs'), 'gitlab_runner_jobs_total');
    expect(loadOf(early).runners.map(({ runner, jobs, received }) => [runner, jobs, received])).toEqual([
      ['aaaaaaaaa', 0, 0],
      ['bbbbbbbbb', 0, 0],
    ]);
  });

  test('has no room for a runner that is no longer configured, but its jobs as long as they run', () => {
    const limit = `gitlab_runner_limit{${runnerLabels.replaceAll('aaaaaaaaa', 'bbbbbbbbb')}} 0`;
    expect(loadOf(withLines(busyPage, 'gitlab_runner_limit', limit)).runners).toContainEqual({
      runner: 'aaaaaaaaa',
      jobs: 2,
      limit: 2,
      received: 2,
      queueSize: 2,
    });
    expect(
      loadOf(withLines(idlePage, 'gitlab_runner_limit', limit)).runners.map(({ runner }) => runner),
    ).toEqual(['bbbbbbbbb']);
  });

  test('adds up two entries of one token; without a limit if one has none', () => {
    const limits = (...values: readonly number[]) =>
      values.map((value, index) => `gitlab_runner_limit{runner="aaaaaaaaa",runner_name="${index}"} ${value}`);
    const limitOf = (...values: readonly number[]) =>
      loadOf(withLines(idlePage, 'gitlab_runner_limit', ...limits(...values))).runners[0]?.limit;
    expect([limitOf(2, 3), limitOf(2, 0)]).toEqual([5, 0]);
  });

  test('with two queues of one token has the longer one', () => {
    const lines = [2, 5, 3].map(
      (size, index) => `gitlab_runner_job_queue_size{runner="aaaaaaaaa",runner_name="${index}"} ${size}`,
    );
    expect(loadOf(withLines(busyPage, 'gitlab_runner_job_queue_size', ...lines)).runners[0]?.queueSize).toBe(
      5,
    );
  });

  test('may write numbers with an exponent, and a time after them', () => {
    const line = `gitlab_runner_jobs_total{${runnerLabels}} 1.5e+06 1795231647690`;
    expect(loadOf(withLines(busyPage, 'gitlab_runner_jobs_total', line)).runners[0]?.received).toBe(
      1_500_000,
    );
  });
});

describe('a label', () => {
  const jobsOf = (name: string) =>
    loadOf(
      withLines(
        busyPage,
        'gitlab_runner_jobs',
        `gitlab_runner_jobs{runner_name="${name}",runner="aaaaaaaaa",state="running"} 2`,
      ),
    ).runners[0]?.jobs;

  test.each([
    ['a brace and a number', 'a} 0'],
    ['another label', String.raw`\",runner=\"x\",y=\"`],
    ['a line of its own', String.raw`\ngitlab_runner_jobs{runner=\"aaaaaaaaa\"} 0\n`],
    ['a backslash before its end', String.raw`a\\`],
    ['commas and equals', 'a,b="'.replace('"', String.raw`\"`)],
    ['another alphabet', 'бегун 🏃'],
    ['nothing', ''],
  ])('with %s is only a label', (_, name) => {
    expect(jobsOf(name)).toBe(2);
  });

  test('is told as it was before it was escaped', () => {
    const load = loadOf(idlePage.replaceAll('aaaaaaaaa', String.raw`a\\n\"\nb`));
    expect(load.runners.map(({ runner }) => runner)).toEqual(['a\\n"\nb', 'bbbbbbbbb']);
  });

  test('may be a name that objects have', () => {
    const load = loadOf(idlePage.replaceAll('aaaaaaaaa', '__proto__').replaceAll('bbbbbbbbb', 'constructor'));
    expect(load.runners.map(({ runner }) => runner)).toEqual(['__proto__', 'constructor']);
  });

  test('of a megabyte is read in no time', () => {
    const started = performance.now();
    expect(jobsOf(String.raw`\\\"{},=`.repeat(125_000))).toBe(2);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test('that never ends is refused in no time', () => {
    const started = performance.now();
    expect(() => jobsOf(`${String.raw`\"a=`.repeat(250_000)}\\x`)).toThrow("that can't be read");
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('no page of gitlab-runner, and no answer of an idle instance, is', () => {
  test.each([
    ['nothing', '', 'empty or cut off'],
    ['an empty line', '\n', 'gitlab_runner_concurrent'],
    [
      'HTML',
      '<!doctype html><html><body>gitlab_runner_concurrent 4</body></html>\n',
      'gitlab_runner_concurrent',
    ],
    [
      'a page of another program',
      withLines(idlePage, 'gitlab_runner_concurrent'),
      'gitlab_runner_concurrent',
    ],
    ['a page that says it twice', `gitlab_runner_concurrent 9\n${idlePage}`, 'gitlab_runner_concurrent'],
    ['two pages in one', idlePage + busyPage, 'gitlab_runner_concurrent'],
    ['one cut off in a line', busyPage.slice(0, -7), 'empty or cut off'],
    ['one cut off before the jobs', cutAfter(busyPage, 'gitlab_runner_errors_total'), 'version_info'],
    ['one cut off between the jobs', cutAfter(busyPage, 'gitlab_runner_jobs{'), 'version_info'],
    ['one cut off after the jobs', cutAfter(busyPage, 'gitlab_runner_limit{'), 'version_info'],
  ])('%s', (_, text, reason) => {
    expect(() => loadOf(text)).toThrow(reason);
  });

  test.each([
    ['a negative number', 'gitlab_runner_concurrent -1'],
    ['no number', 'gitlab_runner_concurrent NaN'],
    ['infinity', 'gitlab_runner_concurrent +Inf'],
    ['words', 'gitlab_runner_concurrent four'],
    ['no value', 'gitlab_runner_concurrent'],
    ['a number of another base', 'gitlab_runner_concurrent 0x4'],
    ['two values', 'gitlab_runner_concurrent 4 4 4'],
    ['labels without quotes', 'gitlab_runner_concurrent{a=b} 4'],
    ['labels that do not end', 'gitlab_runner_concurrent{a="b" 4'],
    ['labels without a comma', 'gitlab_runner_concurrent{a="b"c="d"} 4'],
    ['an unknown escape', String.raw`gitlab_runner_concurrent{a="\x"} 4`],
  ])('one with %s', (_, line) => {
    expect(() => loadOf(withLines(idlePage, 'gitlab_runner_concurrent', line))).toThrow(
      "a line of gitlab_runner_concurrent that can't be read",
    );
  });

  test('one with jobs of nobody', () => {
    const anonymous = withLines(busyPage, 'gitlab_runner_jobs', 'gitlab_runner_jobs{state="running"} 2');
    expect(() => loadOf(anonymous)).toThrow('a line of gitlab_runner_jobs without a runner');
  });

  test('told with the token in it', () => {
    const broken = busyPage.replace(
      'gitlab_runner_limit{runner="aaaaaaaaa"',
      'gitlab_runner_limit{runner=aaaaaaaaa',
    );
    expect(() => loadOf(broken)).toThrow(/^(?!.*aaaaaaaaa)/);
  });
});
