import type { DockerMachineFleet } from '../../src/config/docker-machine-model';
import type { EnvironmentInput } from '../../src/config/environment';
import {
  parsed,
  refusals,
  withDockerMachine,
  withMachine,
  withValue,
  type JobMachineInput,
} from '../support/environments';
import { long, put, rejects, type Case } from '../support/refusals';

/** Fleets with Docker Machine: what they may say, what that means, and what should be known of them. */

const builds = 'fleets.builds';
const runner = `${builds}.runners.default`;
const machine = `${runner}.machine`;

function fleetOf(input: unknown): DockerMachineFleet {
  const [fleet] = parsed(input).fleets;
  if (fleet?.type !== 'docker-machine') throw new Error('there is no manager with Docker Machine');
  return fleet;
}
const machineOf = (input: unknown) => fleetOf(input).runners[0]?.machine;
const warnings = (input: EnvironmentInput): string[] =>
  parsed(input).warnings.map(({ path, message }) => `${path} ${message}`);

describe('a manager without more said', () => {
  test('is a small machine on a stock image', () => {
    const fleet = fleetOf(withDockerMachine());
    expect(fleet).toMatchObject({
      awsName: 'acme-dev-builds',
      parameterPath: '/acme-dev-builds/deployment',
      orphansName: 'acme-dev-builds-orphans',
      manager: { instanceType: 't3.small', image: { kind: 'stock', base: 'amazon-linux-2023' } },
      orphans: { maxAgeHours: 24, dryRun: false },
    });
  });

  test('starts machines on Ubuntu, one for each job, and keeps none ready', () => {
    expect(machineOf(withDockerMachine())).toEqual({
      awsName: 'acme-dev-builds-default',
      nameStem: 'acme-dev-builds-default',
      parameterName: '/acme-dev-builds/deployment/default',
      architecture: 'x86_64',
      image: { kind: 'stock', base: 'ubuntu-24.04' },
      sshUser: 'ubuntu',
      instanceType: 'm6i.large',
      rootVolumeGib: 30,
      securityGroupIds: [],
      egress: [
        { cidr: '0.0.0.0/0', protocol: 'all' },
        { cidr: '::/0', protocol: 'all' },
      ],
      policyArns: [],
      metadataHopLimit: 1,
      idleCount: 0,
      idleTimeSeconds: 1200,
      idleScaleFactor: 0,
      maxBuilds: 0,
      maxGrowthRate: 0,
      autoscaling: [],
      options: [],
      optionsWithName: [],
    });
  });

  test('has machines of the type that their image needs', () => {
    const image = { stock: 'ubuntu-24.04', architecture: 'arm64' } as const;
    expect(machineOf(withMachine({ image }))).toMatchObject({ instanceType: 'm7g.large' });
  });
});

describe('example of the model', () => {
  test('is taken as it stands', () => {
    const input = withDockerMachine({
      concurrent: 20,
      manager: { instanceType: 't3.small' },
      orphans: { maxAgeHours: 24, dryRun: false },
      runners: {
        builds: {
          limit: 20,
          machine: {
            image: { stock: 'ubuntu-24.04' },
            instanceType: 'm5.large',
            rootVolumeGib: 40,
            subnetId: 'subnet-0a1b2c3d4e5f60718',
            idleCount: 1,
            idleTimeSeconds: 1800,
            maxBuilds: 20,
            maxGrowthRate: 5,
            autoscaling: [
              {
                periods: ['* * 9-17 * * mon-fri *'],
                timezone: 'Europe/Berlin',
                idleCount: 5,
                idleTimeSeconds: 3600,
              },
            ],
            spot: { maxPriceUsdPerHour: 0.1 },
            options: ['amazonec2-monitoring=true'],
          },
        },
      },
    });
    expect(refusals(input)).toEqual([]);
  });
});

const putMachine = (path: string, value: unknown) => put(`${machine}.${path}`, value, withMachine({}));
const ubuntuOnly =
  'must be ubuntu-24.04: Docker Machine knows no Amazon Linux (an image of your own is { packer } or { ami })';
const period =
  'must be a period of seven fields (second, minute, hour, day of the month, month, day of the week, year) such as * * 9-17 * * mon-fri *';
const withPeriod = (text: string) => putMachine('autoscaling', [{ periods: [text] }]);
const at = (path: string, rule: string, value: unknown) =>
  `${machine}.${path} ${rule}, got ${JSON.stringify(value)}`;
const ofThisProject =
  'must not be an option that this project sets: use the field of the model, if there is one';
const packerImage = (image: object, fields: JobMachineInput): object => ({
  ...withMachine({ image: { packer: 'jobs' }, ...fields }),
  images: { jobs: image },
});

rejects('images of machines', [
  [
    'Amazon Linux',
    putMachine('image', { stock: 'amazon-linux-2023' }),
    at('image.stock', ubuntuOnly, 'amazon-linux-2023'),
  ],
  [
    'what only a manager has',
    putMachine('image', { ami: 'ami-0a1b2c3d4e5f60718', provisioned: true }),
    at('image.provisioned', 'is not a known key', true),
  ],
  [
    'an image that nobody defines',
    withMachine({ image: { packer: 'ghost' } }),
    at('image.packer', 'must be the name of an image under images (there is none)', 'ghost'),
  ],
  [
    'another instruction set',
    withMachine({ instanceType: 'm7g.large' }),
    at('instanceType', 'must be an x86_64 instance type, as the image is', 'm7g.large'),
  ],
  [
    'a type that there is not as spot instance',
    withMachine({ instanceType: 'u-6tb1.metal', spot: {} }),
    at('instanceType', 'must be a type that EC2 has as spot instance', 'u-6tb1.metal'),
  ],
]);

rejects('images on another base', [
  [
    'of machines',
    packerImage({}, {}),
    at(
      'image.packer',
      'must name an image on ubuntu-24.04 (Docker Machine cannot set up amazon-linux-2023)',
      'jobs',
    ),
  ],
  [
    'of the manager',
    {
      ...withDockerMachine({ manager: { image: { packer: 'jobs' } } }),
      images: { jobs: { base: 'ubuntu-24.04' } },
    },
    `${builds}.manager.image.packer must name an image on amazon-linux-2023 (ubuntu-24.04 is for machines of Docker Machine), got "jobs"`,
  ],
]);

rejects('settings that gitlab-runner does not read any more, with their successor', [
  ...['offPeakPeriods', 'offPeakTimezone', 'offPeakIdleCount', 'OffPeakIdleTime'].map((key): Case => [
    key,
    putMachine(key, 1),
    at(
      key,
      'is not a known key: gitlab-runner has not read it since 14.0; periods of autoscaling are its successor',
      1,
    ),
  ]),
  ['another unknown key', putMachine('idle', 1), at('idle', 'is not a known key', 1)],
]);

rejects('periods', [
  ['five fields', withPeriod('* 9-17 * * 1-5'), at('autoscaling[0].periods[0]', period, '* 9-17 * * 1-5')],
  [
    'an hour that is none',
    withPeriod('* * 24 * * mon *'),
    at('autoscaling[0].periods[0]', `${period}: its hour is none`, '* * 24 * * mon *'),
  ],
  [
    'a second that is none',
    withPeriod('60 * * * * mon *'),
    at('autoscaling[0].periods[0]', `${period}: its second is none`, '60 * * * * mon *'),
  ],
  [
    'a year that is none',
    withPeriod('* * * * * mon 27'),
    at('autoscaling[0].periods[0]', `${period}: its year is none`, '* * * * * mon 27'),
  ],
  ['no period', putMachine('autoscaling', [{}]), at('autoscaling[0].periods', 'is required', undefined)],
  [
    'a time zone that is none',
    putMachine('autoscaling', [{ periods: ['* * * * * * *'], timezone: 'Berlin' }]),
    at('autoscaling[0].timezone', 'must be the IANA name of a time zone such as Europe/Berlin', 'Berlin'),
  ],
]);

rejects('numbers', [
  [
    'more ready machines than jobs',
    withMachine({ idleCount: 5 }),
    at('idleCount', "must not exceed the runner's limit (4)", 5),
  ],
  [
    'more of them in a period',
    withMachine({ autoscaling: [{ periods: ['* * * * * * *'], idleCount: 5 }] }),
    at('autoscaling[0].idleCount', "must not exceed the runner's limit (4)", 5),
  ],
  [
    'a free machine',
    putMachine('spot', { maxPriceUsdPerHour: 0 }),
    at('spot.maxPriceUsdPerHour', 'must be at least 0.0001', 0),
  ],
  ['a small volume', putMachine('rootVolumeGib', 7), at('rootVolumeGib', 'must be at least 8', 7)],
  [
    'more groups than an interface takes',
    putMachine(
      'securityGroupIds',
      ['1', '2', '3', '4', '5'].map((last) => `sg-0a1b2c3d4e5f6071${last}`),
    ),
    at(
      'securityGroupIds',
      'must have at most 4 elements',
      ['1', '2', '3', '4', '5'].map((last) => `sg-0a1b2c3d4e5f6071${last}`),
    ),
  ],
]);

rejects('options', [
  ...[
    'amazonec2-access-key=x',
    'amazonec2-security-group=default',
    'amazonec2-open-port=80',
    'amazonec2-tags=a,b',
    'amazonec2-ami=ami-0a1b2c3d4e5f60718',
    'amazonec2-security-group-readonly',
  ].map((option): Case => [option, putMachine('options', [option]), at('options[0]', ofThisProject, option)]),
  [
    'hyphens',
    putMachine('options', ['--amazonec2-monitoring']),
    at(
      'options[0]',
      'must be an option of docker-machine create for amazonec2, the engine or tls-san, without its hyphens, such as amazonec2-monitoring=true',
      '--amazonec2-monitoring',
    ),
  ],
  [
    'a name that is missing',
    putMachine('optionsWithName', ['engine-label=a']),
    at(
      'optionsWithName[0]',
      'must contain %s for the name of the machine, once and no other %',
      'engine-label=a',
    ),
  ],
]);

rejects('secrets in options, and does not repeat them', [
  [
    'an address with a password',
    putMachine('options', ['engine-env=HTTP_PROXY=http://user:pw@proxy:3128']),
    `${machine}.options[0] must not have an address with user and password: no secret belongs in an environment file, got "engine-env=HTTP_PROXY=http://[redacted]@proxy:3128"`,
  ],
  ...['driver=none', 'storage-path=/tmp', 'd=none'].map((option): Case => [
    `another driver (${option})`,
    putMachine('options', [option]),
    at(
      'options[0]',
      'must be an option of docker-machine create for amazonec2, the engine or tls-san, without its hyphens, such as amazonec2-monitoring=true',
      option,
    ),
  ]),
]);

rejects('names', [
  [
    'a role that would be too long',
    withDockerMachine({ runners: { [long(50)]: {} } }),
    `${builds}.runners.${long(50)} makes the IAM role name acme-dev-builds-${long(50)} of 66 characters, and AWS takes 64, got "${long(50)}"`,
  ],
  [
    'a runner called like the function',
    withDockerMachine({ runners: { orphans: {} } }),
    `${builds}.runners.orphans makes the IAM role name acme-dev-builds-orphans, which ${builds} makes already, got "orphans"`,
  ],
]);

rejects('volumes below their image', [
  [
    'of ours',
    packerImage({ base: 'ubuntu-24.04', rootVolumeGib: 40 }, { rootVolumeGib: 30 }),
    at('rootVolumeGib', "must not be below the image's rootVolumeGib (40)", 30),
  ],
]);

describe('warnings', () => {
  const deprecated = `${builds}.type is docker-machine: GitLab deprecated Docker Machine in 17.5 and removes it in 20.0, in May 2027; docker-autoscaler is its successor, and \`npm run fleet -- migrate\` writes such a fleet from a config.toml`;
  const stock = `${machine}.image is a stock image: Docker Machine can't encrypt volumes, so they are encrypted only where the account encrypts by default; an image of { packer } always is`;
  const loss = `${machine}.spot is set: EC2 takes such an instance back at a notice of two minutes, and jobs that take longer fail; \`retry: { max: 2, when: runner_system_failure }\` in .gitlab-ci.yml runs them again`;
  const metadata = `${machine}.spot is set with an image that isn't ours: Docker Machine can't ask for IMDSv2 in spot requests, so the image itself must (imds-support v2.0), as one of { packer } does`;
  const unchecked = `${builds}.manager.image has Docker Machine without a checksum: GitLab publishes none, so check its binary once and give the SHA-256 as dockerMachineSha256 of the image`;
  const checked = {
    image: { stock: 'amazon-linux-2023', dockerMachineSha256: 'c0ffee00'.repeat(8) },
  } as const;
  const of = (machine: JobMachineInput, docker = {}) =>
    warnings(withDockerMachine({ manager: checked, runners: { default: { docker, machine } } }));
  const ami = { ami: 'ami-0a1b2c3d4e5f60718' };

  test('name the date of removal, and the stock image’s encryption', () => {
    expect(warnings(withDockerMachine({ manager: checked }))).toEqual([deprecated, stock]);
  });

  test('name a Docker Machine that nobody has checked', () => {
    expect(warnings(withDockerMachine())).toEqual([deprecated, unchecked, stock]);
    const manager = { image: { packer: 'manager' } };
    const images = (image: object) =>
      ({ ...withDockerMachine({ manager }), images: { manager: image } }) as EnvironmentInput;
    expect(warnings(images({}))).toEqual([deprecated, unchecked, stock]);
    expect(warnings(images({ dockerMachineSha256: 'c0ffee00'.repeat(8) }))).toEqual([deprecated, stock]);
  });

  test('say that spot machines give their role away', () => {
    const policy = 'arn:aws:iam::aws:policy/A';
    expect(of({ image: ami, policyArns: [policy], spot: {} })).toEqual([
      deprecated,
      metadata,
      loss,
      `${machine}.spot is set, and the machine's role has rights: Docker Machine can't ask for a hop limit in spot requests, so job containers get the role of their machine`,
    ]);
    expect(of({ image: ami, policyArns: [policy] })).toEqual([deprecated]);
  });

  test('say what Docker Machine can’t ask for with spot instances', () => {
    expect(of({ spot: {} })).toEqual([deprecated, stock, metadata, loss]);
    expect(of({ image: ami, spot: {} })).toEqual([deprecated, metadata, loss]);
    expect(of({ image: ami })).toEqual([deprecated]);
  });

  test('say what jobs on one machine do to each other, unless each has one of its own', () => {
    const shared = `${runner}.docker.privileged is on: a job can take over its machine, and with it the jobs beside and after it (maxBuilds 1 gives each job a machine of its own)`;
    expect(of({ image: ami }, { privileged: true })).toEqual([deprecated, shared]);
    expect(of({ image: ami, maxBuilds: 1 }, { privileged: true })).toEqual([deprecated]);
  });

  test('say what gives jobs the role of their machine', () => {
    expect(of({ image: ami, metadataHopLimit: 2 }, { networkMode: 'host' })).toEqual([
      deprecated,
      `${runner}.docker.networkMode is host: jobs reach the metadata service and with it the role of their machine`,
      `${machine}.metadataHopLimit is above 1: job containers get the role of their machine`,
    ]);
  });

  test('say that machines are never so many', () => {
    expect(of({ image: ami, maxGrowthRate: 5 })).toEqual([
      deprecated,
      `${machine}.maxGrowthRate is 5, but there are never more than 4 machines`,
    ]);
  });

  test('are those of any manager', () => {
    const input = withValue(withMachine({ image: ami }), `${builds}.refresh.minHealthyPercentage`, 50);
    expect(warnings(input as EnvironmentInput)[1]).toBe(
      `${builds}.refresh.minHealthyPercentage is below 100: AWS ends the old manager before it starts a new one, and no job starts meanwhile`,
    );
  });
});
