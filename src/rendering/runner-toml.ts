import type { TomlValue } from '../config/extra-config';
import type { MachineRunner } from '../config/docker-machine-model';
import type { Fleet, Runner } from '../config/fleet-model';
import type { CacheToml } from './cache-toml';
import { renderAutoscaler } from './autoscaler-toml';
import { renderCustomExecutor } from './custom-toml';
import { renderDocker, type DockerToml } from './docker-toml';
import type { MachineToml } from './machine-toml';
import { workerFolders } from './manager-paths';

/** `[[runners]]`, as gitlab-runner reads it: irregular names are GitLab's. */
interface RunnerToml {
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly 'tls-ca-file': string | undefined;
  readonly 'tls-cert-file': string | undefined;
  readonly 'tls-key-file': string | undefined;
  readonly executor: 'docker' | 'docker-autoscaler' | 'docker+machine' | 'custom';
  readonly limit: number;
  readonly request_concurrency: number;
  readonly strict_check_interval: boolean | undefined;
  readonly unhealthy_requests_limit: number | undefined;
  readonly unhealthy_interval: string | undefined;
  readonly output_limit: number;
  readonly environment: readonly string[];
  readonly clone_url: string | undefined;
  readonly builds_dir: string | undefined;
  readonly cache_dir: string | undefined;
  readonly shell: string | undefined;
  readonly pre_get_sources_script: string | undefined;
  readonly post_get_sources_script: string | undefined;
  readonly pre_build_script: string | undefined;
  readonly post_build_script: string | undefined;
  readonly get_sources_timeout: string | undefined;
  readonly prepare_timeout: string | undefined;
  readonly job_status_final_update_retry_limit: number | undefined;
  readonly debug_trace_disabled: boolean | undefined;
  readonly clean_git_config: boolean | undefined;
  readonly safe_directory_checkout: boolean | undefined;
  readonly proxy_exec: boolean | undefined;
  readonly step_runner_image: string | undefined;
  readonly use_slot_cgroups: boolean | undefined;
  readonly slot_cgroup_template: string | undefined;
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly feature_flags: Readonly<Record<string, boolean>>;
  readonly custom_build_dir: { readonly enabled: boolean } | undefined;
  readonly artifact: ArtifactToml | undefined;
  readonly monitoring: MonitoringToml | undefined;
  readonly referees: RefereesToml | undefined;
  readonly experimental: ExperimentalToml | undefined;
  readonly cache: CacheToml | undefined;
  readonly docker?: DockerToml;
  readonly autoscaler?: ReturnType<typeof renderAutoscaler>;
  readonly machine?: MachineToml;
  readonly custom?: ReturnType<typeof renderCustomExecutor>;
}

interface ArtifactToml {
  readonly upload_timeout: string | undefined;
  readonly response_header_timeout: string | undefined;
}

interface MonitoringToml {
  readonly job_queuing_durations: readonly {
    readonly periods: readonly string[];
    readonly timezone: string | undefined;
    readonly threshold: string;
    readonly jobs_running_for_project: string | undefined;
  }[];
}

interface RefereesToml {
  readonly metrics: {
    readonly prometheus_address: string;
    readonly query_interval: number;
    readonly queries: readonly string[];
  };
}

interface ExperimentalToml {
  readonly boot_verify: {
    readonly enabled: boolean;
    readonly timeout: string | undefined;
    readonly acquire_min_backoff: string | undefined;
    readonly acquire_max_backoff: string | undefined;
  };
}

/** What is the same in runners of every executor. */
type CommonRunner = Omit<Runner, 'docker'>;

/** What the runners of a fleet have in common: the GitLab that gives jobs, the cache, and machines. */
export interface OfEnvironment {
  /** Address of GitLab. */
  readonly url: string;
  /** Where the certificates of its private authority lie, if it has one. */
  readonly certificatesFile: string | undefined;
  /** The cache of a runner, if there is one. */
  readonly cacheOf: (runner: string) => CacheToml | undefined;
  /** The machines of a runner that has some of its own. */
  readonly machineOf: (runner: MachineRunner) => MachineToml;
}

/** What differs by executor. */
type ExecutorToml = Pick<RunnerToml, 'executor' | 'docker' | 'autoscaler' | 'machine' | 'custom'> &
  Partial<Pick<RunnerToml, 'builds_dir' | 'cache_dir'>>;

/** What stands in the template where the token loader puts the token. */
export const tokenPlaceholder = '@token@';

const renderArtifact = ({ artifact }: CommonRunner): ArtifactToml | undefined =>
  artifact && {
    upload_timeout: artifact.uploadTimeout,
    response_header_timeout: artifact.responseHeaderTimeout,
  };

const renderMonitoring = ({ monitoring }: CommonRunner): MonitoringToml | undefined =>
  monitoring && {
    job_queuing_durations: monitoring.jobQueuingDurations.map((duration) => ({
      periods: duration.periods,
      timezone: duration.timezone,
      threshold: duration.threshold,
      jobs_running_for_project: duration.jobsRunningForProject,
    })),
  };

const renderReferees = ({ referees }: CommonRunner): RefereesToml | undefined =>
  referees && {
    metrics: {
      prometheus_address: referees.metrics.prometheusAddress,
      query_interval: referees.metrics.queryIntervalSeconds,
      queries: referees.metrics.queries,
    },
  };

const renderExperimental = ({ experimental }: CommonRunner): ExperimentalToml | undefined =>
  experimental && {
    boot_verify: {
      enabled: experimental.bootVerify.enabled,
      timeout: experimental.bootVerify.timeout,
      acquire_min_backoff: experimental.bootVerify.acquireMinBackoff,
      acquire_max_backoff: experimental.bootVerify.acquireMaxBackoff,
    },
  };

const renderCommon = (
  runner: CommonRunner,
  { url, certificatesFile, cacheOf }: OfEnvironment,
  executor: ExecutorToml,
): RunnerToml => ({
  name: runner.name,
  url,
  token: tokenPlaceholder,
  'tls-ca-file': certificatesFile,
  'tls-cert-file': runner.tlsCertFile,
  'tls-key-file': runner.tlsKeyFile,
  limit: runner.limit,
  request_concurrency: runner.requestConcurrency,
  strict_check_interval: runner.strictCheckInterval,
  unhealthy_requests_limit: runner.unhealthyRequestsLimit,
  unhealthy_interval: runner.unhealthyInterval,
  output_limit: runner.outputLimitKib,
  environment: Object.entries(runner.environment).map(([name, value]) => `${name}=${value}`),
  clone_url: runner.cloneUrl,
  builds_dir: runner.buildsDir,
  cache_dir: runner.cacheDir,
  shell: runner.shell,
  pre_get_sources_script: runner.preGetSourcesScript,
  post_get_sources_script: runner.postGetSourcesScript,
  pre_build_script: runner.preBuildScript,
  post_build_script: runner.postBuildScript,
  get_sources_timeout: runner.getSourcesTimeout,
  prepare_timeout: runner.prepareTimeout,
  job_status_final_update_retry_limit: runner.jobStatusFinalUpdateRetryLimit,
  debug_trace_disabled: runner.debugTraceDisabled,
  clean_git_config: runner.cleanGitConfig,
  safe_directory_checkout: runner.safeDirectoryCheckout,
  proxy_exec: runner.proxyExec,
  step_runner_image: runner.stepRunnerImage,
  use_slot_cgroups: runner.useSlotCgroups,
  slot_cgroup_template: runner.slotCgroupTemplate,
  labels: runner.labels,
  feature_flags: { ...runner.featureFlags, FF_DISABLE_AUTOMATIC_TOKEN_ROTATION: true },
  custom_build_dir: runner.customBuildDir,
  artifact: renderArtifact(runner),
  monitoring: renderMonitoring(runner),
  referees: renderReferees(runner),
  experimental: renderExperimental(runner),
  cache: cacheOf(runner.key),
  ...executor,
});

function renderExecutor(runner: Fleet['runners'][number], { machineOf }: OfEnvironment): ExecutorToml {
  if (!('docker' in runner))
    return {
      executor: 'custom',
      builds_dir: runner.buildsDir ?? workerFolders.builds,
      cache_dir: runner.cacheDir ?? workerFolders.cache,
      custom: renderCustomExecutor(runner),
    };
  const docker = renderDocker(runner.docker);
  if ('machine' in runner) return { executor: 'docker+machine', docker, machine: machineOf(runner) };
  return 'workers' in runner
    ? { executor: 'docker-autoscaler', docker, autoscaler: renderAutoscaler(runner) }
    : { executor: 'docker', docker };
}

/** The runner with the keys that this project doesn't know; the model has refused those that it does. */
function withExtraConfig(toml: RunnerToml, extra: Readonly<Record<string, TomlValue>>): object {
  const { docker = {}, ...rest } = extra;
  return { ...toml, ...rest, ...(toml.docker && { docker: { ...toml.docker, ...(docker as object) } }) };
}

/** One `[[runners]]` entry. */
export const renderRunner = (runner: Fleet['runners'][number], ofEnvironment: OfEnvironment): object =>
  withExtraConfig(
    renderCommon(runner, ofEnvironment, renderExecutor(runner, ofEnvironment)),
    runner.extraConfig,
  );
