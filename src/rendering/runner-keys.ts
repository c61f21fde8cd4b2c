import type { Runner } from '../config/fleet-model';
import type { TomlKeys } from './toml-keys';

/**
 * Where each field of a runner stands in `[[runners]]`: written out, since GitLab's names follow no rule.
 * @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runners-section
 */
export const runnerKeys = {
  tlsCertFile: 'tls-cert-file',
  tlsKeyFile: 'tls-key-file',
  limit: 'limit',
  requestConcurrency: 'request_concurrency',
  strictCheckInterval: 'strict_check_interval',
  unhealthyRequestsLimit: 'unhealthy_requests_limit',
  unhealthyInterval: 'unhealthy_interval',
  outputLimitKib: 'output_limit',
  environment: 'environment',
  cloneUrl: 'clone_url',
  buildsDir: 'builds_dir',
  cacheDir: 'cache_dir',
  shell: 'shell',
  preGetSourcesScript: 'pre_get_sources_script',
  postGetSourcesScript: 'post_get_sources_script',
  preBuildScript: 'pre_build_script',
  postBuildScript: 'post_build_script',
  getSourcesTimeout: 'get_sources_timeout',
  prepareTimeout: 'prepare_timeout',
  jobStatusFinalUpdateRetryLimit: 'job_status_final_update_retry_limit',
  debugTraceDisabled: 'debug_trace_disabled',
  cleanGitConfig: 'clean_git_config',
  safeDirectoryCheckout: 'safe_directory_checkout',
  proxyExec: 'proxy_exec',
  stepRunnerImage: 'step_runner_image',
  useSlotCgroups: 'use_slot_cgroups',
  slotCgroupTemplate: 'slot_cgroup_template',
  labels: 'labels',
  featureFlags: 'feature_flags',
  customBuildDir: ['custom_build_dir', { enabled: 'enabled' }],
  artifact: [
    'artifact',
    { uploadTimeout: 'upload_timeout', responseHeaderTimeout: 'response_header_timeout' },
  ],
  monitoring: [
    'monitoring',
    {
      jobQueuingDurations: [
        'job_queuing_durations',
        {
          periods: 'periods',
          timezone: 'timezone',
          threshold: 'threshold',
          jobsRunningForProject: 'jobs_running_for_project',
        },
      ],
    },
  ],
  referees: [
    'referees',
    {
      metrics: [
        'metrics',
        {
          prometheusAddress: 'prometheus_address',
          queryIntervalSeconds: 'query_interval',
          queries: 'queries',
        },
      ],
    },
  ],
  experimental: [
    'experimental',
    {
      bootVerify: [
        'boot_verify',
        {
          enabled: 'enabled',
          timeout: 'timeout',
          acquireMinBackoff: 'acquire_min_backoff',
          acquireMaxBackoff: 'acquire_max_backoff',
        },
      ],
    },
  ],
} as const satisfies Record<
  Exclude<keyof Runner, 'key' | 'name' | 'token' | 'extraConfig' | 'docker'>,
  TomlKeys[string]
>;
