import {
  CancelInstanceRefreshCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeInstanceRefreshesCommand,
  DescribeScalingActivitiesCommand,
  DescribeScheduledActionsCommand,
  EnterStandbyCommand,
  PutScheduledUpdateGroupActionCommand,
  type RefreshPreferences,
  SetInstanceProtectionCommand,
  StartInstanceRefreshCommand,
  SuspendProcessesCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  CloudWatchClient,
  GetMetricDataCommand,
  ListMetricsCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { paginateDescribeInstances } from '@aws-sdk/client-ec2';
import { type EmulatedGroups, startEmulatedGroups } from '../support/emulated-auto-scaling';
import { describeWith } from '../support/engines';

const noInstance = 'i-0123456789abcdef0';

describeWith(['moto'], 'Auto Scaling on the emulated AWS', ({ moto }) => {
  let groups: EmulatedGroups;

  beforeAll(async () => {
    groups = await startEmulatedGroups(moto);
  });

  afterAll(() => groups.stop());

  const update = (AutoScalingGroupName: string, settings: object) =>
    groups.autoScaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, ...settings }));

  describe('an instance that is terminated by its id', () => {
    test('makes the group smaller where that is asked for', async () => {
      const group = await groups.create({ DesiredCapacity: 2 });
      const [first = '', second] = await groups.ids(group);
      const { Activity } = await groups.terminate(first, true);
      expect(Activity?.Description).toBe(`Terminating EC2 instance: ${first}`);
      expect(await groups.ids(group)).toEqual([second]);
      expect((await groups.describe(group))?.DesiredCapacity).toBe(1);
    });

    test('is replaced otherwise, while it still waits for its hook', async () => {
      const group = await groups.hooked(['termination']);
      await groups.terminate(await groups.firstId(group), false);
      expect(await groups.states(group)).toEqual(['Terminating:Wait', 'InService']);
      expect((await groups.describe(group))?.DesiredCapacity).toBe(1);
    });

    test('does not make the group smaller than its minimum', async () => {
      const group = await groups.create({ MinSize: 1 });
      const id = await groups.firstId(group);
      await expect(groups.terminate(id, true)).rejects.toMatchObject({
        name: 'ValidationError',
        message: expect.stringContaining(
          'Terminating instance without replacement will violate group',
        ) as string,
      });
      expect(await groups.ids(group)).toEqual([id]);
    });

    test('must be one of a group', async () => {
      await expect(groups.terminate(noInstance, false)).rejects.toMatchObject({
        name: 'ValidationError',
        message: expect.stringContaining(noInstance) as string,
      });
    });

    test('makes the group smaller once only, however often it is asked for', async () => {
      const group = await groups.hooked(['termination'], 3);
      const id = await groups.firstId(group);
      await groups.terminate(id, true);
      await expect(groups.terminate(id, true)).rejects.toMatchObject({
        name: 'ScalingActivityInProgressFault',
      });
      expect((await groups.describe(group))?.DesiredCapacity).toBe(2);
    });

    test('may be protected from scale-in', async () => {
      const group = await groups.create({ DesiredCapacity: 1, NewInstancesProtectedFromScaleIn: true });
      await groups.terminate(await groups.firstId(group), true);
      expect(await groups.ids(group)).toEqual([]);
    });
  });

  describe('the size of a group', () => {
    test.each([
      [9, 'New SetDesiredCapacity value 9 is above max value 8 for the AutoScalingGroup.'],
      [0, 'New SetDesiredCapacity value 0 is below min value 1 for the AutoScalingGroup.'],
    ])('is not set to %d out of bounds', async (wanted, message) => {
      const group = await groups.create({ MinSize: 1 });
      await expect(groups.setDesired(group, wanted)).rejects.toMatchObject({
        name: 'ValidationError',
        message,
      });
      expect((await groups.describe(group))?.DesiredCapacity).toBe(1);
    });

    test('moves into new bounds, and counts no instance that ends', async () => {
      const group = await groups.hooked(['termination'], 4);
      await update(group, { MaxSize: 2 });
      expect(await groups.states(group)).toEqual(
        expect.arrayContaining(['InService', 'InService', 'Terminating:Wait', 'Terminating:Wait']),
      );
      await update(group, { MinSize: 2 });
      expect((await groups.describe(group))?.DesiredCapacity).toBe(2);
      await update(group, { MaxSize: 5, MinSize: 3 });
      expect((await groups.states(group)).filter((state) => state === 'InService')).toHaveLength(3);
    });

    test('is not changed by an update that is refused', async () => {
      const group = await groups.create({ DesiredCapacity: 1 });
      const refused = update(group, { MinSize: 2, MaxSize: 3, DesiredCapacity: 4 });
      await expect(refused).rejects.toMatchObject({ name: 'ValidationError' });
      expect(await groups.describe(group)).toMatchObject({ MinSize: 0, MaxSize: 8, DesiredCapacity: 1 });
    });

    test('shrinks in the zone that has most, and never by a protected instance', async () => {
      const group = await groups.create({ DesiredCapacity: 3 });
      const before = await groups.instances(group);
      const zones = before.map(({ AvailabilityZone }) => AvailabilityZone);
      const fullest = before.filter(({ AvailabilityZone }) => AvailabilityZone === zones[0]);
      expect(fullest).toHaveLength(2);
      const protection = { InstanceIds: [fullest[0]?.InstanceId ?? ''], ProtectedFromScaleIn: true };
      await groups.autoScaling.send(
        new SetInstanceProtectionCommand({ AutoScalingGroupName: group, ...protection }),
      );
      await groups.setDesired(group, 2);
      expect(await groups.ids(group)).not.toContain(fullest[1]?.InstanceId);
      await groups.setDesired(group, 0);
      expect(await groups.ids(group)).toEqual(protection.InstanceIds);
    });

    test('is told of in activities, the latest first', async () => {
      const group = await groups.hooked(['termination']);
      const id = await groups.firstId(group);
      await groups.terminate(id, true);
      const activities = async () => {
        const request = new DescribeScalingActivitiesCommand({ AutoScalingGroupName: group });
        return (await groups.autoScaling.send(request)).Activities ?? [];
      };
      const [termination, launch] = await activities();
      expect(launch).toMatchObject({
        Description: `Launching a new EC2 instance: ${id}`,
        Cause: expect.stringMatching(/^At 20.*difference between desired and actual capacity/) as string,
        StatusCode: 'Successful',
        Progress: 100,
        EndTime: expect.any(Date) as Date,
      });
      expect(termination).toMatchObject({ StatusCode: 'MidLifecycleAction' });
      expect(termination?.EndTime).toBeUndefined();
      await groups.complete(group, 'drain', id);
      expect((await activities())[0]).toMatchObject({
        StatusCode: 'Successful',
        ActivityId: termination?.ActivityId,
      });
    });

    test('is scheduled by names that other groups may have too', async () => {
      const [first, second] = [await groups.create(), await groups.create()];
      for (const [AutoScalingGroupName, MinSize] of [
        [first, 1],
        [second, 2],
      ] as const) {
        const times = { Recurrence: '0 7 * * 1-5', TimeZone: 'Europe/Berlin' };
        await groups.autoScaling.send(
          new PutScheduledUpdateGroupActionCommand({
            AutoScalingGroupName,
            ScheduledActionName: 'morning',
            MinSize,
            ...times,
          }),
        );
      }
      const { ScheduledUpdateGroupActions = [] } = await groups.autoScaling.send(
        new DescribeScheduledActionsCommand({ ScheduledActionNames: ['morning'] }),
      );
      expect(
        ScheduledUpdateGroupActions.map(({ AutoScalingGroupName, MinSize, TimeZone }) => [
          AutoScalingGroupName,
          MinSize,
          TimeZone,
        ]),
      ).toEqual([
        [first, 1, 'Europe/Berlin'],
        [second, 2, 'Europe/Berlin'],
      ]);
    });
  });

  describe('a group', () => {
    const mixed = async (distribution: object) => ({
      LaunchTemplate: {
        LaunchTemplateSpecification: { LaunchTemplateId: await groups.createTemplate(), Version: '1' },
        Overrides: [{ InstanceType: 'm6i.large' }, { InstanceType: 'm5.large' }],
      },
      InstancesDistribution: distribution,
    });

    test('of mixed instances has the first type, and the share of spot instances', async () => {
      const distribution = { OnDemandBaseCapacity: 1, OnDemandPercentageAboveBaseCapacity: 50 };
      const group = await groups.create({
        MixedInstancesPolicy: await mixed(distribution),
        DesiredCapacity: 4,
      });
      const machines = await Promise.all((await groups.ids(group)).map((id) => groups.machine(id)));
      expect(new Set(machines.map((machine) => machine?.InstanceType))).toEqual(new Set(['m6i.large']));
      // One, and half of the other three, rounded up.
      expect(machines.filter((machine) => machine?.InstanceLifecycle === 'spot')).toHaveLength(1);
      expect(machines).toHaveLength(4);
    });

    test('keeps its policy and its settings in an update of something else', async () => {
      const policy = await mixed({ SpotAllocationStrategy: 'price-capacity-optimized' });
      const settings = {
        MaxInstanceLifetime: 604800,
        DefaultInstanceWarmup: 60,
        CapacityRebalance: true,
        TerminationPolicies: ['NewestInstance'],
      };
      const group = await groups.create({ MixedInstancesPolicy: policy, ...settings });
      await update(group, { MaxSize: 3 });
      expect(await groups.describe(group)).toMatchObject({ MixedInstancesPolicy: policy, ...settings });
    });

    test('tells which processes are suspended', async () => {
      const group = await groups.create();
      const processes = { AutoScalingGroupName: group, ScalingProcesses: ['AZRebalance'] };
      await groups.autoScaling.send(new SuspendProcessesCommand(processes));
      const { SuspendedProcesses = [] } = (await groups.describe(group)) ?? {};
      expect(SuspendedProcesses.map(({ ProcessName }) => ProcessName)).toEqual(['AZRebalance']);
    });

    test('has its instances found by their tag, page by page', async () => {
      const group = await groups.create({ DesiredCapacity: 7 });
      const Filters = [{ Name: 'tag:aws:autoscaling:groupName', Values: [group] }];
      const pages: string[][] = [];
      for await (const { Reservations = [] } of paginateDescribeInstances(
        { client: groups.ec2, pageSize: 5 },
        { Filters },
      )) {
        const machines = Reservations.flatMap(({ Instances = [] }) => Instances);
        pages.push(machines.map(({ InstanceId = '' }) => InstanceId));
      }
      expect(pages.map((page) => page.length)).toEqual([5, 2]);
      expect(pages.flat().sort()).toEqual([...(await groups.ids(group))].sort());
    });

    test('that is not there is an empty answer, or a refusal', async () => {
      const { AutoScalingGroups } = await groups.autoScaling.send(
        new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ['gone'] }),
      );
      expect(AutoScalingGroups).toEqual([]);
      await expect(groups.setDesired('gone', 1)).rejects.toMatchObject({ name: 'ValidationError' });
    });
  });

  describe('an instance refresh', () => {
    const start = (AutoScalingGroupName: string, Preferences: RefreshPreferences, more: object = {}) =>
      groups.autoScaling.send(
        new StartInstanceRefreshCommand({ AutoScalingGroupName, Preferences, ...more }),
      );

    const refresh = async (AutoScalingGroupName: string) => {
      const request = new DescribeInstanceRefreshesCommand({ AutoScalingGroupName });
      return (await groups.autoScaling.send(request)).InstanceRefreshes?.[0];
    };

    test('of a group that stays whole ends nothing before its successor is in service', async () => {
      const group = await groups.hooked([], 1);
      const old = await groups.firstId(group);
      await groups.control('hooks', { group, complete: ['launch'] });
      await start(group, { MinHealthyPercentage: 100, MaxHealthyPercentage: 110 });
      expect(await groups.states(group)).toEqual(['InService', 'Pending:Wait']);
      expect((await refresh(group))?.Status).toBe('InProgress');
      const [, successor = ''] = await groups.ids(group);
      await groups.complete(group, 'boot', successor);
      expect(await groups.ids(group)).toEqual([successor]);
      expect((await groups.machine(old))?.State?.Name).toBe('terminated');
      expect((await refresh(group))?.Status).toBe('Successful');
    });

    test('lasts as long as what it replaces takes to end', async () => {
      const group = await groups.hooked(['termination'], 1);
      const old = await groups.firstId(group);
      await start(group, {});
      expect(await groups.states(group)).toEqual(['Terminating:Wait', 'InService']);
      expect((await refresh(group))?.Status).toBe('InProgress');
      await groups.complete(group, 'drain', old);
      expect(await refresh(group)).toMatchObject({ Status: 'Successful', PercentageComplete: 100 });
    });

    test('that is cancelled leaves what it has not begun to end', async () => {
      const group = await groups.hooked([], 1);
      const old = await groups.firstId(group);
      await groups.control('hooks', { group, complete: ['launch'] });
      await start(group, { MinHealthyPercentage: 100, MaxHealthyPercentage: 110 });
      const [, successor = ''] = await groups.ids(group);
      await groups.autoScaling.send(new CancelInstanceRefreshCommand({ AutoScalingGroupName: group }));
      expect(await groups.ids(group)).toHaveLength(1);
      expect([old, successor]).toContain(await groups.firstId(group));
      expect((await refresh(group))?.Status).toBe('Cancelled');
    });

    test('ignores, ends or waits for instances that are protected or on standby', async () => {
      const group = await groups.create({ DesiredCapacity: 2, NewInstancesProtectedFromScaleIn: true });
      const [standby = '', guarded = ''] = await groups.ids(group);
      await groups.autoScaling.send(
        new EnterStandbyCommand({
          AutoScalingGroupName: group,
          InstanceIds: [standby],
          ShouldDecrementDesiredCapacity: true,
        }),
      );
      const preferences = { ScaleInProtectedInstances: 'Refresh', StandbyInstances: 'Ignore' } as const;
      await start(group, preferences);
      expect(await refresh(group)).toMatchObject({ Status: 'Successful', Preferences: preferences });
      expect(await groups.ids(group)).toContain(standby);
      expect(await groups.ids(group)).not.toContain(guarded);
      await start(group, { ScaleInProtectedInstances: 'Ignore' });
      expect((await refresh(group))?.Status).toBe('InProgress');
    });

    test('rolls back only by a version’s number, and skips what is of that version', async () => {
      const group = await groups.create({ DesiredCapacity: 1 });
      const { LaunchTemplateId = '' } = (await groups.describe(group))?.LaunchTemplate ?? {};
      const configuration = (Version: string) => ({
        DesiredConfiguration: { LaunchTemplate: { LaunchTemplateId, Version } },
      });
      const refused = { name: 'ValidationError' };
      await expect(start(group, { AutoRollback: true })).rejects.toMatchObject(refused);
      await expect(start(group, { AutoRollback: true }, configuration('$Latest'))).rejects.toMatchObject(
        refused,
      );
      const before = await groups.ids(group);
      await start(group, { AutoRollback: true, SkipMatching: true }, configuration('1'));
      expect(await groups.ids(group)).toEqual(before);
      expect(await refresh(group)).toMatchObject({
        Status: 'Successful',
        Preferences: { AutoRollback: true, SkipMatching: true },
      });
    });
  });

  test('CloudWatch gives back the figures that it was given', async () => {
    const client = new CloudWatchClient(groups.client);
    const metric = {
      Namespace: 'Runners',
      MetricName: 'Jobs',
      Dimensions: [{ Name: 'Group', Value: 'acme-dev-linux' }],
    };
    const { Namespace, ...named } = metric;
    const now = Date.now();
    const figures = [{ ...named, Value: 3, Unit: 'Count' as const, Timestamp: new Date(now) }];
    await client.send(new PutMetricDataCommand({ Namespace, MetricData: figures }));
    const { Metrics } = await client.send(new ListMetricsCommand({ Namespace }));
    const { MetricDataResults } = await client.send(
      new GetMetricDataCommand({
        StartTime: new Date(now - 60_000),
        EndTime: new Date(now + 60_000),
        MetricDataQueries: [{ Id: 'jobs', MetricStat: { Metric: metric, Period: 60, Stat: 'Maximum' } }],
      }),
    );
    expect(Metrics).toEqual([metric]);
    expect(MetricDataResults?.[0]?.Values).toEqual([3]);
  });
});
