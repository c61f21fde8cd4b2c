import { change, type Changes } from '../../../src/functions/scaling/changes';
import type { Decision, Load } from '../../../src/functions/scaling/tick';
import { member, PlayedGroup, refusal } from './played-group';

/** What is done of a decision: only what is still right when it is done. */

const seen = { min: 1, max: 9, desired: 4 };
const ids = ['i-1', 'i-2', 'i-3', 'i-4'];

const load = (jobs: number): Load => ({
  capacity: 4,
  takesJobs: true,
  runners: [{ runner: 'a', jobs, limit: 0, received: 0, queueSize: undefined }],
});

const decision = (desired: number, ...terminate: readonly string[]): Decision => ({
  desired,
  terminate,
  metrics: {
    Jobs: 0,
    WaitingJobs: 0,
    Utilization: 0,
    DesiredInstances: desired,
    InServiceInstances: 4,
    IdleInstances: 4,
    DrainingInstances: 0,
    ScrapeFailures: 0,
  },
  memory: { idleSince: {}, received: {}, waiting: {} },
  reason: 'for a test',
});

describe('a decision', () => {
  let group: PlayedGroup;
  const loads = new Map<string, Load | Error>();
  beforeEach(() => {
    group = new PlayedGroup({ size: seen, members: ids.map((id) => member(id)) });
    for (const id of ids) loads.set(id, load(0));
  });

  const ask = async (id: string): Promise<Load> => {
    await Promise.resolve();
    const answer = loads.get(id) ?? new Error('unknown');
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const apply = (wanted: Decision, hasTime = () => true): Promise<Changes> =>
    change(wanted, seen, { group, ask, hasTime });
  const writes = () => group.calls.filter((call) => call !== 'read');
  const done = { ended: [], undone: [] };

  test('that changes nothing calls nothing', async () => {
    await expect(apply(decision(4))).resolves.toEqual(done);
    expect(group.calls).toEqual([]);
  });

  test('to grow sets the size', async () => {
    await expect(apply(decision(7))).resolves.toEqual(done);
    expect(writes()).toEqual(['resize 7']);
  });

  test('to grow takes nothing back from who wanted more in the meantime', async () => {
    group.beforeRead.set(1, () => group.setSize({ desired: 8 }));
    await expect(apply(decision(7))).resolves.toEqual({
      ended: [],
      undone: ['size 7: the group has changed since it was read'],
    });
    expect(writes()).toEqual([]);
  });

  test('to grow changes nothing twice when two ticks make it at once', async () => {
    await Promise.all([apply(decision(7)), apply(decision(7))]);
    await apply(decision(7));
    expect(new Set(writes())).toEqual(new Set(['resize 7']));
    expect(group.state?.size.desired).toBe(7);
  });

  test('to end idle instances ends each by its id, after a last look at the group and at the instance', async () => {
    await expect(apply(decision(2, 'i-1', 'i-3'))).resolves.toEqual({ ended: ['i-1', 'i-3'], undone: [] });
    expect(group.calls).toEqual(['read', 'end i-1', 'read', 'end i-3']);
    expect(group.state?.size.desired).toBe(2);
  });

  test.each([
    ['one that has a job by now', () => loads.set('i-1', load(1)), 'it has a job by now'],
    ['one that cannot be asked', () => loads.set('i-1', new Error('no')), 'it could not be asked once more'],
    [
      'one that is drained',
      () => group.setMember('i-1', { state: 'draining' }),
      'it is no longer in service',
    ],
    ['one on standby', () => group.setMember('i-1', { state: 'standby' }), 'it is no longer in service'],
    ['one that is gone', () => group.setMember('i-1', { id: 'i-9' }), 'it is no longer in service'],
    ['a protected one', () => group.setMember('i-1', { isProtected: true }), 'it is protected from scale-in'],
  ])('to end spares %s, and ends the next', async (_, happens, reason) => {
    happens();
    await expect(apply(decision(2, 'i-1', 'i-2'))).resolves.toEqual({
      ended: ['i-2'],
      undone: [`i-1: ${reason}`],
    });
    expect(writes()).toEqual(['end i-2']);
  });

  test.each([
    ['grew', 5],
    ['shrank', 3],
  ])('to end ends nobody in a group that %s in the meantime', async (_, desired) => {
    group.setSize({ desired });
    const { ended } = await apply(decision(2, 'i-1', 'i-2'));
    expect(ended).toEqual([]);
    expect(writes()).toEqual([]);
  });

  test('to end stops where somebody else changes the group between two ends', async () => {
    group.beforeRead.set(2, () => group.setSize({ desired: 9 }));
    const { ended, undone } = await apply(decision(1, 'i-1', 'i-2', 'i-3'));
    expect(ended).toEqual(['i-1']);
    expect(undone).toEqual(['i-2', 'i-3'].map((id) => `${id}: the group has changed since it was read`));
  });

  test('to end shrinks once when two ticks make it at once', async () => {
    const both = await Promise.all([apply(decision(2, 'i-1', 'i-2')), apply(decision(2, 'i-1', 'i-2'))]);
    expect(both.flatMap(({ ended }) => ended).sort()).toEqual(['i-1', 'i-2']);
    expect(group.state?.size.desired).toBe(2);
  });

  test('to end stops when time is up', async () => {
    const { ended, undone } = await apply(decision(2, 'i-1', 'i-2'), () => writes().length === 0);
    expect([ended, undone]).toEqual([['i-1'], ['i-2: there was no time left']]);
  });

  test('to do with fewer that AWS has not launched yet lowers the size', async () => {
    group = new PlayedGroup({ size: seen, members: [member('i-1'), member('i-2', { state: 'launching' })] });
    await apply(decision(2));
    expect(writes()).toEqual(['resize 2']);
  });

  test('to do with fewer does not once AWS has launched them: it would choose whom to end', async () => {
    const { undone } = await apply(decision(3));
    expect(undone).toEqual(['size 3: the group has changed since it was read']);
    expect(writes()).toEqual([]);
  });

  test('to do with fewer does not while more are launching than it thought', async () => {
    const members = ['i-1', 'i-2', 'i-3'].map((id) => member(id, { state: 'launching' }));
    group = new PlayedGroup({ size: seen, members });
    await apply(decision(2));
    expect(writes()).toEqual([]);
  });

  test.each([3, 5])('to do with fewer does not once others want %d', async (desired) => {
    group = new PlayedGroup({ size: { ...seen, desired }, members: [member('i-1')] });
    await apply(decision(2));
    expect(writes()).toEqual([]);
  });

  test('to do with fewer and to end one does both, in this order', async () => {
    group = new PlayedGroup({ size: seen, members: ['i-1', 'i-2'].map((id) => member(id)) });
    await expect(apply(decision(1, 'i-1'))).resolves.toEqual({ ended: ['i-1'], undone: [] });
    expect(writes()).toEqual(['resize 2', 'end i-1']);
  });

  test.each([
    'Throttling',
    'ThrottlingException',
    'RequestLimitExceeded',
    'ScalingActivityInProgressFault',
    'ResourceContentionFault',
    'ValidationError',
  ])('that AWS refuses with %s is told and no error', async (name) => {
    group.failures.set('resize 7', refusal(name));
    group.failures.set('end i-1', refusal(name));
    await expect(apply(decision(7))).resolves.toEqual({ ended: [], undone: [`size 7: ${name}: not now`] });
    await expect(apply(decision(2, 'i-1', 'i-2'))).resolves.toEqual({
      ended: ['i-2'],
      undone: [`i-1: ${name}: not now`],
    });
  });

  test('that the role does not allow is an error', async () => {
    group.failures.set('resize 7', refusal('AccessDenied'));
    await expect(apply(decision(7))).rejects.toThrow('not now');
  });

  test('changes nothing in a group that is gone', async () => {
    group.state = undefined;
    await apply(decision(7));
    await apply(decision(2, 'i-1', 'i-2'));
    expect(writes()).toEqual([]);
  });

  test('changes nothing where the group can no longer be read', async () => {
    group.failures.set('read', new Error('no answer'));
    await expect(apply(decision(7))).rejects.toThrow('no answer');
    await expect(apply(decision(2, 'i-1'))).rejects.toThrow('no answer');
    expect(writes()).toEqual([]);
  });
});
