import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  DeleteAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  PutLifecycleHookCommand,
  UpdateAutoScalingGroupCommand,
  type AutoScalingGroup,
} from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { CreateLaunchTemplateCommand, EC2Client } from '@aws-sdk/client-ec2';
import { strFromU8, unzipSync } from 'fflate';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { accessKey, SECRET_KEY } from '../../scripts/emulate/environment';
import { startEmulator, type RunningEmulator } from '../../scripts/emulate/start-emulator';
import { clientSettings } from '../../src/functions/client-settings';
import { privateAddresses } from '../../src/functions/scaling/addresses';
import { autoScalingGroup } from '../../src/functions/scaling/group';
import { publish } from '../../src/functions/scaling/publish';
import { newScaler } from '../../src/functions/scaling/scaler';
import { functionArchives } from '../../src/provisioning/function-archive';
import { PlayedAws, refused } from '../functions/played-aws';
import { busyPage, fullPage, idlePage, MetricsServers } from '../functions/scaling/metrics-servers';
import { describeWith } from '../support/engines';
import { discardFolders, newFolder, REPOSITORY } from '../support/folders';

/**
 * The function with the real SDK against an emulated AWS. Its instances have addresses that somebody may own, so that
 * they are looked up and then replaced by addresses of loopback, where real pages of gitlab-runner are served.
 */

const account = '111122223333';
const region = 'eu-central-1';
const subnetId = 'subnet-0123456789abcdef0';
const imageId = 'ami-0123456789abcdef1';
const given = {
  accountId: account,
  region,
  vpcs: [{ id: 'vpc-0123456789abcdef0', subnetIds: [subnetId] }],
  images: [{ imageId, name: 'linux', architecture: 'x86_64' as const }],
};

const settingsFor = (groupName: string, metricsPort: number) => ({
  groupName,
  metricsPort,
  namespace: 'GitLabRunner',
  headroomJobs: 0,
  idleTimeSeconds: 60,
  capacityPerInstance: 4,
});

/** A group in the emulated AWS, with pages by instance. */
interface Estate {
  readonly name: string;
  readonly ids: readonly string[];
  readonly pages: Map<string, string>;
}

jest.setTimeout(60_000);

describeWith(['moto'], 'the scaling function', ({ moto }) => {
  let emulator: RunningEmulator;
  let aws: PlayedAws;
  let clients: { autoScaling: AutoScalingClient; ec2: EC2Client; cloudWatch: CloudWatchClient };
  const servers = new MetricsServers();
  const lines: Readonly<Record<string, unknown>>[] = [];
  let nowMs = 1_800_000_000_000;
  let groups = 0;

  beforeAll(async () => {
    emulator = await startEmulator({ python: moto, given: [given], defaultAccountId: account });
    aws = await PlayedAws.start(emulator.url);
    const credentials = { accessKeyId: accessKey(account), secretAccessKey: SECRET_KEY };
    const settings = { ...clientSettings, endpoint: aws.url, region, credentials };
    clients = {
      autoScaling: new AutoScalingClient(settings),
      ec2: new EC2Client(settings),
      cloudWatch: new CloudWatchClient(settings),
    };
    const template = { ImageId: imageId, InstanceType: 'm6i.large' as const };
    const named = { LaunchTemplateName: 'linux', LaunchTemplateData: template };
    await clients.ec2.send(new CreateLaunchTemplateCommand(named));
  });
  beforeEach(() => {
    aws.play = () => undefined;
    for (const list of [aws.calls, lines]) list.splice(0);
  });
  afterEach(() => servers.stop());
  afterAll(async () => {
    await aws.stop();
    await emulator.stop();
  });

  const describeGroup = async (name: string): Promise<AutoScalingGroup> => {
    const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] });
    const { AutoScalingGroups: [group] = [] } = await clients.autoScaling.send(command);
    if (group === undefined) throw new Error(`there is no ${name}`);
    return group;
  };
  const idsOf = async (name: string, lifecycleState: string): Promise<string[]> =>
    ((await describeGroup(name)).Instances ?? [])
      .filter(({ LifecycleState }) => LifecycleState === lifecycleState)
      .map(({ InstanceId = '' }) => InstanceId);

  /** A group with an instance in service for each page. */
  const newEstate = async (...texts: readonly string[]): Promise<Estate> => {
    const name = `acme-dev-linux-${(groups += 1)}`;
    const group = {
      AutoScalingGroupName: name,
      LaunchTemplate: { LaunchTemplateName: 'linux', Version: '1' },
      MinSize: Math.min(1, texts.length),
      MaxSize: 6,
      DesiredCapacity: texts.length,
      VPCZoneIdentifier: subnetId,
    };
    await clients.autoScaling.send(new CreateAutoScalingGroupCommand(group));
    const ids = await idsOf(name, 'InService');
    expect(ids).toHaveLength(texts.length);
    return { name, ids, pages: new Map(ids.map((id, index) => [id, texts[index] ?? ''])) };
  };

  /** Where an instance is asked: its place in the group's own addresses, at loopback. */
  const loopback = async ({ name, pages }: Estate) => {
    const addresses = await privateAddresses(clients.ec2, name);
    const served = new Map<string, string>();
    for (const id of addresses.keys())
      if (pages.has(id)) served.set(id, await servers.start((_, response) => response.end(pages.get(id))));
    return served;
  };

  /** A new process of the function. */
  const newProcess = async (estate: Estate) => {
    const addresses = await loopback(estate);
    const settings = settingsFor(estate.name, servers.port);
    return newScaler({
      settings,
      group: autoScalingGroup(clients.autoScaling, clients.autoScaling, estate.name),
      addresses: () => Promise.resolve(addresses),
      publish: (metrics) => publish(clients.cloudWatch, settings, metrics),
      log: (line) => lines.push(line as Readonly<Record<string, unknown>>),
      nowMs: () => nowMs,
    });
  };

  const aDayLater = () => (nowMs += 86_400_000);

  const metricOf = async (name: string, metric: string): Promise<(number | undefined)[]> => {
    const command = new GetMetricStatisticsCommand({
      Namespace: 'GitLabRunner',
      MetricName: metric,
      Dimensions: [{ Name: 'AutoScalingGroupName', Value: name }],
      StartTime: new Date(Date.now() - 3_600_000),
      EndTime: new Date(Date.now() + 3_600_000),
      Period: 7200,
      Statistics: ['Maximum'],
    });
    const { Datapoints = [] } = await clients.cloudWatch.send(command);
    return Datapoints.map(({ Maximum }) => Maximum);
  };

  test('makes a full group larger, and tells CloudWatch', async () => {
    const estate = await newEstate(fullPage, fullPage);
    const tick = await newProcess(estate);
    await tick();
    const { DesiredCapacity = 0 } = await describeGroup(estate.name);
    expect(DesiredCapacity).toBeGreaterThan(2);
    await expect(metricOf(estate.name, 'Jobs')).resolves.toEqual([4]);
    await expect(metricOf(estate.name, 'DesiredInstances')).resolves.toEqual([DesiredCapacity]);
    expect(aws.actions.filter((action) => action === 'PutMetricData')).toHaveLength(1);
  });

  test('ends idle instances only, by their ids', async () => {
    const estate = await newEstate(idlePage, busyPage, idlePage);
    const tick = await newProcess(estate);
    for (let days = 0; days < 4; days += 1) {
      await tick();
      aDayLater();
    }
    await expect(idsOf(estate.name, 'InService')).resolves.toEqual([estate.ids[1]]);
    await expect(describeGroup(estate.name)).resolves.toMatchObject({ DesiredCapacity: 1 });
    expect(lines.flatMap(({ ended }) => ended).sort()).toEqual([estate.ids[0], estate.ids[2]].sort());
  });

  test('spares an instance that gives no page, for however long', async () => {
    const estate = await newEstate(busyPage, '<html></html>');
    const tick = await newProcess(estate);
    for (let days = 0; days < 4; days += 1) {
      await tick();
      aDayLater();
    }
    await expect(idsOf(estate.name, 'InService')).resolves.toEqual(expect.arrayContaining([...estate.ids]));
    expect(aws.actions).not.toContain('TerminateInstanceInAutoScalingGroup');
    await expect(metricOf(estate.name, 'ScrapeFailures')).resolves.toEqual([1]);
  });

  test('leaves an instance that drains to its drain, and counts its jobs', async () => {
    const estate = await newEstate(idlePage, busyPage);
    await clients.autoScaling.send(
      new PutLifecycleHookCommand({
        AutoScalingGroupName: estate.name,
        LifecycleHookName: 'drain',
        LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
      }),
    );
    const body = JSON.stringify({ group: estate.name, complete: ['termination'] });
    await fetch(`${emulator.url}/moto-api/emulator/hooks`, { method: 'POST', body });
    const tick = await newProcess(estate);
    for (let days = 0; days < 4; days += 1) {
      await tick();
      aDayLater();
    }
    await expect(idsOf(estate.name, 'Terminating:Wait')).resolves.toEqual([estate.ids[0]]);
    expect(lines.flatMap(({ ended }) => ended)).toEqual([estate.ids[0]]);
    expect(lines.at(-1)).toMatchObject({ DrainingInstances: 1, InServiceInstances: 1, size: 1 });
  });

  test('grows once when it runs twice at once', async () => {
    const estate = await newEstate(fullPage);
    const [one, other] = [await newProcess(estate), await newProcess(estate)];
    await Promise.all([one(), other()]);
    const { DesiredCapacity } = await describeGroup(estate.name);
    expect(new Set(lines.map(({ DesiredInstances }) => DesiredInstances))).toEqual(
      new Set([DesiredCapacity]),
    );
  });

  test('shrinks once when it runs twice at once', async () => {
    const estate = await newEstate(busyPage, idlePage, idlePage);
    const [one, other] = [await newProcess(estate), await newProcess(estate)];
    for (let days = 0; days < 4; days += 1) {
      await Promise.all([one(), other()]);
      aDayLater();
    }
    const ended = lines.flatMap(({ ended: ids }) => ids);
    expect(new Set(ended).size).toBe(ended.length);
    const { DesiredCapacity, Instances = [] } = await describeGroup(estate.name);
    expect(DesiredCapacity).toBe(3 - ended.length);
    expect(Instances.map(({ InstanceId }) => InstanceId)).toContain(estate.ids[0]);
    expect(ended).not.toHaveLength(0);
  });

  test('takes the bounds from the group, as a schedule has set them', async () => {
    const estate = await newEstate(fullPage);
    const bounds = { AutoScalingGroupName: estate.name, MaxSize: 2 };
    await clients.autoScaling.send(new UpdateAutoScalingGroupCommand(bounds));
    await (
      await newProcess(estate)
    )();
    await expect(describeGroup(estate.name)).resolves.toMatchObject({ DesiredCapacity: 2 });
    expect(lines).toMatchObject([{ max: 2, undone: [] }]);
  });

  test('is told no by the group when the maximum moves under its feet, and goes on', async () => {
    const estate = await newEstate(fullPage);
    const tick = await newProcess(estate);
    const bounds = { AutoScalingGroupName: estate.name, MaxSize: 1 };
    aws.play = async ({ action }) => {
      if (action === 'SetDesiredCapacity')
        await clients.autoScaling.send(new UpdateAutoScalingGroupCommand(bounds));
      return undefined;
    };
    await tick();
    expect(lines).toMatchObject([{ undone: [expect.stringMatching(/^size \d: ValidationError/)] }]);
    await expect(describeGroup(estate.name)).resolves.toMatchObject({ DesiredCapacity: 1 });
    await expect(metricOf(estate.name, 'Jobs')).resolves.toEqual([2]);
  });

  test('gets over a throttle that lets go', async () => {
    const estate = await newEstate(fullPage);
    const tick = await newProcess(estate);
    const refusedOnce = new Set<string>();
    aws.play = (call) =>
      refusedOnce.size < refusedOnce.add(call.action).size ? refused('Throttling', call) : undefined;
    await tick();
    expect([...refusedOnce]).toEqual(['DescribeAutoScalingGroups', 'SetDesiredCapacity', 'PutMetricData']);
    aws.play = () => undefined;
    const { DesiredCapacity = 0 } = await describeGroup(estate.name);
    expect(DesiredCapacity).toBeGreaterThan(1);
  });

  test('does without a change that stays throttled', async () => {
    const estate = await newEstate(fullPage);
    const tick = await newProcess(estate);
    aws.play = (call) => (call.action === 'SetDesiredCapacity' ? refused('Throttling', call) : undefined);
    await tick();
    expect(lines).toMatchObject([{ undone: [expect.stringMatching(/^size \d: Throttling/)] }]);
    await expect(describeGroup(estate.name)).resolves.toMatchObject({ DesiredCapacity: 1 });
    await expect(metricOf(estate.name, 'Jobs')).resolves.toEqual([2]);
  });

  test('fails without a change where reading stays throttled', async () => {
    const estate = await newEstate(fullPage);
    const tick = await newProcess(estate);
    aws.play = (call) => (call.action.startsWith('Describe') ? refused('Throttling', call) : undefined);
    await expect(tick()).rejects.toMatchObject({ name: 'Throttling' });
    expect(aws.actions.slice(-3)).toEqual(Array.from({ length: 3 }, () => 'DescribeAutoScalingGroups'));
    expect(lines).toEqual([]);
  });

  test('runs as it is deployed: the bundle, its settings from its environment, one line of JSON', async () => {
    // Without instances, whose addresses must not be asked.
    const { name } = await newEstate();
    const { path } = functionArchives(REPOSITORY)('scaling');
    const { 'index.js': code = new Uint8Array() } = unzipSync(readFileSync(path));
    const folder = newFolder({ 'index.js': strFromU8(code), 'run.js': "require('./index.js').handler();" });
    const env = {
      PATH: process.env['PATH'],
      NODE_PATH: join(REPOSITORY, 'node_modules'),
      AWS_ENDPOINT_URL: emulator.url,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: accessKey(account),
      AWS_SECRET_ACCESS_KEY: SECRET_KEY,
      SETTINGS: JSON.stringify(settingsFor(name, 9252)),
    };
    const { stdout } = spawnSync(process.execPath, [join(folder, 'run.js')], { env, encoding: 'utf8' });
    discardFolders();
    rmSync(dirname(path), { recursive: true });
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({ group: name, size: 0, InServiceInstances: 0, unanswered: [] });
    await expect(metricOf(name, 'InServiceInstances')).resolves.toEqual([0]);
  });

  test('has nothing to do for a group that is gone', async () => {
    const estate = await newEstate(fullPage);
    const tick = await newProcess(estate);
    const gone = { AutoScalingGroupName: estate.name, ForceDelete: true };
    await clients.autoScaling.send(new DeleteAutoScalingGroupCommand(gone));
    aws.calls.splice(0);
    await tick();
    expect(aws.actions).toEqual(['DescribeAutoScalingGroups']);
    expect(lines).toEqual([{ group: estate.name, reason: 'there is no such group' }]);
  });
});
