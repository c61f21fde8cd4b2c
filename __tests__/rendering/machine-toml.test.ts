import { load } from 'js-toml';
import { renderConfigTemplate } from '../../src/rendering/config-toml';
import { gitlabRunnerKeys as known } from '../support/fixtures';
import { parsed, withDockerMachine, withValue, type JobMachineInput } from '../support/environments';
import { maximalMachine } from '../support/maximal';

/** config.toml of a manager with Docker Machine: parsed back by another library than the one that writes it. */

type Table = Record<string, unknown>;

const toml = (input: object): Table => {
  const environment = parsed(input);
  const [fleet] = environment.fleets;
  if (fleet === undefined) throw new Error('there is no fleet');
  return load(renderConfigTemplate(fleet, environment)) as Table;
};
interface Machine extends Table {
  readonly MachineOptions: readonly string[];
}
const machineOf = (machine: JobMachineInput): Machine => {
  const input = withDockerMachine({ concurrent: 8, runners: { default: { limit: 8, machine } } });
  const [runner] = toml(input).runners as Table[];
  return runner?.machine as Machine;
};
const optionsOf = (machine: JobMachineInput, name: string): string[] =>
  machineOf(machine)
    .MachineOptions.filter((option) => option.startsWith(`amazonec2-${name}=`))
    .map((option) => option.slice(option.indexOf('=') + 1));

const ownTags = [
  'gitlab-runner-aws:project,acme,gitlab-runner-aws:environment,dev,gitlab-runner-aws:fleet,builds',
  'gitlab-runner-aws:runner,default,gitlab-runner-aws:manager,@instance-id@',
].join();

test('the smallest fleet renders as a whole', () => {
  expect(toml({ ...withDockerMachine(), cache: false })).toEqual({
    concurrent: 4,
    check_interval: 3,
    log_level: 'info',
    log_format: 'json',
    listen_address: ':9252',
    shutdown_timeout: 600,
    machine: { shutdown_drain: { enabled: true, concurrency: 10 } },
    runners: [
      {
        name: 'acme-dev-builds-default',
        url: 'https://gitlab.com',
        token: '@token@',
        executor: 'docker+machine',
        limit: 4,
        request_concurrency: 1,
        output_limit: 4096,
        environment: [],
        feature_flags: { FF_DISABLE_AUTOMATIC_TOKEN_ROTATION: true },
        docker: { image: 'alpine:3.22', privileged: false, pull_policy: 'always' },
        machine: {
          IdleCount: 0,
          IdleTime: 1200,
          IdleScaleFactor: 0,
          MaxBuilds: 0,
          MaxGrowthRate: 0,
          MachineDriver: 'amazonec2',
          MachineName: 'acme-dev-builds-default-%s',
          MachineOptions: [
            'amazonec2-region=eu-central-1',
            'amazonec2-vpc-id=@vpc-id@',
            'amazonec2-subnet-id=@subnet-id@',
            'amazonec2-zone=@zone@',
            'amazonec2-security-group=@security-group-0@',
            'amazonec2-security-group-readonly=true',
            'amazonec2-private-address-only=true',
            'amazonec2-use-private-address=true',
            'amazonec2-ami=@ami@',
            'amazonec2-ssh-user=ubuntu',
            'amazonec2-instance-type=m6i.large',
            'amazonec2-device-name=/dev/sda1',
            'amazonec2-root-size=30',
            'amazonec2-volume-type=gp3',
            'amazonec2-iam-instance-profile=acme-dev-builds-default',
            'amazonec2-metadata-token=required',
            'amazonec2-metadata-token-response-hop-limit=1',
            `amazonec2-tags=${ownTags}`,
          ],
        },
      },
    ],
  });
});

test('every field of machines renders, under keys that gitlab-runner has', () => {
  const machine = machineOf(maximalMachine());
  expect(machine).toEqual({
    IdleCount: 1,
    IdleTime: 1800,
    IdleScaleFactor: 1.5,
    IdleCountMin: 2,
    MaxBuilds: 20,
    MaxGrowthRate: 5,
    MaxRemovalAttempts: 4,
    MachineDriver: 'amazonec2',
    MachineName: 'acme-dev-builds-default-%s',
    MachineOptions: expect.any(Array) as unknown,
    MachineOptionsWithName: ['engine-label=machine=%s'],
    autoscaling: [
      {
        Periods: ['* * 9-17 * * mon-fri *', '0 0,30 8 1 1 * 2027'],
        Timezone: 'Europe/Berlin',
        IdleCount: 5,
        IdleTime: 3600,
        IdleScaleFactor: 0.5,
        IdleCountMin: 3,
      },
    ],
  });
  expect(machine.MachineOptions).toEqual(
    expect.arrayContaining([
      'amazonec2-security-group=@security-group-0@',
      'amazonec2-security-group=@security-group-1@',
      'amazonec2-security-group=@security-group-2@',
      'amazonec2-ssh-user=ci',
      'amazonec2-instance-type=c7g.large',
      'amazonec2-device-name=/dev/xvda',
      'amazonec2-root-size=80',
      'amazonec2-metadata-token-response-hop-limit=2',
      'amazonec2-request-spot-instance=true',
      'amazonec2-spot-price=0.1',
      'amazonec2-monitoring=true',
      'engine-opt=log-level=warn',
    ]),
  );
  const paths = new Set(known.keys.map(({ path }) => path));
  for (const key of Object.keys(machine)) expect(paths).toContain(`runners[].machine.${key}`);
  for (const key of [
    'machine.shutdown_drain.enabled',
    'machine.shutdown_drain.concurrency',
    'shutdown_timeout',
  ])
    expect(paths).toContain(key);
});

test('spot instances without a price cost what they do on demand, not the half dollar of Docker Machine', () => {
  expect(optionsOf({ spot: {} }, 'spot-price')).toEqual(['']);
  expect(optionsOf({}, 'request-spot-instance')).toEqual([]);
});

test('tags are those of environment and fleet, and every machine carries its manager', () => {
  const input = withValue(
    withValue(withDockerMachine({ tags: { cost: 'a b' } }), 'tags', { team: 'platform' }),
    'project',
    'acme',
  );
  const [runner] = toml(input).runners as { machine: Machine }[];
  const tags = runner?.machine.MachineOptions.find((option) => option.startsWith('amazonec2-tags='));
  expect(tags).toBe(
    'amazonec2-tags=team,platform,gitlab-runner-aws:project,acme,gitlab-runner-aws:environment,dev,cost,a b,gitlab-runner-aws:fleet,builds,gitlab-runner-aws:runner,default,gitlab-runner-aws:manager,@instance-id@',
  );
});

test('a long name is cut: what it becomes with gitlab-runner’s own parts must be the name of a host', () => {
  const long = 'a-runner-whose-name-is-rather-long';
  const environment = parsed(withDockerMachine({ runners: { [long]: {}, [`${long}-2`]: {} } }));
  const [fleet] = environment.fleets;
  if (fleet?.type !== 'docker-machine') throw new Error('not the fleet');
  const stems = fleet.runners.map(({ machine }) => machine.nameStem);
  expect(new Set(stems).size).toBe(2);
  for (const stem of stems) {
    expect(stem).toMatch(/^acme-dev-bui-[0-9a-f]{6}-[0-9a-f]{6}$/);
    expect(`runner-t1_abcdef-${stem}-1763740800-0a1b2c3d`.length).toBeLessThanOrEqual(63);
  }
});
