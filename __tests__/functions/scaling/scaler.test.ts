import { askAll } from '../../../src/functions/scaling/asking';
import { newScaler } from '../../../src/functions/scaling/scaler';
import type { ScalingMetrics } from '../../../src/functions/scaling/tick';
import { busyPage, fullPage, idlePage, MetricsServers, page } from './metrics-servers';
import { member, PlayedGroup, refusal } from './played-group';

/** One tick of the function with the real decision and real metrics pages on loopback; only AWS is played. */

const settings = {
  groupName: 'acme-dev-linux',
  metricsPort: 9252,
  namespace: 'GitLabRunner',
  headroomJobs: 0,
  idleTimeSeconds: 60,
  capacityPerInstance: 4,
};

const day = 86_400_000;

type Line = Readonly<Record<string, unknown>>;

describe('a tick', () => {
  const servers = new MetricsServers();
  const lines: Line[] = [];
  const published: ScalingMetrics[] = [];
  let nowMs = 0;
  let publishing: Error | undefined;
  beforeEach(() => {
    [nowMs, publishing] = [1_800_000_000_000, undefined];
    [lines, published].forEach((list) => list.splice(0));
  });
  afterEach(() => servers.stop());

  /** Instances `i-0` and so on in service with these pages; an unknown address for `undefined`. */
  const groupOf = async (...pages: readonly (string | undefined)[]) => {
    const addresses = new Map<string, string>();
    for (const [index, text] of pages.entries())
      if (text !== undefined) addresses.set(`i-${index}`, await servers.start(page(text)));
    const members = pages.map((_, index) => member(`i-${index}`));
    const size = { min: 1, max: 9, desired: pages.length };
    return { group: new PlayedGroup({ size, members }), addresses };
  };

  /** A new process for a group. */
  const processFor = ({ group, addresses }: Awaited<ReturnType<typeof groupOf>>) =>
    newScaler({
      settings: { ...settings, metricsPort: servers.port },
      group,
      addresses: () => Promise.resolve(addresses),
      publish: (metrics) => {
        group.calls.push('publish');
        published.push(metrics);
        return publishing === undefined ? Promise.resolve() : Promise.reject(publishing);
      },
      log: (line) => lines.push(line as Line),
      nowMs: () => nowMs,
      limits: { timeoutMs: 500, maxBytes: 1_000_000 },
    });

  const writes = (group: PlayedGroup) => group.calls.filter((call) => /^(resize|end)/.test(call));

  test('makes room where all is full, before it publishes', async () => {
    const estate = await groupOf(fullPage, fullPage);
    await processFor(estate)();
    expect(estate.group.state?.size.desired).toBeGreaterThan(2);
    expect(estate.group.calls).toEqual(['read', 'read', expect.stringMatching(/^resize /), 'publish']);
    expect(published).toMatchObject([{ Jobs: 4, Utilization: 100, InServiceInstances: 2, IdleInstances: 0 }]);
  });

  test('ends idle instances after their time, and never one with a job', async () => {
    const estate = await groupOf(idlePage, busyPage, idlePage);
    const tick = processFor(estate);
    await tick();
    expect(writes(estate.group)).toEqual([]);
    for (let days = 0; days < 3; days += 1) {
      nowMs += day;
      await tick();
    }
    expect(writes(estate.group).sort()).toEqual(['end i-0', 'end i-2']);
    expect(estate.group.state?.size.desired).toBe(1);
  });

  test('in a new process ends nothing: it does not know for how long anybody has been idle', async () => {
    const estate = await groupOf(idlePage, idlePage, idlePage);
    for (let days = 0; days < 3; days += 1) {
      nowMs += day;
      await processFor(estate)();
    }
    expect(writes(estate.group)).toEqual([]);
    expect(published).toHaveLength(3);
  });

  test.each([
    ['HTML', '<html></html>\n'],
    ['a page that is cut off', idlePage.slice(0, idlePage.indexOf('gitlab_runner_jobs{'))],
    ['nothing', ''],
    ['no address', undefined],
  ])('takes an instance with %s for unknown, never for idle', async (_, text) => {
    const estate = await groupOf(busyPage, text);
    const tick = processFor(estate);
    for (let days = 0; days < 3; days += 1) {
      nowMs += day;
      await tick();
    }
    expect(writes(estate.group).filter((call) => call.startsWith('end'))).toEqual([]);
    expect(published[2]).toMatchObject({ Jobs: 2, ScrapeFailures: 1, IdleInstances: 0 });
    expect(lines[2]).toMatchObject({ unanswered: [expect.stringMatching(/^i-1: the (page|instance) /)] });
  });

  test('takes an instance that refuses the connection for one without gitlab-runner, and makes up for it', async () => {
    const estate = await groupOf(busyPage, undefined);
    estate.addresses.set('i-1', '127.0.0.99');
    await processFor(estate)();
    expect(published[0]).toMatchObject({ ScrapeFailures: 0, IdleInstances: 0 });
    expect(lines[0]).toMatchObject({ unanswered: [] });
    expect(writes(estate.group).filter((call) => call.startsWith('end'))).toEqual([]);
  });

  test('asks draining instances for their jobs, and neither launching ones nor those set aside', async () => {
    const states = ['in-service', 'draining', 'launching', 'standby'] as const;
    const asked: string[] = [];
    const addresses = new Map<string, string>();
    for (const state of states)
      addresses.set(
        state,
        await servers.start((_, response) => response.end(busyPage, () => asked.push(state))),
      );
    const members = states.map((state) => member(state, { state }));
    const group = new PlayedGroup({ size: { min: 1, max: 9, desired: 2 }, members });
    await processFor({ group, addresses })();
    expect(asked.sort()).toEqual(['draining', 'in-service']);
    expect(published).toMatchObject([{ InServiceInstances: 1, DrainingInstances: 1, ScrapeFailures: 0 }]);
  });

  test('says in one line why, and what it came from, without any runner', async () => {
    const estate = await groupOf(busyPage, undefined);
    await processFor(estate)();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      group: 'acme-dev-linux',
      reason: expect.stringMatching(/^2 jobs run .*\.?$/) as string,
      min: 1,
      max: 9,
      size: 2,
      ...published[0],
      ended: [],
      unanswered: ['i-1: the instance has no private address'],
    });
    expect(JSON.stringify(lines)).not.toMatch(/aaaaaaaaa|bbbbbbbbb|fleet-a/);
  });

  test('names a few of thousands that do not answer', async () => {
    const estate = await groupOf(...Array.from({ length: 3000 }, () => undefined));
    await processFor(estate)();
    expect(published).toMatchObject([{ ScrapeFailures: 3000 }]);
    expect(JSON.stringify(lines).length).toBeLessThan(2000);
  });

  test('in a group that is gone does nothing but say so', async () => {
    const estate = await groupOf(busyPage);
    estate.group.state = undefined;
    await processFor(estate)();
    expect(estate.group.calls).toEqual(['read']);
    expect(lines).toEqual([{ group: 'acme-dev-linux', reason: 'there is no such group' }]);
  });

  test('that is refused a change says so, and still publishes', async () => {
    const estate = await groupOf(fullPage);
    for (let size = 0; size < 10; size += 1)
      estate.group.failures.set(`resize ${size}`, refusal('ScalingActivityInProgressFault'));
    await processFor(estate)();
    expect(estate.group.state?.size.desired).toBe(1);
    expect(lines).toMatchObject([
      { undone: [expect.stringMatching(/^size \d: ScalingActivityInProgressFault/)] },
    ]);
    expect(published).toHaveLength(1);
  });

  test('whose metrics are throttled says so', async () => {
    publishing = refusal('ThrottlingException');
    await processFor(await groupOf(busyPage))();
    expect(lines).toMatchObject([{ unpublished: 'ThrottlingException: not now' }]);
  });

  test('that may not publish fails, after the group has its size', async () => {
    publishing = refusal('AccessDenied');
    const estate = await groupOf(fullPage);
    await expect(processFor(estate)()).rejects.toThrow('not now');
    expect(estate.group.state?.size.desired).toBeGreaterThan(1);
  });

  test('that cannot read the group, or its addresses, fails and changes nothing', async () => {
    const estate = await groupOf(fullPage);
    estate.group.failures.set('read', new Error('no answer'));
    await expect(processFor(estate)()).rejects.toThrow('no answer');
    estate.group.failures.clear();
    const addressless = newScaler({
      settings,
      group: estate.group,
      addresses: () => Promise.reject(new Error('no addresses')),
      publish: () => Promise.resolve(),
      log: () => undefined,
      nowMs: () => nowMs,
    });
    await expect(addressless()).rejects.toThrow('no addresses');
    expect(writes(estate.group)).toEqual([]);
  });

  test('asks no more when its time is up, and takes the rest for unknown', async () => {
    const estate = await groupOf(idlePage, idlePage);
    const { addresses } = estate;
    const slow = new Map(addresses);
    slow.get = (id) => {
      nowMs += 20_000;
      return addresses.get(id);
    };
    const members = Array.from({ length: 500 }, (_, index) => member(`i-${index}`));
    estate.group.state = { size: { min: 1, max: 500, desired: 500 }, members };
    await processFor({ ...estate, addresses: slow })();
    expect(published).toMatchObject([{ ScrapeFailures: 499 }]);
    expect(lines).toMatchObject([
      { unanswered: expect.arrayContaining(['i-1: there was no time left to ask']) as [] },
    ]);
  });
});

test('instances are asked side by side, and no more at a time than a process has connections for', async () => {
  let [open, most, asked] = [0, 0, 0];
  const ask = async () => {
    most = Math.max(most, (open += 1));
    await new Promise(setImmediate);
    [open, asked] = [open - 1, asked + 1];
    return { capacity: 1, takesJobs: true, runners: [] };
  };
  const ids = Array.from({ length: 2000 }, (_, index) => `i-${index}`);
  const answers = await askAll(ids, ask, { concurrency: 50, hasTime: () => true });
  expect([most, asked, answers.size]).toEqual([50, 2000, 2000]);
});
