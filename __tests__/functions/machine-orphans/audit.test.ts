import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { SSMClient } from '@aws-sdk/client-ssm';
import { askByCommand } from '../../../src/functions/machine-orphans/asking';
import { audit } from '../../../src/functions/machine-orphans/audit';
import { handler } from '../../../src/functions/machine-orphans/handler';
import { ec2Machines } from '../../../src/functions/machine-orphans/machines';
import { publish } from '../../../src/functions/machine-orphans/publish';
import { tags as machineTags } from '../../../src/functions/machine-orphans/reading';
import { PlayedAws, type PlayedAnswer, type PlayedCall } from '../played-aws';
import {
  PlayedEstate,
  groupTag,
  listed,
  refusedByEc2,
  refusedBySsm,
  type PlayedInstance,
  type PlayedManager,
} from './played-estate';

/** Audits with the real SDK, by a clock of their own, against a played EC2 and Systems Manager. */

const profile = 'arn:aws:iam::111122223333:instance-profile/acme-prod-machines-builds';
const settings = {
  fleet: 'acme-prod-machines',
  profiles: [profile],
  keyPairs: ['runner-*-acme-prod-*'],
  document: 'acme-prod-machines-orphans',
  managerGroup: 'acme-prod-machines',
  maxAgeHours: 24,
  dryRun: false,
  namespace: 'GitLabRunner',
};
const begin = Date.parse('2026-03-01T12:00:00Z');
const minute = 60_000;

const id = (number: number): string => `i-${number.toString(16).padStart(17, '0')}`;
const manager = id(1);
/** A manager that EC2 no longer knows. */
const gone = id(999);
/** What managers have from their group. */
const group = { [groupTag]: 'acme-prod-machines' };
const nameOf = (number: number): string => `runner-a1b2c3d4e-acme-prod-${number}`;

/** A machine of the manager above; by default old. */
const machine = (number: number, fields: Partial<PlayedInstance> = {}): PlayedInstance => ({
  id: id(number),
  profile,
  keyName: `${nameOf(number)}-ab1cd`,
  launchedAt: '2026-01-01T00:00:00.000Z',
  tags: { Name: nameOf(number), [machineTags.manager]: manager },
  ...fields,
});
const of = (number: number, owner: string): PlayedInstance =>
  machine(number, { tags: { Name: nameOf(number), [machineTags.manager]: owner } });

type Line = Readonly<Record<string, unknown>>;

let aws: PlayedAws;
let estate: PlayedEstate;
let nowMs: number;
let pauses: number;
const lines: Line[] = [];

beforeEach(async () => {
  aws = await PlayedAws.start();
  estate = new PlayedEstate();
  estate.instances = [{ id: manager, tags: group }];
  play(() => undefined);
  [nowMs, pauses] = [begin, 0];
  lines.splice(0);
});
afterEach(() => aws.stop());

/** Answers some calls otherwise than the played estate would. */
function play(otherwise: (call: PlayedCall) => PlayedAnswer | undefined): void {
  aws.play = (call) => otherwise(call) ?? estate.play(call);
}

function run(changed: Partial<typeof settings> = {}): Promise<void> {
  const own = { ...settings, ...changed };
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'played' };
  const client = { endpoint: aws.url, region: 'eu-central-1', credentials, maxAttempts: 1 };
  const pause = (ms: number) => {
    [nowMs, pauses] = [nowMs + ms, pauses + 1];
    return Promise.resolve();
  };
  return audit({
    settings: own,
    machines: ec2Machines(new EC2Client(client)),
    ask: askByCommand({
      client: new SSMClient(client),
      document: own.document,
      pause,
      nowMs: () => nowMs,
    }),
    publish: (metrics) => publish(new CloudWatchClient(client), own, metrics),
    log: (line) => lines.push(line as Line),
    nowMs: () => nowMs,
  });
}

const given = (answer: PlayedManager | undefined, ...machines: readonly PlayedInstance[]): void => {
  estate.instances.push(...machines);
  for (const { keyName } of machines) if (keyName !== undefined) estate.keyPairs.add(keyName);
  if (answer !== undefined) estate.managers.set(manager, answer);
};
const noteOn = (number: number): string | undefined =>
  estate.instance(id(number)).tags?.[machineTags.unclaimedSince];
const later = (minutes: number): void => void (nowMs = begin + minutes * minute);
const callsOf = (action: string) => aws.calls.filter((call) => call.action === action);
const changes = () => aws.actions.filter((action) => !/^(Describe|Get|SendCommand|PutMetric)/.test(action));

describe('a manager that answers', () => {
  test('keeps the machines that it knows', async () => {
    given([nameOf(11), nameOf(12)], machine(11), machine(12));
    await run();
    later(30);
    await run();
    expect(changes()).toEqual([]);
    expect(lines).toMatchObject([
      { Machines: 2, OrphanedMachines: 0, SilentManagers: 0 },
      { Machines: 2, machines: [{ reason: `its manager ${manager} knows it`, outcome: 'kept' }, {}] },
    ]);
  });

  test('loses one that it does not know when it is asked again a quarter of an hour later', async () => {
    given([nameOf(11)], machine(11), machine(12));
    await run();
    expect(estate.ended).toEqual([]);
    expect(noteOn(12)).toBe('2026-03-01T12:00:00.000Z');
    expect(noteOn(11)).toBeUndefined();
    later(14);
    await run();
    expect(estate.ended).toEqual([]);
    later(15);
    await run();
    expect(estate.ended).toEqual([id(12)]);
    expect(lines).toMatchObject([
      { UnclaimedMachines: 1, OrphanedMachines: 0, machines: [{ machine: id(12), outcome: 'marked' }, {}] },
      { UnclaimedMachines: 1, OrphanedMachines: 0, machines: [{ machine: id(12), outcome: 'kept' }, {}] },
      {
        UnclaimedMachines: 0,
        OrphanedMachines: 1,
        EndedMachines: 1,
        machines: [
          {
            machine: id(12),
            name: nameOf(12),
            reason: `its manager ${manager} does not know it, as of 2026-03-01T12:00:00.000Z`,
            outcome: 'ended',
          },
          {},
        ],
      },
    ]);
    later(30);
    await run();
    expect(lines.at(-1)).toMatchObject({ Machines: 1, OrphanedMachines: 0 });
  });

  test('keeps one that it knows again, and that begins anew', async () => {
    given([], machine(11));
    await run();
    later(15);
    estate.managers.set(manager, [nameOf(11)]);
    await run();
    expect(noteOn(11)).toBeUndefined();
    estate.managers.set(manager, []);
    later(30);
    await run();
    expect(noteOn(11)).toBe('2026-03-01T12:30:00.000Z');
    expect(estate.ended).toEqual([]);
  });

  test('is asked by its own document, once, and after its machines were listed', async () => {
    given([nameOf(11), nameOf(12)], machine(11), machine(12));
    await run();
    const [sent, ...others] = callsOf('SendCommand').map(({ body }) => JSON.parse(body) as Line);
    expect(others).toEqual([]);
    expect(sent).toEqual({
      DocumentName: 'acme-prod-machines-orphans',
      InstanceIds: [manager],
      TimeoutSeconds: 30,
    });
    expect(aws.actions.slice(0, 3)).toEqual(['DescribeInstances', 'DescribeInstances', 'SendCommand']);
  });

  test('may take a while', async () => {
    estate.looksInVain = 15;
    given([], machine(11));
    await run();
    expect(pauses).toBe(16);
    expect(noteOn(11)).toBeDefined();
  });
});

describe('no answer keeps all machines, and is told', () => {
  const marked = (): PlayedInstance =>
    machine(11, {
      tags: {
        Name: nameOf(11),
        [machineTags.manager]: manager,
        [machineTags.unclaimedSince]: '2026-03-01T11:00:00.000Z',
      },
    });

  async function kept(why: string): Promise<void> {
    await run();
    expect(changes()).toEqual([]);
    expect(lines).toMatchObject([
      {
        Machines: 1,
        OrphanedMachines: 0,
        UnclaimedMachines: 0,
        SilentManagers: 1,
        machines: [{ reason: `its manager ${manager} did not answer: ${why}`, outcome: 'kept' }],
      },
    ]);
    expect(callsOf('PutMetricData')).toHaveLength(1);
  }

  test('where it never comes', async () => {
    estate.looksInVain = Infinity;
    given([], marked());
    await kept('Error: nothing within 20 seconds');
    expect(nowMs - begin).toBe(20_000);
  });

  test('where its agent is not there', async () => {
    given(undefined, marked());
    await kept('InvalidInstanceId: Not now');
  });

  test.each<[string, string, string]>([
    ['Failed', 'find: no store', 'Error: Failed find: no store'],
    ['TimedOut', '', 'Error: TimedOut'],
    ['Cancelled', '', 'Error: Cancelled'],
  ])('where the command has %s', async (status, errors, why) => {
    given({ status, errors, output: listed([]) }, marked());
    await kept(why);
  });

  test.each([
    ['is empty', '', 'unexpected end of file'],
    ['is cut off', listed([nameOf(12), nameOf(13)]).slice(0, 40), 'unexpected end of file'],
    ['is something else', 'runner-1\nrunner-2\n', 'incorrect header check'],
  ])('where it %s', async (_, output, why) => {
    given({ status: 'Success', output }, marked());
    await kept(`Error: ${why}`);
  });

  test.each(['SendCommand', 'GetCommandInvocation'])('where %s is refused', async (action) => {
    given([], marked());
    play((call) => (call.action === action ? refusedBySsm('AccessDeniedException') : undefined));
    await kept('AccessDeniedException: Not now');
  });

  test('of any length is told in a few words', async () => {
    given({ status: 'Failed', errors: 'x'.repeat(8000) }, marked());
    await run();
    expect(JSON.stringify(lines).length).toBeLessThan(800);
  });

  test.each(['pending', 'stopping', 'stopped', 'shutting-down'])('of one that is %s', async (state) => {
    given([], marked());
    estate.instance(manager).state = state;
    await kept(`it is ${state}`);
    expect(callsOf('SendCommand')).toEqual([]);
  });

  test('of one manager, and the others are asked', async () => {
    const other = id(2);
    estate.instances.push({ id: other });
    estate.managers.set(other, []);
    given(undefined, machine(11), of(12, other), of(13, gone));
    await run();
    later(15);
    await run();
    expect(estate.ended.sort()).toEqual([id(12), id(13)]);
  });
});

describe('a manager that is gone', () => {
  test.each([undefined, 'terminated'])('loses its machines at once (%s)', async (state) => {
    if (state === undefined) estate.instances = [];
    else estate.instance(manager).state = state;
    given(undefined, machine(11));
    await run();
    expect(estate.ended).toEqual([id(11)]);
    expect(callsOf('SendCommand')).toEqual([]);
    expect(lines).toMatchObject([
      { EndedMachines: 1, machines: [{ reason: `its manager ${manager} no longer exists` }] },
    ]);
  });

  test.each(['UnauthorizedOperation', 'InvalidInstanceID.Malformed', 'InternalError'])(
    'is not known by another error: %s ends the audit, and nothing else',
    async (code) => {
      given(undefined, machine(11), of(12, gone));
      play(({ action, body }) =>
        action === 'DescribeInstances' && body.includes('InstanceId.1') ? refusedByEc2(code) : undefined,
      );
      await expect(run()).rejects.toThrow('Not now');
      expect(changes()).toEqual([]);
    },
  );

  test('is not known by an answer that says nothing', async () => {
    given(undefined, machine(11));
    play(({ action, body }) =>
      action === 'DescribeInstances' && body.includes('InstanceId.1')
        ? { body: '<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>' }
        : undefined,
    );
    await expect(run()).rejects.toThrow(`Amazon EC2 does not describe ${manager}`);
    expect(changes()).toEqual([]);
  });

  test.each(['', 'i-1', 'i-0123456789ABCDEF0', 'somebody', '@instance-id@'])(
    'is not one whose tag is "%s"',
    async (tag) => {
      given(undefined, of(11, tag));
      await run();
      expect(changes()).toEqual([]);
      expect(lines).toMatchObject([
        { Machines: 1, machines: [{ reason: `its manager is no instance: ${tag}` }] },
      ]);
    },
  );
});

describe('machines that no manager has tagged', () => {
  const other = id(2);
  const bare = (number: number, fields: Partial<PlayedInstance> = {}) =>
    machine(number, { tags: {}, ...fields });
  const young = { launchedAt: '2026-02-28T12:00:00.000Z' };
  const hasOther = (answer?: PlayedManager): void => {
    estate.instances.push({ id: other, tags: group });
    if (answer !== undefined) estate.managers.set(other, answer);
  };
  const twice = async (): Promise<void> => {
    await run();
    later(15);
    await run();
  };

  test('are ended when they are old, and every manager of the group twice did not know them', async () => {
    hasOther([nameOf(12)]);
    given([nameOf(11)], bare(11), bare(12), bare(13), bare(14, young));
    await run();
    expect(estate.ended).toEqual([]);
    expect([11, 12, 13, 14].filter((number) => noteOn(number) !== undefined)).toEqual([13]);
    later(14);
    await run();
    expect(estate.ended).toEqual([]);
    later(15);
    await run();
    expect(estate.ended).toEqual([id(13)]);
    expect(estate.keyPairs).not.toContain(`${nameOf(13)}-ab1cd`);
    expect(lines.at(-1)).toMatchObject({ Machines: 4, OrphanedMachines: 1, EndedMachines: 1 });
  });

  test('are kept while one manager of the group does not answer, and that is told', async () => {
    hasOther();
    given([], bare(11));
    await twice();
    expect(changes()).toEqual([]);
    expect(lines.at(-1)).toMatchObject({
      SilentManagers: 1,
      machines: [
        {
          machine: id(11),
          reason: `no manager has tagged it, and ${other} did not answer: InvalidInstanceId: Not now`,
          outcome: 'kept',
        },
      ],
    });
  });

  test('are kept while a manager outside the group knows them: their sisters name it', async () => {
    estate.instances.push({ id: other });
    estate.managers.set(other, [nameOf(11), nameOf(12)]);
    given([], bare(11), of(12, other));
    await twice();
    expect(changes()).toEqual([]);
  });

  test('are ended at once when they are old, and no manager of the group exists', async () => {
    estate.instances = [
      { id: other, tags: { [groupTag]: 'acme-prod-other' } },
      ...['shutting-down', 'terminated'].map((state, index) => ({ id: id(3 + index), state, tags: group })),
    ];
    given(undefined, bare(11), bare(12, young));
    await run();
    expect(estate.ended).toContain(id(11));
    expect(changes()).toEqual(['DeleteKeyPair', 'TerminateInstances']);
    expect(aws.actions).not.toContain('SendCommand');
  });

  test('are never ended where nobody can be asked for them, and that is told', async () => {
    given([], bare(11, { keyName: undefined }), bare(12, { keyName: 'break-glass' }));
    await twice();
    estate.instances = estate.instances.filter((one) => one.id !== manager);
    await run();
    expect(changes()).toEqual([]);
    const reason = 'no manager has tagged it, and it has no name to ask for';
    expect(lines.at(-1)).toMatchObject({ machines: [11, 12].map((one) => ({ machine: id(one), reason })) });
  });

  test('are left alone where the group can not be read', async () => {
    given([], bare(11), of(12, gone));
    play(({ action, body }) =>
      action === 'DescribeInstances' && body.includes(encodeURIComponent(groupTag))
        ? refusedByEc2('RequestLimitExceeded')
        : undefined,
    );
    await expect(run()).rejects.toThrow('Not now');
    expect(changes()).toEqual([]);
  });

  test('alone have the group asked', async () => {
    hasOther([]);
    given([nameOf(11)], machine(11));
    await run();
    expect(callsOf('SendCommand')).toHaveLength(1);
    expect(callsOf('DescribeInstances')).toHaveLength(2);
  });
});

test('other instances are not touched, whatever their tags are', async () => {
  const others = ['', `${profile}-2`].map((own, index) => ({ ...of(20 + index, gone), profile: own }));
  given(undefined, ...others, machine(11, { state: 'shutting-down' }), machine(12, { state: 'terminated' }));
  await run();
  expect(changes()).toEqual([]);
  expect(lines).toMatchObject([{ Machines: 0 }]);
});

test('stopped machines are ended too, on every page, and a hundred are named', async () => {
  estate.pageSize = 50;
  given(
    undefined,
    ...Array.from({ length: 120 }, (_, index) => ({ ...of(100 + index, gone), state: 'stopped' })),
  );
  await run();
  expect(estate.ended).toHaveLength(120);
  expect(lines).toMatchObject([{ Machines: 120, EndedMachines: 120 }]);
  expect(lines[0]?.['machines']).toHaveLength(100);
});

describe('the key pair of an orphan', () => {
  test('goes with it', async () => {
    given(undefined, of(11, gone));
    await run();
    expect(estate.keyPairs).toEqual(new Set());
    expect(changes()).toEqual(['DeleteKeyPair', 'TerminateInstances']);
  });

  test.each(['break-glass', 'runner-acme-prod', 'x-runner-a-acme-prod-1', 'runner-a-acmeXprod-1'])(
    'stays where it is called otherwise: %s',
    async (keyName) => {
      given(undefined, { ...of(11, gone), keyName });
      await run();
      expect(estate.keyPairs).toEqual(new Set([keyName]));
      expect(estate.ended).toEqual([id(11)]);
    },
  );

  test.each([
    ['acme.prod-1', []],
    ['acmeXprod-1', ['acmeXprod-1']],
  ])('is known by a name in which only * stands for something else: %s', async (keyName, left) => {
    given(undefined, { ...of(11, gone), keyName });
    await run({ keyPairs: ['other', 'acme.prod-*'] });
    expect([...estate.keyPairs]).toEqual(left);
  });

  test('that EC2 refuses to delete keeps no orphan alive, and is told', async () => {
    estate.refusesKeyPairs = true;
    given(undefined, of(11, gone));
    await expect(run()).rejects.toThrow(/UnauthorizedOperation/);
    expect(estate.ended).toEqual([id(11)]);
  });
});

test('a dry run changes nothing, and tells what it would do', async () => {
  given([], machine(11), of(12, gone), machine(13, { tags: {} }));
  await run({ dryRun: true });
  expect(changes()).toEqual([]);
  expect(lines).toMatchObject([
    {
      Machines: 3,
      OrphanedMachines: 1,
      EndedMachines: 0,
      UnclaimedMachines: 2,
      machines: [
        { machine: id(12), outcome: 'dry run: end' },
        { machine: id(11), outcome: 'dry run: mark' },
        { machine: id(13), outcome: 'dry run: mark' },
      ],
    },
  ]);
});

test('counts what it saw and did, in one call', async () => {
  given([nameOf(11)], machine(11), machine(12), of(13, gone));
  await run();
  const metrics = {
    Machines: 3,
    OrphanedMachines: 1,
    EndedMachines: 1,
    UnclaimedMachines: 1,
    SilentManagers: 0,
  };
  expect(callsOf('PutMetricData').map(({ body }) => JSON.parse(body) as unknown)).toEqual([
    {
      Namespace: 'GitLabRunner',
      MetricData: Object.entries(metrics).map(([MetricName, Value]) => ({
        MetricName,
        Value,
        Unit: 'Count',
        Dimensions: [{ Name: 'Fleet', Value: 'acme-prod-machines' }],
      })),
    },
  ]);
  expect(lines).toMatchObject([{ fleet: 'acme-prod-machines', ...metrics }]);
});

test('what can not be done fails it, after the rest was done and told', async () => {
  given(undefined, of(11, gone), of(12, gone));
  play(({ action, body }) =>
    action === 'TerminateInstances' && body.includes(id(11))
      ? refusedByEc2('UnauthorizedOperation')
      : undefined,
  );
  await expect(run()).rejects.toThrow(
    `machines were not treated as decided: ${id(11)}: UnauthorizedOperation: Not now`,
  );
  expect(estate.ended).toEqual([id(12)]);
  expect(lines).toMatchObject([{ OrphanedMachines: 2, EndedMachines: 1 }]);
  expect(callsOf('PutMetricData')).toHaveLength(1);
});

test('a machine that has ended meanwhile is no failure', async () => {
  given([], machine(11), of(12, gone));
  play(({ action }) => {
    if (action === 'SendCommand') estate.instances = [estate.instance(manager)];
    return undefined;
  });
  await run();
  expect(lines).toMatchObject([
    { EndedMachines: 0, machines: [{ outcome: 'had ended' }, { outcome: 'had ended' }] },
  ]);
});

test('ends no more machines when its time is up, and still tells', async () => {
  given(undefined, of(11, gone), of(12, gone), of(13, gone));
  play(({ action }) => {
    if (action === 'TerminateInstances') nowMs += 40_000;
    return undefined;
  });
  await run();
  expect(lines).toMatchObject([{ EndedMachines: 2, machines: [{}, {}, { outcome: 'no time left' }] }]);
  expect(callsOf('PutMetricData')).toHaveLength(1);
});

describe('the handler', () => {
  const before = { ...process.env };
  afterEach(() => {
    jest.restoreAllMocks();
    process.env = { ...before };
  });

  test('runs one audit, by its environment', async () => {
    given([nameOf(11)], machine(11), of(12, gone));
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: aws.url,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'played',
      SETTINGS: JSON.stringify(settings),
    });
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      lines.push(JSON.parse(String(text)) as Line);
      return true;
    });
    await handler();
    expect(estate.ended).toEqual([id(12)]);
    expect(lines).toMatchObject([{ Machines: 2, EndedMachines: 1, SilentManagers: 0 }]);
  });

  test('without settings says what is wrong', async () => {
    delete process.env['SETTINGS'];
    await expect(handler()).rejects.toThrow('SETTINGS must be JSON, got nothing');
    expect(aws.calls).toEqual([]);
  });
});
