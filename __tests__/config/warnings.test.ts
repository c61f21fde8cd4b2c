import type { EnvironmentInput } from '../../src/config/environment';
import { minimal, parsed, withDocker, withFargate, withFleet, withRunner } from '../support/environments';

/** What is allowed but should be known, by field. */

const warnings = (input: EnvironmentInput): string[] =>
  parsed(input).warnings.map(({ path, message }) => `${path} ${message}`);

const fleet = 'fleets.linux';
const docker = 'fleets.linux.runners.default.docker';
const takeOver = 'jobs can take over the machine and read the token of every runner on it';
const through = (host: string) =>
  `mounts ${host} into jobs: they can reach Docker or the runner's token through it`;

test('the smallest environment has nothing to warn of', () => {
  expect(warnings(minimal())).toEqual([]);
});

describe('warns of', () => {
  test.each<[string, EnvironmentInput, string]>([
    ['privileged jobs', withDocker({ privileged: true }), `${docker}.privileged is on: ${takeOver}`],
    [
      'privileged services',
      withDocker({ servicesPrivileged: true }),
      `${docker}.servicesPrivileged is on: ${takeOver}`,
    ],
    [
      'the network of the host',
      withDocker({ networkMode: 'host' }),
      `${docker}.networkMode is host: jobs reach the metadata service and with it the role of the instance, which may read the tokens`,
    ],
    [
      'the processes of the host',
      withDocker({ pidMode: 'host' }),
      `${docker}.pidMode is host: jobs see every process of the machine`,
    ],
    [
      'a hop limit above 1',
      withFleet({ metadataHopLimit: 2 }),
      `${fleet}.metadataHopLimit is above 1: job containers get the role of the instance, which may read the tokens`,
    ],
    [
      'limits that add up to less than concurrent',
      withFleet({
        concurrent: 10,
        runners: { a: { limit: 3, requestConcurrency: 2 }, b: { limit: 6, requestConcurrency: 2 } },
      }),
      `${fleet}.concurrent is 10, but the runners' limits add up to 9: the rest is never used`,
    ],
    [
      'runners that wait for each other where GitLab holds requests open',
      withFleet({ runners: { a: { requestConcurrency: 2 }, b: {} } }),
      `${fleet}.runners.b.requestConcurrency is 1 beside other runners: where GitLab holds requests open, jobs start late; 2 or more avoids that`,
    ],
    [
      'a refresh that ends instances first',
      withFleet({ refresh: { minHealthyPercentage: 99 } }),
      `${fleet}.refresh.minHealthyPercentage is below 100: AWS ends old instances before new ones are in service`,
    ],
    [
      'a drain that is shorter than many jobs',
      withFleet({ drainTimeoutSeconds: 3599 }),
      `${fleet}.drainTimeoutSeconds is 3599: jobs that take longer than that are killed when their instance is replaced`,
    ],
    [
      'a destroy that waits for nothing',
      withFleet({ forceDelete: true }),
      `${fleet}.forceDelete is on: destroying this fleet kills the jobs that run on it`,
    ],
    [
      'spot instances, which EC2 takes back',
      withFleet({ launch: { type: 'template', spot: {} } }),
      `${fleet}.launch.spot is set: EC2 takes such an instance back at a notice of two minutes, and jobs that take longer fail; \`retry: { max: 2, when: runner_system_failure }\` in .gitlab-ci.yml runs them again`,
    ],
    [
      'spot instances of which there is none, by share',
      withFleet({ launch: { type: 'template', spot: { onDemandPercentage: 100 } } }),
      `${fleet}.launch.spot leaves no instance to spot: all of them are on demand`,
    ],
    [
      'spot instances of which there is none, by number',
      withFleet({ launch: { type: 'template', spot: { onDemandBase: 2 } } }),
      `${fleet}.launch.spot leaves no instance to spot: all of them are on demand`,
    ],
    [
      'a minimum that schedules set',
      withFleet({ capacity: { min: 1, max: 2, schedules: { off: { cron: '0 20 * * *', min: 0 } } } }),
      `${fleet}.capacity.min is set by schedules: a change of it reaches an existing group only through them`,
    ],
    [
      'a maximum that schedules set',
      withFleet({ capacity: { min: 1, max: 2, schedules: { large: { cron: '0 6 * * *', max: 9 } } } }),
      `${fleet}.capacity.max is set by schedules: a change of it reaches an existing group only through them`,
    ],
    [
      'a secret name with an ending like AWS’s own',
      withRunner({ token: { secretName: 'gitlab-abc123' } }),
      `${fleet}.runners.default.token.secretName ends with a hyphen and six characters, as the suffix that AWS adds to ARNs: searching the secret by a partial ARN can fail`,
    ],
  ])('%s', (_, input, message) => {
    expect(warnings(input)).toEqual([message]);
  });

  test('launch configurations, which new accounts cannot make, with the date, and which know no key', () => {
    expect(warnings(withFleet({ launch: { type: 'configuration' } }))).toEqual([
      `${fleet}.launch.type is configuration: AWS accounts made since 2024-10-01 cannot create launch configurations, and instance types newer than 2022 cannot be used with them; template is the successor`,
      `${fleet}.launch.type is configuration: it can name no key, so volumes are encrypted with the image's key or the account's default one, and volumes carry no tags`,
    ]);
  });

  test.each([
    '/var/run/docker.sock:/var/run/docker.sock',
    '/run/docker.sock:/var/run/docker.sock:ro',
    '/run:/run',
    '/run/:/run',
    '/run/gitlab-runner:/x',
    '/var/run:/x',
    '/var:/x',
    '/var/lib/docker:/x',
    '/:/host',
    '/proc:/x',
    '/dev:/x',
    '//run:/x',
    '/./run:/x',
    '/srv/../run:/x',
  ])('the volume %s', (volume) => {
    const [host = ''] = volume.split(':');
    expect(warnings(withDocker({ volumes: ['/cache', volume] }))).toEqual([
      `${docker}.volumes[1] ${through(host)}`,
    ]);
  });

  test('every fleet and runner by itself', () => {
    const runners = {
      a: { docker: { privileged: true }, requestConcurrency: 2 },
      b: { requestConcurrency: 2 },
    };
    const one = { ...minimal().fleets.linux, runners };
    const input = { ...minimal(), fleets: { x: one, y: one } } as EnvironmentInput;
    expect(parsed(input).warnings.map(({ path }) => path)).toEqual([
      'fleets.x.runners.a.docker.privileged',
      'fleets.y.runners.a.docker.privileged',
    ]);
  });
});

describe('does not warn of', () => {
  test.each([
    '/cache',
    '/srv/run:/run',
    '/runner:/x',
    '/variable:/x',
    '/devices:/x',
    'named:/var/run',
    '/var/run/docker.sock',
  ])('the volume %s', (volume) => {
    expect(warnings(withDocker({ volumes: [volume] }))).toEqual([]);
  });

  test.each<[string, EnvironmentInput]>([
    [
      'limits that add up to more than concurrent',
      withFleet({
        concurrent: 4,
        runners: { a: { limit: 4, requestConcurrency: 2 }, b: { limit: 4, requestConcurrency: 2 } },
      }),
    ],
    ['a limit of 0, which is concurrent', withFleet({ concurrent: 10, runners: { a: { limit: 0 } } })],
    [
      'schedules of the wanted size only',
      withFleet({ capacity: { min: 1, max: 2, schedules: { day: { cron: '0 6 * * *', desired: 2 } } } }),
    ],
    ['a drain of an hour', withFleet({ drainTimeoutSeconds: 3600 })],
    ['other networks and process ids', withDocker({ networkMode: 'jobs', pidMode: 'container:x' })],
    ['ordinary secret names', withRunner({ token: { secretName: 'gitlab-token' } })],
  ])('%s', (_, input) => {
    expect(warnings(input)).toEqual([]);
  });
});

describe('warns of a fleet of Fargate tasks for', () => {
  const jobs = 'fleets.jobs';
  const beside = (one: object, other: object) =>
    withFargate({
      concurrent: 8,
      runners: { a: { requestConcurrency: 2, ...one }, b: { requestConcurrency: 2, ...other } },
    });

  test.each<[string, EnvironmentInput, string]>([
    [
      'no managers',
      withFargate({ managers: { count: 0 } }),
      `${jobs}.managers.count is 0: nobody asks GitLab for jobs`,
    ],
    [
      'managers that go before others come',
      withFargate({ managers: { minHealthyPercentage: 0, maxPercentage: 100 } }),
      `${jobs}.managers.minHealthyPercentage is below 100: ECS ends an old manager before a new one runs; with a single manager no job starts until it has drained`,
    ],
    [
      'spot capacity, by runner',
      beside({}, { task: { spot: true } }),
      `${jobs}.runners.b.task.spot is on: Fargate takes such a task back at a notice of two minutes, and its job fails; \`retry: { max: 2, when: runner_system_failure }\` in .gitlab-ci.yml runs it again`,
    ],
    [
      'a drain that is shorter than many jobs',
      withFargate({ drainTimeoutSeconds: 3599 }),
      `${jobs}.drainTimeoutSeconds is 3599: jobs that take longer than that are killed when their manager is replaced`,
    ],
    [
      'a destroy that waits for nothing',
      withFargate({ forceDelete: true }),
      `${jobs}.forceDelete is on: destroying this fleet kills the jobs that run on it`,
    ],
    [
      'limits that add up to less than concurrent',
      beside({ limit: 3 }, { limit: 4 }),
      `${jobs}.concurrent is 8, but the runners' limits add up to 7: the rest is never used`,
    ],
    [
      'runners that wait for each other where GitLab holds requests open',
      beside({}, { requestConcurrency: 1 }),
      `${jobs}.runners.b.requestConcurrency is 1 beside other runners: where GitLab holds requests open, jobs start late; 2 or more avoids that`,
    ],
    [
      'a secret name with an ending like AWS’s own',
      withFargate({ runners: { default: { token: { secretName: 'gitlab-abc123' } } } }),
      `${jobs}.runners.default.token.secretName ends with a hyphen and six characters, as the suffix that AWS adds to ARNs: searching the secret by a partial ARN can fail`,
    ],
  ])('%s', (_, input, message) => {
    expect(warnings(input)).toEqual([message]);
  });

  test.each<[string, EnvironmentInput]>([
    ['nothing, where it is the smallest', withFargate()],
    ['nothing, where two runners add up to concurrent', beside({}, {})],
    ['nothing, where all managers stay', withFargate({ managers: { count: 2, maxPercentage: 150 } })],
  ])('%s', (_, input) => {
    expect(warnings(input)).toEqual([]);
  });

  test('no managers alone, whatever stays of them', () => {
    const managers = { count: 0, minHealthyPercentage: 0, maxPercentage: 100 };
    expect(parsed(withFargate({ managers })).warnings.map(({ path }) => path)).toEqual([
      `${jobs}.managers.count`,
    ]);
  });
});
