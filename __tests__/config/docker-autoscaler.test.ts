import type { DockerAutoscalerFleet } from '../../src/config/docker-autoscaler-model';
import type { EnvironmentInput } from '../../src/config/environment';
import {
  minimal,
  parsed,
  refusals,
  withAutoscaler,
  withValue,
  withWorkers,
  type AutoscalerRunnerInput,
} from '../support/environments';
import { long, put, rejects, type Case } from '../support/refusals';

/** Fleets whose one manager starts machines: what they may say, what that means, and what should be known of them. */

type WorkersInput = NonNullable<AutoscalerRunnerInput['workers']>;

const builds = 'fleets.builds';
const runner = `${builds}.runners.default`;
const workers = `${runner}.workers`;

function fleetOf(input: unknown): DockerAutoscalerFleet {
  const [fleet] = parsed(input).fleets;
  if (fleet?.type !== 'docker-autoscaler') throw new Error('there is no manager with workers');
  return fleet;
}
const workersOf = (input: unknown) => fleetOf(input).runners[0]?.workers;
const warnings = (input: EnvironmentInput): string[] =>
  parsed(input).warnings.map(({ path, message }) => `${path} ${message}`);

describe('a manager without more said', () => {
  const fleet = fleetOf(withAutoscaler());

  test('is a small machine on a stock image', () => {
    expect(fleet.awsName).toBe('acme-dev-builds');
    expect(fleet.manager).toMatchObject({
      architecture: 'x86_64',
      instanceType: 't3.small',
      image: { kind: 'stock', base: 'amazon-linux-2023' },
      rootVolume: { sizeGib: 30, type: 'gp3' },
      keyName: undefined,
    });
    expect(fleet.metadataHopLimit).toBe(1);
    expect(fleet.refresh).toEqual({ minHealthyPercentage: 100, maxHealthyPercentage: 110 });
  });

  test('is of the type that its image needs', () => {
    const arm = { stock: 'amazon-linux-2023', architecture: 'arm64' } as const;
    expect(fleetOf(withAutoscaler({ manager: { image: arm } })).manager.instanceType).toBe('t4g.small');
  });

  test('starts machines for as many jobs as it takes, one for each, and keeps none ready', () => {
    expect(fleet.runners).toHaveLength(1);
    const made = workersOf(withAutoscaler());
    expect([made?.spot, made?.subnetIds]).toEqual([undefined, undefined]);
    expect(made).toMatchObject({
      groupName: 'acme-dev-builds-default',
      architecture: 'x86_64',
      instanceTypes: ['m6i.large'],
      rootVolume: { sizeGib: 30, type: 'gp3' },
      maxInstances: 4,
      capacityPerInstance: 1,
      maxUseCount: 0,
      policies: [
        {
          periods: ['* * * * *'],
          timezone: 'Etc/UTC',
          idleCount: 0,
          idleTimeSeconds: 1200,
          scaleFactor: 0,
          scaleFactorLimit: 0,
        },
      ],
      policyArns: [],
      securityGroupIds: [],
      metadataHopLimit: 1,
      sshUser: 'ec2-user',
    });
  });

  test('has nothing to warn of', () => {
    expect(warnings(withAutoscaler())).toEqual([]);
  });
});

describe('the most workers', () => {
  test.each<[string, WorkersInput, AutoscalerRunnerInput, number]>([
    ['are as many as jobs', {}, { limit: 7 }, 7],
    ['are as many as jobs need', { capacityPerInstance: 3 }, { limit: 7 }, 3],
    ['are as many as concurrent jobs need where there is no limit', {}, { limit: 0 }, 10],
    ['are what is said', { maxInstances: 2, capacityPerInstance: 4 }, { limit: 8 }, 2],
  ])('%s', (_, given, more, expected) => {
    const input = withAutoscaler({ concurrent: 10, runners: { default: { ...more, workers: given } } });
    expect(workersOf(input)?.maxInstances).toBe(expected);
  });
});

describe('takes', () => {
  test.each<[string, EnvironmentInput]>([
    [
      'periods in GitLab’s form, in small letters too',
      withWorkers({ policies: [{ periods: ['* 9-17 * * mon-fri', '*/5 0 1,15 * *'] }] }),
    ],
    ['as many places ready as there are', withWorkers({ maxInstances: 2, policies: [{ idleCount: 2 }] })],
    [
      'workers of another architecture than the manager',
      withWorkers({ image: { stock: 'amazon-linux-2023', architecture: 'arm64' } }),
    ],
  ])('%s', (_, input) => {
    expect(refusals(input)).toEqual([]);
  });
});

const base = withAutoscaler();
const refused = (path: string, value: unknown, rule: string): Case => [
  `${path} ${JSON.stringify(value)}`,
  put(`${builds}.${path}`, value, base),
  `${builds}.${path} ${rule}, got ${JSON.stringify(value)}`,
];
const refusedWorkers = (path: string, value: unknown, rule: string): Case =>
  refused(`runners.default.workers.${path}`, value, rule);

rejects('fields that the type does not have', [
  refused('capacity', { min: 1, max: 2 }, 'is not a known key'),
  refused('scaling', { type: 'jobs' }, 'is not a known key'),
  refused('manager.spot', {}, 'is not a known key'),
  refused('manager.instanceTypes', ['t3.small'], 'is not a known key'),
  refusedWorkers('keyName', 'break-glass', 'is not a known key'),
  refusedWorkers('instanceType', 'm6i.large', 'is not a known key'),
]);

rejects('bad values of workers', [
  refusedWorkers('maxInstances', 0, 'must be at least 1'),
  refusedWorkers('capacityPerInstance', 0, 'must be at least 1'),
  refusedWorkers('maxUseCount', -1, 'must be at least 0'),
  refusedWorkers('policies', [], 'must not be an empty list'),
  refusedWorkers('instanceTypes', [], 'must not be an empty list'),
  refusedWorkers('subnetIds', [], 'must not be an empty list'),
  refusedWorkers('sshUser', 'Root', 'must be the name of a user'),
  refusedWorkers('instanceOperationTimeBuckets', [], 'must not be an empty list'),
  refusedWorkers('updateIntervalSeconds', 0, 'must be at least 1'),
  [
    'a period of seven fields, as Docker Machine has them',
    withWorkers({ policies: [{ periods: ['* * 9-17 * * mon-fri *'] }] }),
    `${workers}.policies[0].periods[0] must be a cron expression of five fields such as 0 20 * * MON-FRI, got "* * 9-17 * * mon-fri *"`,
  ],
  [
    'a time zone that there is not',
    withWorkers({ policies: [{ timezone: 'Mars/Olympus' }] }),
    `${workers}.policies[0].timezone must be the IANA name of a time zone such as Europe/Berlin, got "Mars/Olympus"`,
  ],
]);

rejects('fields that do not fit each other', [
  [
    'a manager of another architecture than its image',
    withAutoscaler({ manager: { instanceType: 't4g.small' } }),
    `${builds}.manager.instanceType must be an x86_64 instance type, as the image is, got "t4g.small"`,
  ],
  [
    'workers of another architecture than their image',
    withWorkers({ instanceTypes: ['m6i.large', 'm7g.large'] }),
    `${workers}.instanceTypes[1] must be an x86_64 instance type, as the image is, got "m7g.large"`,
  ],
  [
    'spot workers of a type that EC2 has not so',
    withWorkers({ instanceTypes: ['hpc6a.48xlarge'], spot: {} }),
    `${workers}.instanceTypes[0] must be a type that EC2 has as spot instance, got "hpc6a.48xlarge"`,
  ],
  [
    'images that no one defines',
    withAutoscaler({
      manager: { image: { packer: 'manager' } },
      runners: { default: { workers: { image: { packer: 'worker' } } } },
    }),
    `${builds}.manager.image.packer must be the name of an image under images (there is none), got "manager"`,
    `${workers}.image.packer must be the name of an image under images (there is none), got "worker"`,
  ],
  [
    'a root volume that is smaller than the image',
    { ...withWorkers({ image: { packer: 'base' }, rootVolume: { sizeGib: 20 } }), images: { base: {} } },
    `${workers}.rootVolume.sizeGib must not be below the image's rootVolumeGib (30), got 20`,
  ],
  [
    'more places ready than there are',
    withWorkers({ maxInstances: 1, capacityPerInstance: 4, policies: [{}, { idleCount: 5 }] }),
    `${workers}.policies[1].idleCount must not exceed the jobs that maxInstances and capacityPerInstance leave room for (4), got 5`,
  ],
  [
    'a limit above concurrent',
    withAutoscaler({ concurrent: 4, runners: { default: { limit: 5 } } }),
    `${runner}.limit must not exceed the fleet's concurrent (4), got 5`,
  ],
]);

test('concurrent is as large as the largest limit where nothing is said, and at least 4', () => {
  const concurrentOf = (...limits: number[]) =>
    fleetOf(
      withAutoscaler({ runners: Object.fromEntries(limits.map((limit, index) => [`r${index}`, { limit }])) }),
    ).concurrent;
  expect([concurrentOf(1), concurrentOf(20, 3), fleetOf(withAutoscaler()).concurrent]).toEqual([4, 20, 4]);
});

rejects('names', [
  [
    'of workers that are too long for a role',
    withAutoscaler({ runners: { [long(52)]: {} } }),
    `${builds}.runners.${long(52)} makes the IAM role name acme-dev-builds-${long(52)} of 68 characters, and AWS takes 64, got "${long(52)}"`,
  ],
  [
    'of workers that another fleet has',
    withValue(withAutoscaler(), 'fleets.builds-default', minimal().fleets.linux),
    `fleets.builds-default makes the IAM role name acme-dev-builds-default, which ${runner} makes already, got "builds-default"`,
    `fleets.builds-default makes the log group name acme-dev-builds-default, which ${runner} makes already, got "builds-default"`,
  ],
]);

describe('warns of', () => {
  const shared =
    'a job can take over its worker, and with it the jobs beside and after it (capacityPerInstance 1 and maxUseCount 1 give each job a worker of its own)';
  const reclaimed =
    'is set: EC2 takes such an instance back at a notice of two minutes, and jobs that take longer fail; `retry: { max: 2, when: runner_system_failure }` in .gitlab-ci.yml runs them again';

  test.each<[string, EnvironmentInput, string]>([
    [
      'privileged jobs on workers that others use',
      withWorkers({}, { docker: { privileged: true } }),
      `${runner}.docker.privileged is on: ${shared}`,
    ],
    [
      'privileged services on such workers',
      withWorkers({ maxUseCount: 1, capacityPerInstance: 2 }, { docker: { servicesPrivileged: true } }),
      `${runner}.docker.servicesPrivileged is on: ${shared}`,
    ],
    [
      'the processes of such workers',
      withWorkers({}, { docker: { pidMode: 'host' } }),
      `${runner}.docker.pidMode is host: jobs see every process of their worker`,
    ],
    [
      'Docker itself in jobs on such workers',
      withWorkers({}, { docker: { volumes: ['/var/run/docker.sock:/var/run/docker.sock'] } }),
      `${runner}.docker.volumes[0] mounts /var/run/docker.sock into jobs: a job can take over its worker through it, and with it the jobs beside and after it`,
    ],
    [
      'the network of the worker',
      withWorkers({ maxUseCount: 1 }, { docker: { networkMode: 'host' } }),
      `${runner}.docker.networkMode is host: jobs reach the metadata service and with it the role of their worker`,
    ],
    [
      'a hop limit above 1 of workers',
      withWorkers({ metadataHopLimit: 2 }),
      `${workers}.metadataHopLimit is above 1: job containers get the role of their worker`,
    ],
    [
      'a hop limit above 1 of the manager',
      withAutoscaler({ metadataHopLimit: 2 }),
      `${builds}.metadataHopLimit is above 1: containers on the manager get its role, which may read the tokens`,
    ],
    [
      'a refresh that ends the manager first',
      withAutoscaler({ refresh: { minHealthyPercentage: 0, maxHealthyPercentage: 100 } }),
      `${builds}.refresh.minHealthyPercentage is below 100: AWS ends the old manager before it starts a new one, and no job starts meanwhile`,
    ],
    [
      'workers that are too few for the limit',
      withWorkers({ maxInstances: 1, capacityPerInstance: 3 }),
      `${workers}.maxInstances leaves room for 3 jobs, but the runner's limit is 4: the rest of it is never used`,
    ],
    [
      'a limit that is too low for the workers',
      withWorkers({ maxInstances: 20 }),
      `${runner}.limit lets 4 jobs run at the same time, but the workers have room for 20`,
    ],
    [
      'a policy under which no job ever starts',
      withWorkers({ policies: [{ preemptiveMode: true }] }),
      `${workers}.policies[0].preemptiveMode is on, but no place for a job is kept ready: in its periods no worker starts, and no job`,
    ],
    ['spot workers', withWorkers({ spot: {} }), `${workers}.spot ${reclaimed}`],
    [
      'spot workers that there are none of',
      withWorkers({ spot: { onDemandBase: 4 } }),
      `${workers}.spot leaves no instance to spot: all of them are on demand`,
    ],
    [
      'a short drain',
      withAutoscaler({ drainTimeoutSeconds: 60 }),
      `${builds}.drainTimeoutSeconds is 60: jobs that take longer than that are killed when their manager is replaced`,
    ],
  ])('%s', (_, input, message) => {
    expect(warnings(input)).toEqual([message]);
  });

  test.each<[string, EnvironmentInput]>([
    [
      'privileged jobs that each have a worker of their own',
      withWorkers({ maxUseCount: 1 }, { docker: { privileged: true, pidMode: 'host' } }),
    ],
    ['workers that are a few more than jobs need', withWorkers({ capacityPerInstance: 3 })],
    [
      'an eager policy that keeps places ready',
      withWorkers({ policies: [{ preemptiveMode: true, idleCount: 1 }] }),
    ],
  ])('nothing with %s', (_, input) => {
    expect(warnings(input)).toEqual([]);
  });
});
