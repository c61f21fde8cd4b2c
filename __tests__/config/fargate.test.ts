import '../../src/config/issues';
import { fargate } from '../../src/config/fargate';

/** The schema of Fargate fleets: what Fargate has and what it hasn't. */

type Task = Record<string, unknown>;

const parse = (fields: object) => fargate.safeParse({ type: 'fargate', ...fields });
const withTask = (task: Task) => parse({ runners: { node: { task } } });

const messagesOf = ({ error }: ReturnType<typeof parse>): string[] =>
  (error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`);

const range = (from: number, to: number, step: number): number[] =>
  Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);

/** @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html */
const table: [cpu: number, memory: number[]][] = [
  [256, [512, 1024, 2048]],
  [512, range(1024, 4096, 1024)],
  [1024, range(2048, 8192, 1024)],
  [2048, range(4096, 16384, 1024)],
  [4096, range(8192, 30720, 1024)],
  [8192, range(16384, 61440, 4096)],
  [16384, range(32768, 122880, 8192)],
];

describe.each(table)('with %d CPU units', (cpu, allowed) => {
  test.each(allowed)('a job may have %d MiB', (memoryMib) => {
    expect(messagesOf(withTask({ cpu, memoryMib }))).toEqual([]);
  });

  const neighbours = [(allowed[0] ?? 0) - 512, (allowed[0] ?? 0) + 256, (allowed.at(-1) ?? 0) + 1024];
  test.each(neighbours)('a job may not have %d MiB', (memoryMib) => {
    const messages = messagesOf(withTask({ cpu, memoryMib })).join();
    expect(messages).toMatch(memoryMib < 512 ? /must be at least 512/ : /must be one of/);
  });
});

test('the managers have the same table', () => {
  expect(messagesOf(parse({ managers: { cpu: 256, memoryMib: 4096 } }))).toEqual([
    'managers.memoryMib must be one of 512, 1024, 2048 for cpu 256',
  ]);
});

test('the smallest fleet has one manager, one runner, and a vCPU with 2 GiB for a job', () => {
  const { data } = parse({});
  expect(data).toMatchObject({
    cluster: { type: 'create' },
    managers: { count: 1, cpu: 512, memoryMib: 1024, minHealthyPercentage: 100, maxPercentage: 200 },
    concurrent: 4,
    drainTimeoutSeconds: 86400,
    orphans: { maxAgeHours: 24, dryRun: false },
  });
  expect(data?.runners.default?.task).toEqual({
    cpu: 1024,
    memoryMib: 2048,
    ephemeralStorageGib: 20,
    architecture: 'x86_64',
    spot: false,
    assignPublicIp: false,
    sshUser: 'root',
  });
});

const clusterArn = 'arn:aws:ecs:eu-central-1:111122223333:cluster/ci';

test.each<[string, ReturnType<typeof parse>, string]>([
  [
    'a cluster beside spot, which gets one of its own',
    withTask({ spot: true, cluster: { type: 'existing', arn: clusterArn } }),
    'runners.node.task.cluster must not be set beside spot: jobs on spot capacity get a cluster made for it',
  ],
  [
    'a cluster that is none',
    parse({ cluster: { type: 'existing', arn: 'ci' } }),
    'cluster.arn must be an ARN such as arn:aws:ecs:eu-central-1:111122223333:cluster/ci',
  ],
  [
    'a deployment that could replace nothing',
    parse({ managers: { minHealthyPercentage: 100, maxPercentage: 100 } }),
    'managers.maxPercentage must be above minHealthyPercentage, or no manager could ever be replaced',
  ],
  [
    'an image with a shell in it',
    withTask({ image: 'node:22; id' }),
    'runners.node.task.image must be the name of a container image such as registry.example.com/ci/node:22',
  ],
  [
    'a user with a shell in it',
    withTask({ sshUser: 'root; id' }),
    'runners.node.task.sshUser must be the name of a user',
  ],
  [
    'a disk smaller than Fargate’s',
    withTask({ ephemeralStorageGib: 19 }),
    'runners.node.task.ephemeralStorageGib must be at least 20',
  ],
])('rejects %s', (_, result, message) => {
  expect(messagesOf(result)).toEqual([message]);
});

test.each(['docker', 'refresh', 'metadataHopLimit', 'policyArns', 'image', 'capacity'])(
  'does not know %s',
  (key) => {
    const [issue] = parse({ [key]: {} }).error?.issues ?? [];
    expect(issue).toMatchObject({ code: 'unrecognized_keys', keys: [key] });
  },
);

test('a runner has no docker', () => {
  const [issue] = parse({ runners: { node: { docker: {} } } }).error?.issues ?? [];
  expect(issue).toMatchObject({ code: 'unrecognized_keys', keys: ['docker'] });
});
