import { load } from 'js-toml';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { EnvironmentInput } from '../../src/config/environment';
import { renderConfigTemplate } from '../../src/rendering/config-toml';
import { tokenPlaceholder } from '../../src/rendering/runner-toml';
import { gitlabRunnerKeys as known } from '../support/fixtures';
import {
  KEY_ARN,
  PARAMETER_ARN,
  SECRET_ARN,
  CERTIFICATE,
  minimal,
  parsed,
  refusals,
  withDocker,
  withFleet,
  withRunner,
  withValue,
} from '../support/environments';
import { maximalDocker, maximalRunner } from '../support/maximal';

/** config.toml without tokens: parsed back by another library than the one that writes it. */

type Table = Record<string, unknown>;

const template = (input: EnvironmentInput | object): string => {
  const environment = parsed(input);
  const [fleet] = environment.fleets;
  if (fleet === undefined) throw new Error('there is no fleet');
  return renderConfigTemplate(fleet, environment);
};
const toml = (input: EnvironmentInput | object): Table => load(template(input)) as Table;
const runnersOf = (input: EnvironmentInput | object): Table[] => toml(input).runners as Table[];
const runnerOf = (input: EnvironmentInput | object): Table => {
  const runners = runnersOf(input);
  if (runners.length !== 1 || runners[0] === undefined) throw new Error('there must be one runner');
  return runners[0];
};

const types = new Map(known.keys.map(({ path: key, type }) => [key, type]));
const allOn = withFleet({ concurrent: 10, runners: { default: maximalRunner() } });

describe('the smallest fleet', () => {
  test('renders as a whole', () => {
    expect(toml(minimal())).toEqual({
      concurrent: 4,
      check_interval: 3,
      log_level: 'info',
      log_format: 'json',
      listen_address: ':9252',
      runners: [
        {
          name: 'acme-dev-linux-default',
          url: 'https://gitlab.com',
          token: '@token@',
          executor: 'docker',
          limit: 4,
          request_concurrency: 1,
          output_limit: 4096,
          environment: [],
          feature_flags: { FF_DISABLE_AUTOMATIC_TOKEN_ROTATION: true },
          cache: {
            Type: 's3',
            Path: 'linux/default',
            Shared: true,
            s3: {
              BucketName: 'acme-dev-cache-@account-id@',
              BucketLocation: 'eu-central-1',
              AuthenticationType: 'iam',
            },
          },
          docker: { image: 'alpine:3.22', privileged: false, pull_policy: 'always' },
        },
      ],
    });
  });

  test('reaches the loader with a marker before the runner', () => {
    expect(template(minimal()).split('\n').slice(0, 9)).toEqual([
      'concurrent = 4',
      'check_interval = 3',
      'log_level = "info"',
      'log_format = "json"',
      'listen_address = ":9252"',
      '',
      '#: runner default secretsmanager acme-dev-linux-default-token',
      '[[runners]]',
      'name = "acme-dev-linux-default"',
    ]);
  });
});

describe('what gitlab-runner knows', () => {
  /** Paths of every key, as the fixture writes them; what is free inside a map is left out. */
  function keysOf(table: Table, prefix = ''): string[] {
    return Object.entries(table).flatMap(([key, value]) => {
      const here = `${prefix}${key}`;
      if (types.get(here)?.startsWith('map of') === true || typeof value !== 'object') return [here];
      if (!Array.isArray(value)) return [here, ...keysOf(value as Table, `${here}.`)];
      const tables = value.filter((element): element is Table => typeof element === 'object');
      return [here, ...tables.flatMap((element) => keysOf(element, `${here}[].`))];
    });
  }

  const extra = { ...maximalRunner(), extraConfig: {} };
  const rendered = [
    ...new Set(
      keysOf(
        toml(
          withValue(
            withFleet({ concurrent: 10, runners: { default: extra } }),
            'gitlab.caCertificatePem',
            CERTIFICATE,
          ),
        ),
      ),
    ),
  ];

  test('is written down', () => {
    expect(types.size).toBeGreaterThan(200);
    expect(types.get('runners[].docker.pull_policy')).toBe('string or list of string');
  });

  test.each(rendered)('has the key %s', (key) => {
    expect(types.has(key)).toBe(true);
  });

  /** Not for this executor, from later issues, or (tokens) never on a disk. */
  const elsewhere =
    /^runners\[\]\.(autoscaler|cache|custom|instance|machine|ssh|id|token_expires_at|token_obtained_at)(\.|$)/;
  const ours = [...types.keys()].filter((key) => key.startsWith('runners[].') && !elsewhere.test(key));

  test('is all of it a field of the model: there are many', () => {
    expect(ours.length).toBeGreaterThan(110);
  });

  test.each(ours)('is a field of the model: %s', (key) => {
    expect(rendered).toContain(key);
  });

  test.each(rendered)('has %s with a value of its type', (key) => {
    const values = valuesAt(toml(allOn), key.replaceAll('[]', '.[]').split('.'));
    const type = types.get(key) ?? '';
    if (key === 'runners[].tls-ca-file') return;
    expect(values.length).toBeGreaterThan(0);
    for (const value of values) expect(isOf(type, value)).toBe(true);
  });

  function valuesAt(value: unknown, [first, ...rest]: readonly string[]): unknown[] {
    if (first === undefined) return value === undefined ? [] : [value];
    if (first === '[]') return (value as unknown[]).flatMap((element) => valuesAt(element, rest));
    return typeof value === 'object' && value !== null ? valuesAt((value as Table)[first], rest) : [];
  }

  const all = (value: unknown, check: (inner: unknown) => boolean): boolean =>
    typeof value === 'object' && value !== null && Object.values(value).every(check);
  const isString = (value: unknown): boolean => typeof value === 'string';
  const isBoolean = (value: unknown): boolean => typeof value === 'boolean';

  const checks: Record<string, (value: unknown) => boolean> = {
    string: isString,
    'duration string': (value) => /^(\d+(\.\d+)?(h|m|s|ms))+$/.test(String(value)),
    int: Number.isInteger,
    bool: isBoolean,
    'list of string': (value) => Array.isArray(value) && all(value, isString),
    'string or list of string': (value) => isString(value) || (Array.isArray(value) && all(value, isString)),
    'map of string': (value) => all(value, isString),
    'map of bool': (value) => all(value, isBoolean),
    'map of list of string': (value) => all(value, Array.isArray),
    table: (value) => !Array.isArray(value) && all(value, () => true),
    'list of tables': Array.isArray,
  };
  const isOf = (type: string, value: unknown): boolean => checks[type]?.(value) ?? false;
});

describe('every field of the docker executor reaches its key', () => {
  /** GitLab's name in camelCase; two have a unit. */
  const keyOf = (field: string): string =>
    field
      .replace(/^shmSizeBytes$/, 'shmSize')
      .replace(/^waitForServicesTimeoutSeconds$/, 'waitForServicesTimeout')
      .replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

  test.each(Object.entries(maximalDocker()))('%s', (field, value) => {
    const { docker } = runnerOf(withDocker({ [field]: value }));
    expect((docker as Table)[keyOf(field)]).toEqual(value);
    const others = Object.keys(docker as Table).filter((key) => key !== keyOf(field));
    expect(['image', 'privileged', 'pull_policy']).toEqual(expect.arrayContaining(others));
  });

  test('as one pull policy too', () => {
    expect(runnerOf(withDocker({ pullPolicy: 'if-not-present' })).docker).toHaveProperty(
      'pull_policy',
      'if-not-present',
    );
  });
});

describe('every field of a runner reaches its key', () => {
  const ofDefaults = runnerOf(minimal());
  const maximal = maximalRunner();

  test.each<[keyof typeof maximal, string, unknown]>([
    ['limit', 'limit', 3],
    ['requestConcurrency', 'request_concurrency', 2],
    ['outputLimitKib', 'output_limit', 8192],
    ['environment', 'environment', ['LANG=C.UTF-8', 'GREETING=a "b" \\ c']],
    ['cloneUrl', 'clone_url', 'https://clone.example.com'],
    ['preGetSourcesScript', 'pre_get_sources_script', 'echo before sources'],
    ['postGetSourcesScript', 'post_get_sources_script', 'echo after sources'],
    ['preBuildScript', 'pre_build_script', 'echo before\necho "two lines"\n'],
    ['postBuildScript', 'post_build_script', 'echo after'],
    [
      'featureFlags',
      'feature_flags',
      { FF_NETWORK_PER_BUILD: true, FF_DISABLE_AUTOMATIC_TOKEN_ROTATION: true },
    ],
    ['buildsDir', 'builds_dir', '/srv/builds'],
    ['cacheDir', 'cache_dir', '/srv/runner-cache'],
    ['shell', 'shell', 'sh'],
    ['labels', 'labels', { stage: 'test' }],
    ['customBuildDir', 'custom_build_dir', { enabled: true }],
    ['cleanGitConfig', 'clean_git_config', true],
    ['safeDirectoryCheckout', 'safe_directory_checkout', true],
    ['debugTraceDisabled', 'debug_trace_disabled', true],
    ['getSourcesTimeout', 'get_sources_timeout', '10m'],
    ['prepareTimeout', 'prepare_timeout', '30m'],
    ['jobStatusFinalUpdateRetryLimit', 'job_status_final_update_retry_limit', 5],
    ['strictCheckInterval', 'strict_check_interval', true],
    ['unhealthyRequestsLimit', 'unhealthy_requests_limit', 6],
    ['unhealthyInterval', 'unhealthy_interval', '30m'],
    ['tlsCertFile', 'tls-cert-file', '/etc/gitlab-runner/client.crt'],
    ['tlsKeyFile', 'tls-key-file', '/etc/gitlab-runner/client.key'],
    ['stepRunnerImage', 'step_runner_image', 'registry.example.com/step-runner:1'],
    ['proxyExec', 'proxy_exec', true],
    ['useSlotCgroups', 'use_slot_cgroups', true],
    ['slotCgroupTemplate', 'slot_cgroup_template', 'job-${slot}'],
    ['artifact', 'artifact', { upload_timeout: '1h', response_header_timeout: '5m' }],
    [
      'monitoring',
      'monitoring',
      {
        job_queuing_durations: [
          {
            periods: ['* * * * *'],
            timezone: 'Europe/Berlin',
            threshold: '1m30s',
            jobs_running_for_project: '.*',
          },
        ],
      },
    ],
    [
      'referees',
      'referees',
      { metrics: { prometheus_address: 'http://10.0.0.4:9090', query_interval: 10, queries: ['cpu:rate'] } },
    ],
    [
      'experimental',
      'experimental',
      {
        boot_verify: { enabled: true, timeout: '2m', acquire_min_backoff: '1s', acquire_max_backoff: '20s' },
      },
    ],
    ['extraConfig', 'newer_key', [1, 'two', { three: true }]],
  ])('%s', (field, key, value) => {
    const rendered = runnerOf(withRunner({ [field]: maximal[field] }));
    expect(rendered[key]).toEqual(value);
    expect(ofDefaults[key]).not.toEqual(value);
  });

  test('none is missing above but the token and docker, which have their own tests', () => {
    const rendered = Object.keys(runnerOf(allOn));
    expect(Object.keys(maximal).filter((field) => field !== 'token')).toHaveLength(36);
    expect(rendered).toEqual(expect.arrayContaining(['newer_key', 'docker', 'slot_cgroup_template']));
  });

  test('extraConfig goes beside what is rendered, in docker too', () => {
    const { docker } = runnerOf(
      withRunner({ extraConfig: { docker: { newer_docker_key: 1.5, table: { a: [] } } } }),
    );
    expect(docker).toEqual({
      image: 'alpine:3.22',
      privileged: false,
      pull_policy: 'always',
      newer_docker_key: 1.5,
      table: { a: [] },
    });
  });

  test.each<[Parameters<typeof withFleet>[0], string, unknown]>([
    [{ concurrent: 9 }, 'concurrent', 9],
    [{ checkIntervalSeconds: 7 }, 'check_interval', 7],
    [{ logLevel: 'warning' }, 'log_level', 'warning'],
  ])('%p of the fleet', (fields, key, value) => {
    expect(toml(withFleet(fields))).toHaveProperty(key, value);
  });

  test('gitlab', () => {
    const input = withValue(minimal(), 'gitlab', {
      url: 'https://gitlab.example.com/',
      caCertificatePem: CERTIFICATE,
    });
    expect(runnerOf(input)).toMatchObject({
      url: 'https://gitlab.example.com',
      'tls-ca-file': '/etc/gitlab-runner-aws/gitlab-ca.pem',
    });
    expect(runnerOf(minimal())).not.toHaveProperty('tls-ca-file');
  });
});

describe('any text survives', () => {
  const texts = [
    'a "double" and \'single\' quotes, """three""" and \'\'\'three\'\'\'',
    'back\\slash \\n \\u0041 \\',
    'two\nlines\n\nand an end\n',
    'tab\tand more',
    '# no comment',
    '#: runner x secretsmanager y',
    'a\n#: runner x secretsmanager y\n[[runners]]\ntoken = "@Token@"\n',
    'ü ß 漢字 😀 \u00a0 \u2028 \u2029 \ufeff',
    '${CI_JOB_ID} %{x} {{ y }} $(id) `id`',
    ' spaces ',
    '= [ ] { } ,',
  ];

  test.each(texts)('as a variable: %j', (text) => {
    expect(runnerOf(withRunner({ environment: { A: text } })).environment).toEqual([`A=${text}`]);
  });

  test.each(texts)('as a script: %j', (text) => {
    expect(runnerOf(withRunner({ preBuildScript: text })).pre_build_script).toBe(text);
  });

  test.each(texts)('in maps, services and extraConfig: %j', (text) => {
    const rendered = runnerOf(
      withRunner({
        docker: {
          containerLabels: { a: text },
          services: [{ name: 'a', environment: ['A=b'], command: ['x'] }],
        },
        extraConfig: { newer: { list: [text] } },
      }),
    );
    expect(rendered.newer).toEqual({ list: [text] });
    expect(rendered.docker).toMatchObject({ container_labels: { a: text } });
  });

  const lines = texts.filter((text) => !/\p{Cc}/u.test(text));
  test.each(lines)('as a key and on one line: %j', (text) => {
    const rendered = runnerOf(
      withRunner({ labels: { [text]: text }, docker: { user: text, volumes: [text] } }),
    );
    expect(rendered.labels).toEqual({ [text]: text });
    expect(rendered.docker).toMatchObject({ user: text, volumes: [text] });
  });

  test.each(texts)('without making a line that the loader would take for its own: %j', (text) => {
    const own = (input: object) =>
      template(input)
        .split('\n')
        .filter((line) => line.startsWith('#:') || /^\s*token = "@token@"$/.test(line));
    expect(
      own(withRunner({ environment: { A: text }, preBuildScript: text, extraConfig: { a: text } })),
    ).toEqual(own(minimal()));
    expect(own(minimal())).toHaveLength(2);
  });
});

describe('markers', () => {
  const input = withFleet({
    runners: {
      made: {},
      named: { token: { secretName: 'team/gitlab_token+=.@-x' } },
      given: { token: { secretArn: SECRET_ARN, kmsKeyArn: KEY_ARN } },
      parameter: { token: { parameterArn: PARAMETER_ARN } },
    },
  });
  const lines = template(input).split('\n');

  test('tell for each runner where its token is, in order', () => {
    expect(lines.filter((line) => line.startsWith('#'))).toEqual([
      '#: runner made secretsmanager acme-dev-linux-made-token',
      '#: runner named secretsmanager acme-dev-team/gitlab_token+=.@-x',
      `#: runner given secretsmanager ${SECRET_ARN}`,
      `#: runner parameter ssm ${PARAMETER_ARN}`,
    ]);
    expect(runnersOf(input).map(({ name }) => name)).toEqual(
      ['made', 'named', 'given', 'parameter'].map((name) => `acme-dev-linux-${name}`),
    );
  });

  test('are what the token loader reads', () => {
    const loader = fs.readFileSync(
      path.join(__dirname, '../../packer/files/usr/local/lib/gitlab-runner-aws/load-tokens.sh'),
      'utf8',
    );
    const expression = (name: string) => {
      const [, text] = new RegExp(`^${name}='(.*)'$`, 'm').exec(loader) ?? [];
      if (text === undefined) throw new Error(`${name} is not in the loader`);
      return new RegExp(text.replaceAll('[[:space:]]', '\\s'));
    };
    const markers = lines.filter((line) => line.startsWith('#:'));
    expect(markers).toHaveLength(4);
    for (const marker of markers) expect(marker).toMatch(expression('MARKER'));
    expect(lines.filter((line) => expression('PLACEHOLDER').test(line))).toHaveLength(4);
  });

  test('stand right before their runner, each with one place for a token', () => {
    const parts = template(input).split(/^(?=#: runner )/m);
    expect(parts).toHaveLength(5);
    for (const part of parts.slice(1)) {
      expect(part.split('\n')[1]).toBe('[[runners]]');
      expect(part.split(tokenPlaceholder)).toHaveLength(2);
      expect(part.endsWith('\n')).toBe(true);
    }
  });

  test('and nothing else of a token is in the file', () => {
    expect(template(input)).not.toMatch(/glrt-|token_expires_at|token_obtained_at/);
  });
});

describe('extraConfig refuses exactly what gitlab-runner 19.3 knows', () => {
  const source = fs.readFileSync(path.join(__dirname, '../../src/config/extra-config.ts'), 'utf8');
  const sets = [...source.matchAll(/new Set\(\s*`([^`]*)`/g)].map(([, words = '']) =>
    words.split(/\s+/).sort(),
  );
  const level = (prefix: string) =>
    [...types.keys(), ...known.left_out]
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length))
      .filter((key) => /^[\w-]+$/.test(key))
      .sort();
  // `docker` itself is let through, for its own keys.
  const ofRunner = level('runners[].').filter((key) => key !== 'docker');
  const ofDocker = level('runners[].docker.');

  test('both sets are those of the fixture', () => {
    expect(ofRunner.length).toBeGreaterThan(45);
    expect(ofDocker.length).toBeGreaterThan(70);
    expect(sets).toEqual([ofRunner, ofDocker]);
  });

  test.each(ofRunner)('%s', (key) => {
    expect(refusals(withRunner({ extraConfig: { [key]: 1 } }))).toEqual([
      expect.stringContaining(`extraConfig.${key} must not be set here`),
    ]);
  });

  test.each(ofDocker)('docker.%s', (key) => {
    expect(refusals(withRunner({ extraConfig: { docker: { [key]: 1 } } }))).toEqual([
      expect.stringContaining(`extraConfig.docker.${key} must not be set here`),
    ]);
  });
});
