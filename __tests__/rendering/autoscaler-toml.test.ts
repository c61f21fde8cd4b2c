import { load } from 'js-toml';
import { renderConfigTemplate } from '../../src/rendering/config-toml';
import { gitlabRunnerKeys as known } from '../support/fixtures';
import { parsed, withAutoscaler, withWorkers } from '../support/environments';
import { maximalWorkers } from '../support/maximal';

/** config.toml of a manager that starts machines: parsed back by another library than the one that writes it. */

type Table = Record<string, unknown>;

const toml = (input: object): Table => {
  const environment = parsed(input);
  const [fleet] = environment.fleets;
  if (fleet === undefined) throw new Error('there is no fleet');
  return load(renderConfigTemplate(fleet, environment)) as Table;
};
const autoscalerOf = (input: object): Table => {
  const [runner] = toml(input).runners as Table[];
  return runner?.autoscaler as Table;
};
const ready =
  'cloud-init status --wait >/dev/null; test -e /var/lib/gitlab-runner-aws/ready && docker version >/dev/null';

describe('the smallest fleet', () => {
  test('renders as a whole', () => {
    expect(toml({ ...withAutoscaler(), cache: false })).toEqual({
      concurrent: 4,
      check_interval: 3,
      log_level: 'info',
      log_format: 'json',
      listen_address: ':9252',
      runners: [
        {
          name: 'acme-dev-builds-default',
          url: 'https://gitlab.com',
          token: '@token@',
          executor: 'docker-autoscaler',
          limit: 4,
          request_concurrency: 1,
          output_limit: 4096,
          environment: [],
          feature_flags: { FF_DISABLE_AUTOMATIC_TOKEN_ROTATION: true },
          docker: { image: 'alpine:3.22', privileged: false, pull_policy: 'always' },
          autoscaler: {
            plugin: 'aws:1.1',
            capacity_per_instance: 1,
            max_use_count: 0,
            max_instances: 4,
            instance_ready_command: ready,
            plugin_config: { name: 'acme-dev-builds-default' },
            connector_config: {
              username: 'ec2-user',
              use_static_credentials: false,
              use_external_addr: false,
            },
            state_storage: { enabled: true, dir: '/var/lib/gitlab-runner-aws/autoscaler/default' },
            policy: [
              {
                periods: ['* * * * *'],
                timezone: 'Etc/UTC',
                idle_count: 0,
                idle_time: '1200s',
                scale_factor: 0,
                scale_factor_limit: 0,
              },
            ],
          },
        },
      ],
    });
  });

  test('asks the plugin for the minor version that machines have', () => {
    expect('1.1.0'.startsWith(String(autoscalerOf(withAutoscaler()).plugin).replace('aws:', ''))).toBe(true);
  });
});

describe('every field of workers', () => {
  const rendered = autoscalerOf(
    withAutoscaler({ concurrent: 10, runners: { default: { limit: 9, workers: maximalWorkers() } } }),
  );

  test('reaches its key', () => {
    expect(rendered).toEqual({
      plugin: 'aws:1.1',
      capacity_per_instance: 2,
      max_use_count: 5,
      max_instances: 8,
      delete_instances_on_shutdown: true,
      shutdown_deletion_interval: '20s',
      shutdown_deletion_retries: 5,
      instance_ready_command: `${ready} && { test -d /srv/tools1; }`,
      instance_acquire_timeout: '600s',
      update_interval: '30s',
      update_interval_when_expecting: '5s',
      deletion_retry_interval: '40s',
      failure_threshold: 4,
      reservation_throttling: true,
      log_internal_ip: true,
      log_external_ip: true,
      instance_operation_time_buckets: [0.5, 1],
      instance_creation_time_buckets: [2, 3],
      instance_is_running_time_buckets: [4, 5],
      instance_readiness_time_buckets: [6, 7],
      instance_deletion_time_buckets: [8, 9],
      instance_life_duration_buckets: [10, 11],
      scale_throttle: { limit: 10, burst: 20 },
      plugin_config: { name: 'acme-dev-builds-default' },
      connector_config: {
        username: 'ci',
        use_static_credentials: false,
        use_external_addr: false,
        timeout: '50s',
        keepalive: '15s',
      },
      state_storage: {
        enabled: true,
        dir: '/var/lib/gitlab-runner-aws/autoscaler/default',
        keep_instance_with_acquisitions: true,
      },
      policy: [
        {
          periods: ['* 8-17 * * MON-FRI'],
          timezone: 'Europe/Berlin',
          idle_count: 4,
          idle_time: '1800s',
          scale_factor: 1.5,
          scale_factor_limit: 6,
          preemptive_mode: false,
        },
      ],
    });
  });

  /** Virtual machines inside workers, keys of our own, and what the plugin knows better. */
  const elsewhere = /\.(vm_isolation|key_path|password|arch|os|protocol|protocol_port)(\.|$)/;
  const start = 'runners[].autoscaler.';
  const keys = known.keys
    .map(({ path }) => path)
    .filter((path) => path.startsWith(start) && !elsewhere.test(path))
    .map((path) => path.slice(start.length));

  const isThere = (value: unknown, [first = '', ...rest]: readonly string[]): boolean => {
    if (first.endsWith('[]'))
      return ((value as Table)[first.slice(0, -2)] as unknown[]).some((one) => isThere(one, rest));
    const inner = (value as Table)[first];
    return rest.length === 0 ? inner !== undefined : isThere(inner, rest);
  };

  test('are all that gitlab-runner knows: there are many', () => {
    expect(keys.length).toBeGreaterThan(35);
  });

  test.each(keys)('renders the key %s', (key) => {
    expect(isThere(rendered, key.split('.'))).toBe(true);
  });
});

test('each runner has its own group, and its own folder for its state', () => {
  const runners = toml(
    withAutoscaler({ runners: { a: { requestConcurrency: 2 }, b: { requestConcurrency: 2 } } }),
  ).runners as { autoscaler: { plugin_config: Table; state_storage: Table } }[];
  expect(runners.map(({ autoscaler }) => autoscaler.plugin_config.name)).toEqual([
    'acme-dev-builds-a',
    'acme-dev-builds-b',
  ]);
  expect(runners.map(({ autoscaler }) => autoscaler.state_storage.dir)).toEqual([
    '/var/lib/gitlab-runner-aws/autoscaler/a',
    '/var/lib/gitlab-runner-aws/autoscaler/b',
  ]);
});

test('a policy is on or off only where it says so', () => {
  const preemptive = (policy: object) =>
    (autoscalerOf(withWorkers({ policies: [policy] })).policy as Table[])[0]?.preemptive_mode;
  expect(preemptive({})).toBeUndefined();
  expect(preemptive({ preemptiveMode: true, idleCount: 1 })).toBe(true);
});
