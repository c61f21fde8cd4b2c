import {
  DeleteAutoScalingGroupCommand,
  DeleteLifecycleHookCommand,
  DescribeLifecycleHooksCommand,
  PutLifecycleHookCommand,
} from '@aws-sdk/client-auto-scaling';
import { TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { type EmulatedGroups, HOOKS, startEmulatedGroups } from '../support/emulated-auto-scaling';
import { describeWith } from '../support/engines';

const hour = 3600;

describeWith(['moto'], 'lifecycle hooks of the emulated AWS', ({ moto }) => {
  let groups: EmulatedGroups;

  beforeAll(async () => {
    groups = await startEmulatedGroups(moto);
  });

  afterAll(() => groups.stop());

  const pass = (seconds: number) => groups.control('clock', { seconds });

  describe('hooks', () => {
    const described = async (AutoScalingGroupName: string) =>
      (await groups.autoScaling.send(new DescribeLifecycleHooksCommand({ AutoScalingGroupName })))
        .LifecycleHooks;

    const put = (group: string, settings: object) =>
      groups.autoScaling.send(
        new PutLifecycleHookCommand({
          AutoScalingGroupName: group,
          LifecycleHookName: 'drain',
          ...settings,
        }),
      );

    test('are described as they were given with the group, and nothing is made up', async () => {
      const group = await groups.hooked([]);
      expect(await described(group)).toEqual([
        {
          AutoScalingGroupName: group,
          LifecycleHookName: 'boot',
          LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
          HeartbeatTimeout: 3600,
          GlobalTimeout: 172800,
          DefaultResult: 'ABANDON',
        },
        expect.objectContaining({ LifecycleHookName: 'drain', DefaultResult: 'CONTINUE' }),
      ]);
    });

    test('keep what an update does not name, and last a hundred heartbeats', async () => {
      const group = await groups.hooked([]);
      await put(group, { HeartbeatTimeout: 60, NotificationMetadata: 'why' });
      await put(group, { HeartbeatTimeout: 90 });
      expect((await described(group))?.[1]).toMatchObject({
        LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
        DefaultResult: 'CONTINUE',
        NotificationMetadata: 'why',
        HeartbeatTimeout: 90,
        GlobalTimeout: 9000,
      });
    });

    test.each([
      ['a heartbeat beyond two hours', { HeartbeatTimeout: 7201 }],
      ['another transition', { LifecycleTransition: 'autoscaling:TEST_NOTIFICATION' }],
      ['another result', { DefaultResult: 'RETRY' }],
    ])('are refused with %s', async (_, settings) => {
      const group = await groups.create();
      await expect(put(group, settings)).rejects.toMatchObject({ name: 'ValidationError' });
      expect(await described(group)).toEqual([]);
    });

    test('are completed by the emulator at once where nobody else does', async () => {
      const group = await groups.hooked([], 2);
      expect(await groups.states(group)).toEqual(['InService', 'InService']);
      await groups.setDesired(group, 0);
      expect(await groups.states(group)).toEqual([]);
    });

    test('do not outlive a group that could not be created', async () => {
      const group = 'group-of-no-subnet';
      const settings = { AutoScalingGroupName: group, VPCZoneIdentifier: 'subnet-0123456789abcdeff' };
      await expect(
        groups.create({ ...settings, LifecycleHookSpecificationList: [...HOOKS] }),
      ).rejects.toThrow();
      await groups.create({ AutoScalingGroupName: group });
      expect(await described(group)).toEqual([]);
    });
  });

  describe('a launch with a hook', () => {
    test('waits until it is completed', async () => {
      const group = await groups.hooked(['launch']);
      expect(await groups.states(group)).toEqual(['Pending:Wait']);
      await groups.complete(group, 'boot', await groups.firstId(group));
      expect(await groups.states(group)).toEqual(['InService']);
    });

    test('is replaced when it is abandoned', async () => {
      const group = await groups.hooked(['launch']);
      const id = await groups.firstId(group);
      await groups.complete(group, 'boot', id, 'ABANDON');
      expect(await groups.states(group)).toEqual(['Pending:Wait']);
      expect(await groups.ids(group)).not.toContain(id);
    });

    test('is abandoned when its hook is deleted', async () => {
      const group = await groups.hooked(['launch']);
      const id = await groups.firstId(group);
      const hook = { AutoScalingGroupName: group, LifecycleHookName: 'boot' };
      await groups.autoScaling.send(new DeleteLifecycleHookCommand(hook));
      expect(await groups.states(group)).toEqual(['InService']);
      expect(await groups.ids(group)).not.toContain(id);
    });

    test('is abandoned after its time-out, as the hook’s default says', async () => {
      const group = await groups.hooked(['launch']);
      const id = await groups.firstId(group);
      await pass(hour - 60);
      expect(await groups.ids(group)).toEqual([id]);
      await pass(60);
      expect(await groups.ids(group)).toHaveLength(1);
      expect(await groups.ids(group)).not.toContain(id);
    });
  });

  describe('a termination with a hook', () => {
    const draining = async () => {
      const group = await groups.hooked(['termination']);
      const id = await groups.firstId(group);
      await groups.setDesired(group, 0);
      return { group, id };
    };

    test('waits, listed and running, until it is completed', async () => {
      const { group, id } = await draining();
      expect(await groups.states(group)).toEqual(['Terminating:Wait']);
      expect((await groups.machine(id))?.State?.Name).toBe('running');
      await groups.complete(group, 'drain', id);
      expect(await groups.ids(group)).toEqual([]);
      expect((await groups.machine(id))?.State?.Name).toBe('terminated');
    });

    test('goes on when no heartbeat comes in time', async () => {
      const { group, id } = await draining();
      await pass(hour - 60);
      await groups.heartbeat(group, 'drain', id);
      await pass(hour - 60);
      expect(await groups.states(group)).toEqual(['Terminating:Wait']);
      await pass(60);
      expect(await groups.states(group)).toEqual([]);
      expect((await groups.machine(id))?.State?.Name).toBe('terminated');
    });

    test('lasts no longer than 48 hours, whatever heartbeats come', async () => {
      const { group, id } = await draining();
      for (let passed = 0; passed < 47; passed += 1) {
        await pass(hour - 1);
        await groups.heartbeat(group, 'drain', id);
      }
      await pass(hour - 1);
      expect(await groups.states(group)).toEqual(['Terminating:Wait']);
      await groups.heartbeat(group, 'drain', id);
      await pass(60);
      expect(await groups.states(group)).toEqual([]);
    });

    test('waits for every hook, unless one of them abandons it', async () => {
      const second = { LifecycleHookName: 'logs', LifecycleTransition: HOOKS[1]?.LifecycleTransition };
      const hooks = { LifecycleHookSpecificationList: [...HOOKS, second], DesiredCapacity: 2 };
      const group = await groups.create(hooks, ['termination']);
      const [first = '', other = ''] = await groups.ids(group);
      await groups.setDesired(group, 0);
      await groups.complete(group, 'drain', first);
      expect(await groups.ids(group)).toEqual([first, other]);
      await groups.complete(group, 'logs', first);
      expect(await groups.ids(group)).toEqual([other]);
      await groups.complete(group, 'drain', other, 'ABANDON');
      expect(await groups.ids(group)).toEqual([]);
    });

    test('goes on when its hook is deleted, unless another one holds it', async () => {
      const second = { LifecycleHookName: 'logs', LifecycleTransition: HOOKS[1]?.LifecycleTransition };
      const hooks = { LifecycleHookSpecificationList: [...HOOKS, second], DesiredCapacity: 1 };
      const group = await groups.create(hooks, ['termination']);
      await groups.setDesired(group, 0);
      const remove = (LifecycleHookName: string) =>
        groups.autoScaling.send(
          new DeleteLifecycleHookCommand({ AutoScalingGroupName: group, LifecycleHookName }),
        );
      await remove('drain');
      expect(await groups.states(group)).toEqual(['Terminating:Wait']);
      await remove('logs');
      expect(await groups.states(group)).toEqual([]);
    });

    test('goes on when the machine is given back to the emulator', async () => {
      const { group } = await draining();
      await groups.control('hooks', { group, complete: [] });
      expect(await groups.states(group)).toEqual([]);
    });

    test('holds back the deletion of the group, unless that is forced', async () => {
      const { group, id } = await draining();
      const deletion = (ForceDelete: boolean) =>
        groups.autoScaling.send(
          new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: group, ForceDelete }),
        );
      await expect(deletion(false)).rejects.toMatchObject({ name: 'ResourceInUseFault' });
      await deletion(true);
      expect(await groups.describe(group)).toBeUndefined();
      expect((await groups.machine(id))?.State?.Name).toBe('terminated');
    });

    test('is not waited for by EC2', async () => {
      const group = await groups.hooked(['termination']);
      const id = await groups.firstId(group);
      await groups.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
      expect(await groups.states(group)).toEqual(['InService']);
      expect(await groups.ids(group)).not.toContain(id);
    });

    test.each([
      ['completed', (group: string, id: string) => groups.complete(group, 'drain', id)],
      ['prolonged', (group: string, id: string) => groups.heartbeat(group, 'drain', id)],
    ])('is not %s where nothing waits', async (_, call) => {
      const group = await groups.hooked(['termination']);
      const id = await groups.firstId(group);
      await expect(call(group, id)).rejects.toMatchObject({
        name: 'ValidationError',
        message: `No active Lifecycle Action found with instance ID ${id}`,
      });
    });

    test('has CONTINUE and ABANDON as results', async () => {
      const { group, id } = await draining();
      await expect(groups.complete(group, 'drain', id, 'RETRY')).rejects.toMatchObject({
        name: 'ValidationError',
      });
    });
  });

  test('the emulator says what it does not understand', async () => {
    const answers = [
      await groups.control('hooks', { group: 'any', complete: ['reboot'] }),
      await groups.control('hooks', { group: 'any' }),
      await groups.control('clock', { minutes: 1 }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
  });
});
