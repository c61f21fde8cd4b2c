import * as fc from 'fast-check';
import { parse } from 'smol-toml';
import { fleetEntry } from '../../scripts/fleet/migrate/typescript';
import { renderConfigTemplate } from '../../src/rendering/config-toml';
import { gitlabRunnerKeys } from '../support/fixtures';
import { minimal, parsed, refusals, type Loose } from '../support/environments';
import { maximalRunner } from '../support/maximal';
import { config, environmentWith, migrated, notesOf, types } from './migrated';

/** `fleet migrate` over every key that gitlab-runner has: none is lost in silence, and no secret is shown. */

type Value = string | number | boolean | Loose | Value[];

/** Values that keys need so that gitlab-runner would take them. */
const values: Readonly<Record<string, Value>> = {
  concurrent: 33,
  check_interval: 11,
  log_level: 'debug',
  listen_address: ':9333',
  'session_server.advertise_address': 'terminals.example.com:8098',
  'session_server.listen_address': ':8099',
  'runners[].clone_url': 'https://clone.example.com',
  'runners[].docker.allowed_pull_policies': ['never'],
  'runners[].docker.cpus': '1.25',
  'runners[].docker.cpuset_cpus': '2-3',
  'runners[].docker.cpuset_mems': '4-5',
  'runners[].docker.mac_address': '92:d0:c6:0a:29:33',
  'runners[].docker.memory': '601m',
  'runners[].docker.memory_reservation': '602m',
  'runners[].docker.memory_swap': '603m',
  'runners[].docker.network_mtu': 1401,
  'runners[].docker.oom_score_adjust': 77,
  'runners[].docker.pull_policy': ['if-not-present'],
  'runners[].docker.service_cpus': '1.75',
  'runners[].docker.service_cpuset_cpus': '6-7',
  'runners[].docker.service_memory': '604m',
  'runners[].docker.service_memory_reservation': '605m',
  'runners[].docker.service_memory_swap': '606m',
  'runners[].docker.services[].environment': ['SERVICE=one'],
  'runners[].environment': ['VARIABLE=two'],
  'runners[].executor': 'docker+machine',
  'runners[].feature_flags': { FF_NETWORK_PER_BUILD: true },
  'runners[].limit': 22,
  'runners[].machine.IdleCount': 21,
  'runners[].machine.IdleCountMin': 3,
  'runners[].machine.IdleScaleFactor': 1.5,
  'runners[].machine.MachineDriver': 'amazonec2',
  'runners[].machine.MachineName': 'machine-%s',
  'runners[].machine.MachineOptions': ['amazonec2-instance-type=c5.9xlarge'],
  'runners[].machine.MachineOptionsWithName': ['engine-label=name=%s'],
  'runners[].machine.autoscaling[].IdleCount': 20,
  'runners[].machine.autoscaling[].IdleCountMin': 4,
  'runners[].machine.autoscaling[].IdleScaleFactor': 2.5,
  'runners[].machine.autoscaling[].Periods': ['* * 9-17 * * mon-fri *'],
  'runners[].machine.autoscaling[].Timezone': 'Europe/Berlin',
  'runners[].monitoring.job_queuing_durations[].timezone': 'Europe/Paris',
  'runners[].name': 'from-the-fixture',
  'runners[].shell': 'pwsh',
  'runners[].tls-cert-file': '/etc/client.crt',
  'runners[].tls-key-file': '/etc/client.key',
  'runners[].builds_dir': '/srv/builds',
  'runners[].cache_dir': '/srv/cache',
  'runners[].docker.cache_dir': '/srv/docker-cache',
  'runners[].docker.tls_cert_path': '/srv/tls',
};

/** Values by type that are found again: each has a number of its own. */
const valuesOfTypes: Readonly<Record<string, (count: number) => Value>> = {
  int: (count) => 1000 + count,
  float: () => 1.5,
  bool: () => true,
  'duration string': (count) => `${count}m`,
  'list of string': (count) => [`v${count}`],
  'list of float': (count) => [count],
  'map of string': (count) => ({ [`v${count}`]: `v${count}` }),
  'map of bool': (count) => ({ [`v${count}`]: true }),
  'map of any': (count) => ({ [`v${count}`]: `v${count}` }),
  'map of list of string': (count) => ({ [`v${count}`]: [`v${count}`] }),
};

const valueOf = (type: string, count: number): Value => valuesOfTypes[type]?.(count) ?? `v${count}`;

const isLeaf = ({ type }: { type: string }): boolean => !/^(list of )?tables?$/.test(type);
const leaves = gitlabRunnerKeys.keys.filter(isLeaf);

/** Writes a value at a path such as `runners[].docker.image`. */
function write(target: Loose, path: string, value: Value): void {
  const [head = '', ...rest] = path.split('.');
  const name = head.replace('[]', '');
  if (rest.length === 0) {
    target[name] = value;
    return;
  }
  const inner = (target[name] ??= head.endsWith('[]') ? [{}] : {}) as Loose | [Loose];
  write(Array.isArray(inner) ? inner[0] : inner, rest.join('.'), value);
}

const given = (path: string, type: string, count: number): Value => values[path] ?? valueOf(type, count);

/** A config.toml with every key. */
const everything = (): Loose => {
  const all: Loose = {};
  leaves.forEach(({ path, type }, count) => write(all, path, given(path, type, count)));
  return all;
};

/** Keys that say what holds anyway. */
const silent = ['runners[].executor', 'runners[].machine.MachineDriver'];

/** Whether a note is about a key, or about what it is in. */
const isNoted = (notes: readonly { path: string }[], key: string): boolean =>
  notes.some(({ path }) => {
    const noted = path.replace(/\[\d+\]/g, '[]');
    return noted === key || noted === `${key}[]` || key.startsWith(`${noted}.`);
  });

/** Text or number that stands for a value in a printed fleet. */
const tracesOf = (path: string, value: Value): string[] => {
  if (path.endsWith('.Periods')) return ['9-17 * * mon-fri'];
  if (Array.isArray(value)) return value.flatMap((one) => tracesOf(path, one));
  if (typeof value === 'object') return Object.keys(value);
  return String(value)
    .replace(/^(amazonec2-instance-type=|:)/, '')
    .split('=');
};

describe.each(types)('every key of gitlab-runner, as %s', (type) => {
  const all = everything();
  const result = migrated(all, type);
  const printed = fleetEntry('builds', result.fleet);

  test('makes a fleet that synth takes', () => {
    expect(refusals(environmentWith(result))).toEqual([]);
  });

  test.each(leaves.map(({ path, type: kind }, count) => [path, given(path, kind, count)] as const))(
    '%s is in the fleet, or named',
    (path, value) => {
      if (silent.includes(path) || isNoted(result.notes, path)) return;
      for (const trace of tracesOf(path, value)) expect(printed).toContain(trace);
      // Switches have no trace: without the key the fleet is another one.
      if (typeof value !== 'boolean') return;
      const without = structuredClone(all);
      write(without, path, false);
      expect(migrated(without, type).fleet).not.toEqual(result.fleet);
    },
  );

  test('takes over what has a field', () => {
    const taken = leaves.filter(({ path }) => !silent.includes(path) && !isNoted(result.notes, path));
    expect(taken.length).toBeGreaterThan(110);
    for (const { path } of taken) expect(path).not.toMatch(/token|key$|password|cache\.|\.ssh\./i);
  });

  test('names a key that nobody knows without its value', () => {
    const { notes } = migrated(
      config({ frobnicate: 'v-runner' }, { Frob: 'v-machine' }, { frob: 'v-global' }),
      type,
    );
    expect(notes).toEqual([
      { path: 'frob', note: 'is not a key that gitlab-runner 19.3 has, and is left out' },
      ...notes.filter(({ path }) => path.endsWith('MachineOptions') || path.endsWith('IdleTime')),
      { path: 'runners[0].machine.Frob', note: 'is not a key that gitlab-runner 19.3 has, and is left out' },
      {
        path: 'runners[0].frobnicate',
        note: 'is not a key that gitlab-runner 19.3 has: where a newer one has it, it goes into extraConfig',
      },
    ]);
  });

  test('reads keys in any case, as gitlab-runner does', () => {
    const { fleet, notes } = migrated(config({ Request_Concurrency: 3 }, { idlecount: 2 }), type);
    expect(JSON.stringify(fleet)).toContain('"requestConcurrency":3');
    expect(JSON.stringify(fleet)).toContain('"idleCount":2');
    expect(notes.map(({ path }) => path)).not.toContain('runners[0].machine.idlecount');
  });
});

describe('whatever stands in a file', () => {
  const anything = fc.oneof(
    fc.constantFrom(
      '',
      'x',
      ':9',
      '* * * * *',
      'a\nb',
      '@token@',
      '${X}',
      "'; rm -rf /",
      '__proto__',
      'a,b,c',
    ),
    fc.integer({ min: -5, max: 100000 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant([]),
    fc.array(fc.string(), { maxLength: 3 }),
    fc.dictionary(fc.string(), fc.string(), { maxKeys: 2 }),
    fc.constant([{ name: 'x' }, { name: 'x' }]),
  );
  const changes = fc.array(fc.tuple(fc.constantFrom(...leaves), anything), { minLength: 1, maxLength: 12 });

  test.each(types)('%s: the fleet is one that synth takes', (type) => {
    fc.assert(
      fc.property(changes, fc.boolean(), (changed, isSmall) => {
        const file = isSmall ? config() : everything();
        for (const [{ path }, value] of changed)
          if (path !== 'runners[].executor') write(file, path, value as Value);
        const result = migrated(file, type);
        expect(refusals(environmentWith(result))).toEqual([]);
        for (const note of notesOf(result)) expect(note).not.toMatch(/undefined|\[object/);
      }),
      { numRuns: 40 },
    );
  });
});

describe('there and back', () => {
  const fleet = (): Loose => {
    // Neither is in config.toml: the token never is, and keys of a newer gitlab-runner are told apart by nothing.
    const runner: Loose = { ...maximalRunner() };
    delete runner.token;
    delete runner.extraConfig;
    return {
      type: 'docker-machine',
      concurrent: 12,
      checkIntervalSeconds: 5,
      logLevel: 'debug',
      tags: { cost: 'ci' },
      metrics: { port: 9100 },
      runners: {
        builds: {
          ...runner,
          limit: 11,
          machine: {
            image: {
              ami: 'ami-0a1b2c3d4e5f60718',
              architecture: 'arm64',
              rootDeviceName: '/dev/xvda',
              sshUser: 'ci',
            },
            instanceType: 'm7g.xlarge',
            rootVolumeGib: 80,
            subnetId: 'subnet-0a1b2c3d4e5f60719',
            metadataHopLimit: 2,
            idleCount: 6,
            idleTimeSeconds: 600,
            idleScaleFactor: 0.5,
            idleCountMin: 2,
            maxBuilds: 7,
            maxGrowthRate: 3,
            maxRemovalAttempts: 9,
            autoscaling: [
              {
                periods: ['* * 8-17 * * mon-fri *'],
                timezone: 'Europe/Berlin',
                idleCount: 8,
                idleTimeSeconds: 60,
              },
              { periods: ['* * * 24 12 * *', '* * * 31 12 * *'], timezone: 'Asia/Tokyo', idleCount: 1 },
            ],
            spot: { maxPriceUsdPerHour: 0.25 },
            options: ['amazonec2-monitoring=true', 'engine-opt=mtu=1460'],
            optionsWithName: ['engine-label=machine=%s'],
          },
        },
        small: { limit: 2, machine: { instanceType: 't3.large', image: { ami: 'ami-0a1b2c3d4e5f60719' } } },
      },
    };
  };

  /** As the token loader does: config.toml with what is known once it is deployed. */
  const deployed = (template: string): string =>
    template
      .replace('@ami@', 'ami-0a1b2c3d4e5f60718')
      .replace('@ami@', 'ami-0a1b2c3d4e5f60719')
      .replace('@subnet-id@', 'subnet-0a1b2c3d4e5f60719')
      .replace(/[^\n"]*@subnet-id@/, 'amazonec2-use-private-address=true');

  test('a docker-machine fleet comes back as it was, but for the names of its runners', () => {
    const input = fleet();
    const environment = parsed({ ...minimal(), fleets: { builds: input } });
    const [model] = environment.fleets;
    if (model === undefined) throw new Error('there is no fleet');
    const file = parse(deployed(renderConfigTemplate(model, environment))) as Loose;
    const { fleet: back, notes } = migrated(file, 'docker-machine');
    const { builds, small } = input.runners as Loose;
    expect(back).toEqual({
      ...input,
      runners: { 'acme-dev-builds-builds': builds, 'acme-dev-builds-small': small },
    });
    expect(new Set(notes.map(({ path }) => path.replace(/\[\d+\]/g, '[]')))).toEqual(
      new Set([
        'listen_address',
        'shutdown_timeout',
        'machine',
        'runners[].token',
        'runners[].feature_flags.FF_DISABLE_AUTOMATIC_TOKEN_ROTATION',
        'runners[].cache',
        'runners[].machine.MachineName',
        'runners[].machine.MachineOptions[]',
      ]),
    );
  });
});
