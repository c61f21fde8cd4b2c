import type { AutoscalerRunner, Workers } from '../config/docker-autoscaler-model';
import { machinePaths } from './machine-paths';

/** `[runners.autoscaler]`. @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runnersautoscaler-section */
interface AutoscalerToml {
  readonly plugin: string;
  readonly capacity_per_instance: number;
  readonly max_use_count: number;
  readonly max_instances: number;
  readonly delete_instances_on_shutdown: boolean | undefined;
  readonly shutdown_deletion_interval: string | undefined;
  readonly shutdown_deletion_retries: number | undefined;
  readonly instance_ready_command: string;
  readonly instance_acquire_timeout: string | undefined;
  readonly update_interval: string | undefined;
  readonly update_interval_when_expecting: string | undefined;
  readonly deletion_retry_interval: string | undefined;
  readonly failure_threshold: number | undefined;
  readonly reservation_throttling: boolean | undefined;
  readonly log_internal_ip: boolean | undefined;
  readonly log_external_ip: boolean | undefined;
  readonly instance_operation_time_buckets: readonly number[] | undefined;
  readonly instance_creation_time_buckets: readonly number[] | undefined;
  readonly instance_is_running_time_buckets: readonly number[] | undefined;
  readonly instance_readiness_time_buckets: readonly number[] | undefined;
  readonly instance_deletion_time_buckets: readonly number[] | undefined;
  readonly instance_life_duration_buckets: readonly number[] | undefined;
  readonly scale_throttle:
    { readonly limit: number | undefined; readonly burst: number | undefined } | undefined;
  readonly plugin_config: { readonly name: string };
  readonly connector_config: ConnectorToml;
  readonly state_storage: StateToml;
  readonly policy: readonly PolicyToml[];
}

interface ConnectorToml {
  readonly username: string;
  readonly use_static_credentials: false;
  readonly use_external_addr: false;
  readonly timeout: string | undefined;
  readonly keepalive: string | undefined;
}

interface StateToml {
  readonly enabled: true;
  readonly dir: string;
  readonly keep_instance_with_acquisitions: boolean | undefined;
}

interface PolicyToml {
  readonly periods: readonly string[];
  readonly timezone: string;
  readonly idle_count: number;
  readonly idle_time: string;
  readonly scale_factor: number;
  readonly scale_factor_limit: number;
  readonly preemptive_mode: boolean | undefined;
}

/** The minor version of fleeting-plugin-aws that every machine has. @see https://docs.gitlab.com/runner/fleet_scaling/fleeting/ */
export const autoscalerPlugin = 'aws:1.1';

/** A number of seconds as Go's duration. */
const duration = (seconds: number | undefined): string | undefined =>
  seconds === undefined ? undefined : `${seconds}s`;

/**
 * A worker is ready once all that user data does has worked: a failure has it replaced, so this waits. SSH is up long
 * before.
 */
const readyCommand = (own: string | undefined): string =>
  `cloud-init status --wait >/dev/null; test -e ${machinePaths.workerReady} && docker version >/dev/null${own === undefined ? '' : ` && { ${own}; }`}`;

/** Keys come by EC2 Instance Connect, to the private address. */
const renderConnector = (workers: Workers): ConnectorToml => ({
  username: workers.sshUser,
  use_static_credentials: false,
  use_external_addr: false,
  timeout: duration(workers.connectorTimeoutSeconds),
  keepalive: duration(workers.connectorKeepaliveSeconds),
});

const renderPolicies = ({ policies }: Workers): PolicyToml[] =>
  policies.map((policy) => ({
    periods: policy.periods,
    timezone: policy.timezone,
    idle_count: policy.idleCount,
    idle_time: `${policy.idleTimeSeconds}s`,
    scale_factor: policy.scaleFactor,
    scale_factor_limit: policy.scaleFactorLimit,
    preemptive_mode: policy.preemptiveMode,
  }));

const renderBuckets = (workers: Workers) => ({
  instance_operation_time_buckets: workers.instanceOperationTimeBuckets,
  instance_creation_time_buckets: workers.instanceCreationTimeBuckets,
  instance_is_running_time_buckets: workers.instanceIsRunningTimeBuckets,
  instance_readiness_time_buckets: workers.instanceReadinessTimeBuckets,
  instance_deletion_time_buckets: workers.instanceDeletionTimeBuckets,
  instance_life_duration_buckets: workers.instanceLifeDurationBuckets,
});

/**
 * How the manager starts, reaches and ends the workers of a runner. Its state is on the manager's disk, one folder for
 * each runner: without it gitlab-runner would end all workers whenever it starts.
 */
export function renderAutoscaler({ key, workers }: AutoscalerRunner): AutoscalerToml {
  const { scaleThrottle } = workers;
  return {
    plugin: autoscalerPlugin,
    capacity_per_instance: workers.capacityPerInstance,
    max_use_count: workers.maxUseCount,
    max_instances: workers.maxInstances,
    delete_instances_on_shutdown: workers.deleteInstancesOnShutdown,
    shutdown_deletion_interval: duration(workers.shutdownDeletionIntervalSeconds),
    shutdown_deletion_retries: workers.shutdownDeletionRetries,
    instance_ready_command: readyCommand(workers.instanceReadyCommand),
    instance_acquire_timeout: duration(workers.instanceAcquireTimeoutSeconds),
    update_interval: duration(workers.updateIntervalSeconds),
    update_interval_when_expecting: duration(workers.updateIntervalWhenExpectingSeconds),
    deletion_retry_interval: duration(workers.deletionRetryIntervalSeconds),
    failure_threshold: workers.failureThreshold,
    reservation_throttling: workers.reservationThrottling,
    log_internal_ip: workers.logInternalIp,
    log_external_ip: workers.logExternalIp,
    ...renderBuckets(workers),
    scale_throttle: scaleThrottle && { limit: scaleThrottle.limit, burst: scaleThrottle.burst },
    plugin_config: { name: workers.groupName },
    connector_config: renderConnector(workers),
    state_storage: {
      enabled: true,
      dir: `${machinePaths.autoscalerState}/${key}`,
      keep_instance_with_acquisitions: workers.keepInstanceWithAcquisitions,
    },
    policy: renderPolicies(workers),
  };
}
