import {
  KEY_ARN,
  PARAMETER_ARN,
  SECRET_ARN,
  minimal,
  refusals,
  withFargate,
  type FargateInput,
} from '../support/environments';
import { fargateFleet } from '../support/fargate';
import { linux, long, put, rejects, type Case } from '../support/refusals';

/** Fleets of Fargate tasks: what Fargate has and what it hasn't, and each refusal with its whole message. */

const fleet = 'fleets.jobs';
const runner = `${fleet}.runners.default`;
const putJobs = (path: string, value: unknown) => put(`${fleet}.${path}`, value, withFargate());
const putTask = (path: string, value: unknown) => putJobs(`runners.default.task.${path}`, value);
const jobs = (fields: Partial<FargateInput> = {}): FargateInput => ({ type: 'fargate', ...fields });
const clusterArn = 'arn:aws:ecs:eu-central-1:111122223333:cluster/ci';

const range = (from: number, to: number, step: number): number[] =>
  Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);

/** @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html */
const table: [cpu: number, memory: number[], step: number][] = [
  [256, [512, 1024, 2048], 512],
  [512, range(1024, 4096, 1024), 1024],
  [1024, range(2048, 8192, 1024), 1024],
  [2048, range(4096, 16384, 1024), 1024],
  [4096, range(8192, 30720, 1024), 1024],
  [8192, range(16384, 61440, 4096), 4096],
  [16384, range(32768, 122880, 8192), 8192],
];
const everyMemory = [...new Set(table.flatMap(([, memory]) => memory))];

describe.each(table)('with %d CPU units', (cpu, allowed, step) => {
  test.each(allowed)('a job and a manager may have %d MiB', (memoryMib) => {
    expect(refusals(putJobs('runners.default.task', { cpu, memoryMib }))).toEqual([]);
    expect(refusals(putJobs('managers', { cpu, memoryMib }))).toEqual([]);
  });

  const [least = 0, most = 0] = [allowed[0], allowed.at(-1)];
  const neighbours = [
    ...[least - step, least - 1, least + 1, least + 256, most - 1, most + 1, most + 512, most + step],
    ...everyMemory,
  ].filter((memory) => !allowed.includes(memory));
  test.each([...new Set(neighbours)])('neither may have %d MiB', (memoryMib) => {
    const rule = `must be one of ${allowed.join(', ')} for cpu ${cpu}`;
    for (const path of ['managers', 'runners.default.task'])
      expect(refusals(putJobs(path, { cpu, memoryMib }))).toEqual([
        `environments/dev.ts: ${fleet}.${path}.memoryMib ${rule}, got ${memoryMib}`,
      ]);
  });
});

const cpuRule = 'must be one of 256, 512, 1024, 2048, 4096, 8192, 16384';
const imageRule = 'must be the name of a container image such as registry.example.com/ci/node:22';

const values: Case[] = [
  ...[0, 128, 255, 768, 32768].map((cpu): Case => [
    `${cpu} CPU units`,
    putTask('cpu', cpu),
    `${runner}.task.cpu ${cpuRule}, got ${cpu}`,
  ]),
  ['CPU units as text', putJobs('managers.cpu', '512'), `${fleet}.managers.cpu ${cpuRule}, got "512"`],
  [
    'a fraction of a disk',
    putTask('ephemeralStorageGib', 20.5),
    `${runner}.task.ephemeralStorageGib must be a whole number, got 20.5`,
  ],
  [
    'another instruction set',
    putTask('architecture', 'riscv64'),
    `${runner}.task.architecture must be one of x86_64, arm64, got "riscv64"`,
  ],
  ...[
    'node:22; id',
    'Node:22',
    '',
    'https://registry.example.com/node',
    'a//b',
    '/a',
    'a/',
    'node@sha256:0',
    ':22',
  ].map((image): Case => [
    `the image ${JSON.stringify(image)}`,
    putTask('image', image),
    `${runner}.task.image ${imageRule}, got ${JSON.stringify(image)}`,
  ]),
  [
    'an image whose name is long and almost one, at once',
    putTask('image', `${'a-'.repeat(200)}!`),
    `${runner}.task.image ${imageRule}, got "${'a-'.repeat(200)}!"`,
  ],
  [
    'a manager’s image with a shell in it',
    putJobs('managers.image', '$(id)'),
    `${fleet}.managers.image ${imageRule}, got "$(id)"`,
  ],
  ...['root; id', 'Root', '', '-x', long(33)].map((user): Case => [
    `the user ${JSON.stringify(user)}`,
    putTask('sshUser', user),
    `${runner}.task.sshUser must be the name of a user, got ${JSON.stringify(user)}`,
  ]),
  [
    'a cluster by its name',
    putJobs('cluster', { type: 'existing', arn: 'ci' }),
    `${fleet}.cluster.arn must be an ARN such as ${clusterArn}, got "ci"`,
  ],
  [
    'a cluster of no kind',
    putJobs('cluster', { type: 'given', arn: clusterArn }),
    `${fleet}.cluster.type must be one of create, existing, got "given"`,
  ],
  [
    'a cluster to be made for one runner',
    putTask('cluster', { type: 'create' }),
    `${runner}.task.cluster.type must be existing, got "create"`,
    `${runner}.task.cluster.arn is required, got undefined`,
  ],
  [
    'a role that is none',
    putTask('taskRoleArn', 'deploy'),
    `${runner}.task.taskRoleArn must be an ARN such as arn:aws:iam::111122223333:role/terraform, got "deploy"`,
  ],
  [
    'a subnet that is none',
    putTask('subnetId', 'sg-0a1b2c3d4e5f60718'),
    `${runner}.task.subnetId must be an id such as subnet-0a1b2c3d4e5f60718, got "sg-0a1b2c3d4e5f60718"`,
  ],
  [
    'several subnets for a runner, of which the driver takes one',
    putTask('subnetIds', ['subnet-0a1b2c3d4e5f60718']),
    `${runner}.task.subnetIds is not a known key, got ["subnet-0a1b2c3d4e5f60718"]`,
  ],
  [
    'a security group that is none',
    putTask('securityGroupId', 'default'),
    `${runner}.task.securityGroupId must be an id such as sg-0a1b2c3d4e5f60718, got "default"`,
  ],
  [
    'managers without subnets',
    putJobs('managers.subnetIds', []),
    `${fleet}.managers.subnetIds must not be an empty list, got []`,
  ],
  [
    'a fleet without runners',
    putJobs('runners', {}),
    `${fleet}.runners must have at least one runner, got {}`,
  ],
];
rejects('what Fargate or the driver does not take', values);

rejects('a deployment that could never replace a manager', [
  [
    'since none may go and none may come',
    putJobs('managers', { minHealthyPercentage: 100, maxPercentage: 100 }),
    `${fleet}.managers.maxPercentage must be above minHealthyPercentage, or no manager could ever be replaced, got 100`,
  ],
  [
    'since half a manager more is none',
    putJobs('managers', { maxPercentage: 199 }),
    `${fleet}.managers.maxPercentage must let a manager be replaced: of 1, 1 must stay and 1 may run, got 199`,
  ],
  [
    'since half a manager that stays is one',
    putJobs('managers', { count: 3, minHealthyPercentage: 67, maxPercentage: 133 }),
    `${fleet}.managers.maxPercentage must let a manager be replaced: of 3, 3 must stay and 3 may run, got 133`,
  ],
]);

rejects('a wrong kind of account and region, without falling over given clusters', [
  [
    'which nobody can compare with them',
    put('aws', null, putJobs('cluster', { type: 'existing', arn: clusterArn })),
    'aws must be an object, got null',
  ],
]);

const two = { one: { token: { secretArn: SECRET_ARN } }, two: { token: { secretArn: SECRET_ARN } } };
const elsewhere = (name: string) =>
  put('aws.accountId', '444455556666', putJobs(name, { type: 'existing', arn: clusterArn }));

const acrossFields: Case[] = [
  [
    'a cluster beside spot, which gets one of its own',
    putJobs('runners.default.task', { spot: true, cluster: { type: 'existing', arn: clusterArn } }),
    `${runner}.task.cluster must not be set beside spot: jobs on spot capacity get a cluster made for it, got {"type":"existing","arn":"${clusterArn}"}`,
  ],
  [
    'a cluster of another region',
    putJobs('cluster', { type: 'existing', arn: clusterArn.replace('eu-central-1', 'eu-west-1') }),
    `${fleet}.cluster.arn must be a cluster of region eu-central-1, got "arn:aws:ecs:eu-west-1:111122223333:cluster/ci"`,
  ],
  [
    'a cluster of another region for the jobs of a runner',
    putTask('cluster', { type: 'existing', arn: clusterArn.replace('eu-central-1', 'eu-west-1') }),
    `${runner}.task.cluster.arn must be a cluster of region eu-central-1, got "arn:aws:ecs:eu-west-1:111122223333:cluster/ci"`,
  ],
  [
    'a cluster of another account',
    elsewhere('cluster'),
    `${fleet}.cluster.arn must be a cluster of aws.accountId (444455556666), got "${clusterArn}"`,
  ],
  [
    'a cluster of another account for the jobs of a runner',
    elsewhere('runners.default.task.cluster'),
    `${runner}.task.cluster.arn must be a cluster of aws.accountId (444455556666), got "${clusterArn}"`,
  ],
  [
    'a role of another account, which nobody could pass',
    put('aws.accountId', '444455556666', putTask('taskRoleArn', 'arn:aws:iam::111122223333:role/deploy')),
    `${runner}.task.taskRoleArn must be a role of aws.accountId (444455556666), got "arn:aws:iam::111122223333:role/deploy"`,
  ],
  [
    'keys of Docker to come, where there is no Docker',
    putJobs('runners.default.extraConfig', { docker: { newer: 1 } }),
    `${runner}.extraConfig.docker must not be set here: jobs of this fleet are Fargate tasks, not containers of Docker, got {"newer":1}`,
  ],
  [
    'a known key as extra',
    putJobs('runners.default.extraConfig', { custom: { run_exec: '/bin/sh' } }),
    `${runner}.extraConfig.custom must not be set here: extraConfig is for keys that gitlab-runner 19.3 does not have; use the field of the model, if there is one, got {"run_exec":"/bin/sh"}`,
  ],
  [
    'a limit above concurrent',
    putJobs('runners.default.limit', 5),
    `${runner}.limit must not exceed the fleet's concurrent (4), got 5`,
  ],
  [
    'two runners with one given secret',
    putJobs('runners', two),
    `${fleet}.runners.two.token.secretArn must not be the secret of another runner (${fleet}.runners.one.token.secretArn), got "${SECRET_ARN}"`,
  ],
  [
    'the given secret of a fleet of another type',
    put('fleets', {
      linux: { ...linux(), runners: { default: two.one } },
      jobs: jobs({ runners: { default: two.one } }),
    }),
    `${runner}.token.secretArn must not be the secret of another runner (fleets.linux.runners.default.token.secretArn), got "${SECRET_ARN}"`,
  ],
  [
    'a secret that another fleet makes',
    put('fleets', {
      linux: { ...linux(), runners: { default: { token: { secretName: 'x' } } } },
      jobs: jobs({ runners: { default: { token: { secretName: 'x' } } } }),
    }),
    `${runner}.token.secretName makes the secret name acme-dev-x, which fleets.linux.runners.default.token.secretName makes already, got "x"`,
  ],
  [
    'a secret without the characters that AWS adds',
    putJobs('runners.default.token', { secretArn: SECRET_ARN.slice(0, -7) }),
    `${runner}.token.secretArn must be an ARN such as ${SECRET_ARN}, got "${SECRET_ARN.slice(0, -7)}"`,
  ],
  [
    'a parameter by its name',
    putJobs('runners.default.token', { parameterArn: '/gitlab/token' }),
    `${runner}.token.parameterArn must be an ARN such as ${PARAMETER_ARN}, got "/gitlab/token"`,
  ],
  [
    'a parameter whose key is in another region',
    putJobs('runners.default.token', {
      parameterArn: PARAMETER_ARN,
      kmsKeyArn: KEY_ARN.replace('eu-central-1', 'eu-west-1'),
    }),
    `${runner}.token.kmsKeyArn must be a key of region eu-central-1, got "${KEY_ARN.replace('eu-central-1', 'eu-west-1')}"`,
  ],
];
rejects('fields that contradict', acrossFields);

rejects(
  'what other fleet types have',
  Object.entries({
    docker: { image: 'x' },
    refresh: { minHealthyPercentage: 50 },
    metadataHopLimit: 2,
    policyArns: [],
    image: { stock: 'amazon-linux-2023' },
    launch: { type: 'template' },
    capacity: { min: 1, max: 2 },
    scaling: { type: 'jobs' },
    rootVolume: { sizeGib: 50 },
    keyName: 'x',
    'runners.default.docker': { image: 'x' },
    'managers.policyArns': [],
  }).map(([key, value]): Case => [
    key,
    putJobs(key, value),
    `${fleet}.${key} is not a known key, got ${JSON.stringify(value)}`,
  ]),
);

const withFleets = (fleets: Record<string, object>) => put('fleets', fleets);
/** What a fleet `jobs` of Fargate tasks makes besides what bears its own name. */
const made: [name: string, ...spaces: string[]][] = [
  ['execution', 'IAM role'],
  ['orphans', 'IAM role', 'log group'],
  ['workers', 'log group'],
];
const startsAlike = (name: string, other: string): string =>
  `fleets.${name} is a name that must not begin with ${other}-: the rights of the Fargate fleet ${other} reach what is called so, got "${name}"`;
rejects('names that something else has', [
  [
    'a fleet whose name begins with that of another',
    withFleets({ a: jobs(), 'a-b': jobs({ runners: { c: {} } }) }),
    startsAlike('a-b', 'a'),
  ],
  [
    'a definition of jobs, by the names of fleet and runner',
    withFleets({ a: jobs({ runners: { 'b-c': {} } }), 'a-b': jobs({ runners: { c: {} } }) }),
    'fleets.a-b.runners.c makes the task definition name acme-dev-a-b-c, which fleets.a.runners.b-c makes already, got "c"',
    'fleets.a-b.runners.c makes the secret name acme-dev-a-b-c-token, which fleets.a.runners.b-c makes already, got "c"',
    startsAlike('a-b', 'a'),
  ],
  [
    'a definition of managers, which is that of another fleet’s jobs',
    withFleets({ a: jobs({ runners: { b: {} } }), 'a-b': jobs() }),
    'fleets.a-b makes the task definition name acme-dev-a-b, which fleets.a.runners.b makes already, got "a-b"',
    startsAlike('a-b', 'a'),
  ],
  ...[linux(), jobs()].flatMap((other) =>
    made.map(([name, ...spaces]): Case => [
      `a fleet of type ${other.type} called as the ${name} of another`,
      withFleets({ jobs: jobs(), [`jobs-${name}`]: other }),
      ...spaces.map(
        (space) =>
          `fleets.jobs-${name} makes the ${space} name acme-dev-jobs-${name}, which fleets.jobs makes already, got "jobs-${name}"`,
      ),
      ...(other.type === 'fargate' ? [startsAlike(`jobs-${name}`, 'jobs')] : []),
    ]),
  ),
  [
    'a fleet too long once its roles have their names',
    withFleets({ [long(46)]: jobs() }),
    `fleets.${long(46)} makes the IAM role name acme-dev-${long(46)}-execution of 65 characters, and AWS takes 64, got "${long(46)}"`,
  ],
]);

rejects('what AWS would refuse at the apply', [
  [
    'a port of metrics that only root could have',
    put(`${fleet}.metrics.port`, 80, withFargate()),
    `${fleet}.metrics.port must be at least 1024: managers of tasks are not root, got 80`,
  ],
  [
    'more egress rules than a security group has, with those to the groups of jobs',
    withFargate({
      egress: Array.from({ length: 60 }, (_, port) => ({ cidr: '10.0.0.0/8', port: port + 1 })),
      runners: { a: { requestConcurrency: 2 }, b: { task: { securityGroupId: 'sg-0a1b2c3d4e5f60718' } } },
    }),
    `${fleet}.egress must have at most 58 rules: AWS takes 60, and managers have one for each security group of jobs (2), got 60`,
  ],
  [
    'a cluster and a role of another partition',
    withFargate({
      cluster: { type: 'existing', arn: 'arn:aws-cn:ecs:eu-central-1:111122223333:cluster/ci' },
      runners: { a: { task: { taskRoleArn: 'arn:aws-us-gov:iam::111122223333:role/jobs' } } },
    }),
    `${fleet}.cluster.arn must be of partition aws, as region eu-central-1 is, got "arn:aws-cn:ecs:eu-central-1:111122223333:cluster/ci"`,
    `${fleet}.runners.a.task.taskRoleArn must be of partition aws, as region eu-central-1 is, got "arn:aws-us-gov:iam::111122223333:role/jobs"`,
  ],
]);

describe('takes', () => {
  test.each<[string, unknown]>([
    ['the smallest fleet', withFargate()],
    ['a fleet beside one of another type', put('fleets', { linux: linux(), jobs: jobs() })],
    ['no managers', putJobs('managers', { count: 0, maxPercentage: 150 })],
    [
      'managers that go before others come',
      putJobs('managers', { minHealthyPercentage: 0, maxPercentage: 100 }),
    ],
    ['two managers, of which one more may run', putJobs('managers', { count: 2, maxPercentage: 150 })],
    ['the bounds of the disk', putTask('ephemeralStorageGib', 200)],
    ['a cluster where the account is not known', putJobs('cluster', { type: 'existing', arn: clusterArn })],
    [
      'a role where the account is not known',
      putTask('taskRoleArn', 'arn:aws:iam::444455556666:role/ci/deploy'),
    ],
    [
      'a cluster and spot for different runners',
      {
        ...withFargate({
          runners: {
            a: { task: { spot: true } },
            b: { task: { cluster: { type: 'existing', arn: clusterArn } } },
          },
        }),
      },
    ],
    [
      'an image by its digest',
      putTask('image', `111122223333.dkr.ecr.eu-central-1.amazonaws.com/ci/node@sha256:${'0'.repeat(64)}`),
    ],
    ['an image of Docker Hub', putTask('image', 'alpine')],
    ['an image of a registry with a port', putTask('image', 'registry.example.com:5000/ci/node:22-Alpine_3')],
    ['keys of gitlab-runner to come', putJobs('runners.default.extraConfig', { newer: { deeper: 1 } })],
    ['a limit of 0: as many as concurrent', putJobs('runners.default.limit', 0)],
    [
      'all kinds of tokens',
      withFargate({
        runners: {
          a: { token: { secretName: 'a' } },
          b: { token: { secretArn: SECRET_ARN, kmsKeyArn: KEY_ARN } },
          c: { token: { parameterArn: PARAMETER_ARN } },
        },
      }),
    ],
  ])('%s', (_, input) => {
    expect(refusals(input)).toEqual([]);
  });
});

describe('defaults', () => {
  const smallest = fargateFleet();
  const [runnerOfSmallest] = smallest.runners;

  test('cluster: one is made, with Fargate as default', () => {
    expect(smallest.cluster).toEqual({ kind: 'made', name: 'acme-dev-jobs', capacityProvider: 'FARGATE' });
  });
  test('managers: one, with our image, in the subnets of the network', () => {
    expect(smallest.managers).toEqual({
      count: 1,
      cpu: 512,
      memoryMib: 1024,
      image: {
        kind: 'built',
        image: 'manager',
        repository: 'acme-dev-manager',
        gitlabRunnerVersion: '19.3.0',
        architecture: 'x86_64',
      },
      subnetIds: ['subnet-0a1b2c3d4e5f60718'],
      assignPublicIp: false,
      minHealthyPercentage: 100,
      maxPercentage: 200,
    });
  });
  test('task: our image, 1 vCPU and 2 GiB, in the first subnet of the network', () => {
    expect(runnerOfSmallest?.task).toEqual({
      family: 'acme-dev-jobs-default',
      cpu: 1024,
      memoryMib: 2048,
      ephemeralStorageGib: 20,
      architecture: 'x86_64',
      spot: false,
      image: {
        kind: 'built',
        image: 'worker',
        repository: 'acme-dev-worker',
        gitlabRunnerVersion: '19.3.0',
        architecture: 'x86_64',
      },
      subnetId: 'subnet-0a1b2c3d4e5f60718',
      assignPublicIp: false,
      sshUser: 'root',
      cluster: undefined,
    });
  });
  test('runners: one, called default, with a secret of its own', () => {
    expect(smallest.runners).toHaveLength(1);
    expect(runnerOfSmallest).toMatchObject({
      key: 'default',
      name: 'acme-dev-jobs-default',
      limit: 4,
      token: { kind: 'made', secretName: 'acme-dev-jobs-default-token' },
    });
  });
  test('what every fleet has, and orphans', () => {
    expect(smallest).toMatchObject({
      concurrent: 4,
      checkIntervalSeconds: 3,
      logLevel: 'info',
      drainTimeoutSeconds: 86400,
      forceDelete: false,
      metrics: { port: 9252, allowedSecurityGroupIds: [] },
      egress: [
        { cidr: '0.0.0.0/0', protocol: 'all' },
        { cidr: '::/0', protocol: 'all' },
      ],
      orphans: { maxAgeHours: 24, dryRun: false },
    });
  });
});

test('jobs on spot capacity have a cluster called as their definition, and others may have a given one', () => {
  const cluster = { type: 'existing', arn: clusterArn } as const;
  const { runners, ...rest } = fargateFleet({
    cluster,
    runners: { a: { task: { spot: true } }, b: { task: { cluster } }, c: {} },
  });
  expect(rest.cluster).toEqual({ kind: 'existing', arn: clusterArn });
  expect(runners.map(({ task }) => task.cluster)).toEqual([
    { kind: 'made', name: 'acme-dev-jobs-a', capacityProvider: 'FARGATE_SPOT' },
    { kind: 'existing', arn: clusterArn },
    undefined,
  ]);
});

test('the smallest environment of another type knows none of this', () => {
  expect(refusals(put('fleets.linux.managers', {}, minimal()))).toEqual([
    'environments/dev.ts: fleets.linux.managers is not a known key, got {}',
  ]);
});
