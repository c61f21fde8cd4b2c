import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import {
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  EC2Client,
  ImportKeyPairCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { SSMClient } from '@aws-sdk/client-ssm';
import { generateKeyPairSync } from 'node:crypto';
import { accessKey, SECRET_KEY } from '../../scripts/emulate/environment';
import { startEmulator, type RunningEmulator } from '../../scripts/emulate/start-emulator';
import { clientSettings } from '../../src/functions/client-settings';
import { askByCommand } from '../../src/functions/machine-orphans/asking';
import { audit } from '../../src/functions/machine-orphans/audit';
import { ec2Machines } from '../../src/functions/machine-orphans/machines';
import { publish } from '../../src/functions/machine-orphans/publish';
import { tags as machineTags } from '../../src/functions/machine-orphans/reading';
import { renderMachinesDocument } from '../../src/rendering/machines-document';
import { groupTag, listed } from '../functions/machine-orphans/played-estate';
import { PlayedAws } from '../functions/played-aws';
import { askAws, askAwsJson } from '../support/ask-aws';
import { describeWith } from '../support/engines';

/**
 * The orphan audit with the real SDK against an emulated AWS. Its Systems Manager runs nothing: what managers answer is
 * played in front of it.
 */

const account = '111122223333';
const region = 'eu-central-1';
const imageId = 'ami-0123456789abcdef1';
const fleet = 'acme-dev-machines';
const profile = `arn:aws:iam::${account}:instance-profile/${fleet}-builds`;
const settings = {
  fleet,
  profiles: [profile],
  keyPairs: [`runner-*-${fleet}-*`],
  document: `${fleet}-orphans`,
  managerGroup: fleet,
  maxAgeHours: 24,
  dryRun: false,
  namespace: 'GitLabRunner',
};
const given = {
  accountId: account,
  region,
  vpcs: [{ id: 'vpc-0123456789abcdef0', subnetIds: ['subnet-0123456789abcdef0'] }],
  images: [{ imageId, name: 'ubuntu', architecture: 'x86_64' as const }],
};
const quarterMs = 15 * 60_000;

/** A public key, as Docker Machine imports one for each machine. */
const publicKey = (): Buffer => {
  const { publicKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { n = '', e = '' } = key.export({ format: 'jwk' });
  const part = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const modulus = Buffer.concat([Buffer.alloc(1), Buffer.from(n, 'base64url')]);
  const parts = [Buffer.from('ssh-rsa'), Buffer.from(e, 'base64url'), modulus].map(part);
  return Buffer.from(`ssh-rsa ${Buffer.concat(parts).toString('base64')} machine`);
};

jest.setTimeout(60_000);

describeWith(['moto'], 'the orphan audit', ({ moto }) => {
  let emulator: RunningEmulator;
  let aws: PlayedAws;
  let clients: { ec2: EC2Client; ssm: SSMClient; cloudWatch: CloudWatchClient };
  const lines: Readonly<Record<string, unknown>>[] = [];
  let nowMs = Date.now();
  let count = 0;

  beforeAll(async () => {
    emulator = await startEmulator({ python: moto, given: [given], defaultAccountId: account });
    aws = await PlayedAws.start(emulator.url);
    const credentials = { accessKeyId: accessKey(account), secretAccessKey: SECRET_KEY };
    const client = { ...clientSettings, endpoint: aws.url, region, credentials };
    clients = {
      ec2: new EC2Client(client),
      ssm: new SSMClient(client),
      cloudWatch: new CloudWatchClient(client),
    };
    const place = { url: emulator.url, account, region };
    for (const name of [`${fleet}-builds`, 'acme-dev-other'])
      await askAws(place, 'iam', 'CreateInstanceProfile', { InstanceProfileName: name });
    await askAwsJson(place, 'ssm', 'AmazonSSM.CreateDocument', {
      Name: settings.document,
      DocumentType: 'Command',
      DocumentFormat: 'JSON',
      Content: renderMachinesDocument(),
    });
  });
  beforeEach(() => {
    aws.play = () => undefined;
    for (const list of [aws.calls, lines]) list.splice(0);
  });
  afterEach(async () => {
    // Each test has its own instances.
    const all = await instances();
    if (all.length > 0)
      await clients.ec2.send(
        new TerminateInstancesCommand({ InstanceIds: all.map(({ InstanceId = '' }) => InstanceId) }),
      );
  });
  afterAll(async () => {
    await aws.stop();
    await emulator.stop();
  });

  const instances = async () => {
    const Filters = [{ Name: 'instance-state-name', Values: ['running'] }];
    const { Reservations = [] } = await clients.ec2.send(new DescribeInstancesCommand({ Filters }));
    return Reservations.flatMap(({ Instances = [] }) => Instances);
  };
  const running = async (): Promise<string[]> =>
    (await instances()).map(({ InstanceId = '' }) => InstanceId).sort();
  const noteOn = async (id: string): Promise<string | undefined> =>
    (await instances())
      .find(({ InstanceId }) => InstanceId === id)
      ?.Tags?.find(({ Key }) => Key === machineTags.unclaimedSince)?.Value;

  const launch = async (tags: Readonly<Record<string, string>>, arn?: string, KeyName?: string) => {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    const { Instances: [launched] = [] } = await clients.ec2.send(
      new RunInstancesCommand({
        ImageId: imageId,
        InstanceType: 'm5.large',
        MinCount: 1,
        MaxCount: 1,
        KeyName,
        ...(arn === undefined ? {} : { IamInstanceProfile: { Arn: arn } }),
        ...(Tags.length === 0 ? {} : { TagSpecifications: [{ ResourceType: 'instance', Tags }] }),
      }),
    );
    return launched?.InstanceId ?? '';
  };
  const newManager = () => launch({ Name: fleet, [groupTag]: fleet });

  /** A machine as Docker Machine starts it, with a key pair of its own; without manager as long as it has no tags. */
  const newMachine = async (manager: string | undefined, arn = profile) => {
    const name = `runner-a1b2c3d4e-${fleet}-builds-${(count += 1)}`;
    const KeyName = `${name}-ab1cd`;
    await clients.ec2.send(new ImportKeyPairCommand({ KeyName, PublicKeyMaterial: publicKey() }));
    const tags: Record<string, string> =
      manager === undefined ? {} : { Name: name, [machineTags.manager]: manager };
    return { name, KeyName, id: await launch(tags, arn, KeyName) };
  };
  const keyPairs = async (): Promise<(string | undefined)[]> =>
    ((await clients.ec2.send(new DescribeKeyPairsCommand({}))).KeyPairs ?? []).map(({ KeyName }) => KeyName);

  /** What every manager answers from now on. */
  const answers = (...names: readonly string[]): void => {
    aws.play = ({ action }) =>
      action === 'GetCommandInvocation'
        ? { body: JSON.stringify({ Status: 'Success', StandardOutputContent: listed(names) }) }
        : undefined;
  };
  const run = (changed: Partial<typeof settings> = {}) => {
    const own = { ...settings, ...changed };
    return audit({
      settings: own,
      machines: ec2Machines(clients.ec2),
      ask: askByCommand({
        client: clients.ssm,
        document: own.document,
        pause: () => Promise.resolve(),
        nowMs: () => nowMs,
      }),
      publish: (metrics) => publish(clients.cloudWatch, own, metrics),
      log: (line) => lines.push(line as Readonly<Record<string, unknown>>),
      nowMs: () => nowMs,
    });
  };
  /** A quarter of an hour passes, and it runs again. */
  const runLater = (changed: Partial<typeof settings> = {}) => {
    nowMs += quarterMs;
    return run(changed);
  };

  test('keeps what a manager knows', async () => {
    const manager = await newManager();
    const machines = [await newMachine(manager), await newMachine(manager)];
    answers(...machines.map(({ name }) => name));
    await run();
    await runLater();
    expect(await running()).toEqual([manager, ...machines.map(({ id }) => id)].sort());
    expect(lines).toMatchObject([
      { Machines: 2, OrphanedMachines: 0 },
      { Machines: 2, OrphanedMachines: 0 },
    ]);
  });

  test('keeps all when nobody answers', async () => {
    const manager = await newManager();
    const { id } = await newMachine(manager);
    // The emulated Systems Manager runs nothing, and so has an empty answer.
    await run();
    await runLater();
    expect(await running()).toEqual([manager, id].sort());
    expect(await noteOn(id)).toBeUndefined();
    expect(lines).toMatchObject([{ SilentManagers: 1 }, { SilentManagers: 1, OrphanedMachines: 0 }]);
  });

  test('ends the orphan of a manager that is gone, with its key pair, and nothing else', async () => {
    const [manager, other] = [await newManager(), await newManager()];
    const orphan = await newMachine(manager);
    const elsewhere = await newMachine(manager, `arn:aws:iam::${account}:instance-profile/acme-dev-other`);
    const kept = await newMachine(other);
    await clients.ec2.send(new TerminateInstancesCommand({ InstanceIds: [manager] }));
    answers(kept.name);
    await run();
    expect(await running()).toEqual([other, elsewhere.id, kept.id].sort());
    const names = await keyPairs();
    expect(names).not.toContain(orphan.KeyName);
    expect(names).toEqual(expect.arrayContaining([elsewhere.KeyName, kept.KeyName]));
    expect(lines).toMatchObject([{ Machines: 2, OrphanedMachines: 1, EndedMachines: 1 }]);
  });

  test('ends the orphan of a manager that EC2 no longer knows', async () => {
    const { id } = await newMachine('i-00000000000000999');
    await run();
    expect(await running()).not.toContain(id);
  });

  test('ends the orphan that its manager did not know twice, and not before', async () => {
    const manager = await newManager();
    const [known, lost] = [await newMachine(manager), await newMachine(manager)];
    answers(known.name);
    await run();
    expect(await running()).toContain(lost.id);
    expect(await noteOn(lost.id)).toBe(new Date(nowMs).toISOString());
    await runLater();
    expect(await running()).toEqual([manager, known.id].sort());
    expect(await noteOn(known.id)).toBeUndefined();
  });

  test('keeps the machine that its manager knows again', async () => {
    const manager = await newManager();
    const { id, name } = await newMachine(manager);
    answers();
    await run();
    answers(name);
    await runLater();
    expect(await noteOn(id)).toBeUndefined();
    answers();
    await runLater();
    expect(await running()).toContain(id);
  });

  test('ends nothing in a dry run', async () => {
    const manager = await newManager();
    const [orphan, lost] = [await newMachine('i-00000000000000999'), await newMachine(manager)];
    answers();
    await run({ dryRun: true });
    await runLater({ dryRun: true });
    expect(await running()).toEqual([manager, orphan.id, lost.id].sort());
    expect(await noteOn(lost.id)).toBeUndefined();
    expect(lines[0]).toMatchObject({ OrphanedMachines: 1, EndedMachines: 0, UnclaimedMachines: 1 });
  });

  test('ends a machine without tags only when it is old, and no manager of the group knows it', async () => {
    const [manager, other] = [await newManager(), await newManager()];
    const [known, lost] = [await newMachine(undefined), await newMachine(undefined)];
    const nameless = await launch({}, profile);
    answers(known.name);
    await run();
    await runLater();
    expect(await noteOn(lost.id)).toBeUndefined();
    nowMs += 25 * 60 * 60_000;
    await run();
    expect(await noteOn(lost.id)).toBeDefined();
    expect(await running()).toEqual([manager, other, known.id, lost.id, nameless].sort());
    await runLater();
    expect(await running()).toEqual([manager, other, known.id, nameless].sort());
    await clients.ec2.send(new TerminateInstancesCommand({ InstanceIds: [manager, other] }));
    await run();
    expect(await running()).toEqual([nameless]);
    const names = await keyPairs();
    for (const { KeyName } of [lost, known]) expect(names).not.toContain(KeyName);
  });

  test('counts in CloudWatch', async () => {
    await newMachine('i-00000000000000999');
    await run();
    const { Datapoints = [] } = await clients.cloudWatch.send(
      new GetMetricStatisticsCommand({
        Namespace: 'GitLabRunner',
        MetricName: 'EndedMachines',
        Dimensions: [{ Name: 'Fleet', Value: fleet }],
        StartTime: new Date(Date.now() - 600_000),
        EndTime: new Date(Date.now() + 600_000),
        Period: 3600,
        Statistics: ['Maximum'],
      }),
    );
    expect(Datapoints.map(({ Maximum }) => Maximum)).toContain(1);
  });
});
