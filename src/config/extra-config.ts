import { z } from 'zod';
import { pattern } from './primitives';

/**
 * What may stand in `extraConfig`: keys that this project doesn't know yet. Everything that gitlab-runner
 * 19.3 knows is refused, since it has a field of its own, is rendered from elsewhere, or isn't for this executor.
 */

/** Keys of `[[runners]]` in gitlab-runner 19.3. @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runners-section */
const knownKeys = new Set(
  `artifact autoscaler builds_dir cache cache_dir clean_git_config clone_url custom custom_build_dir
  debug_trace_disabled environment executor experimental feature_flags get_sources_timeout id instance
  job_status_final_update_retry_limit kubernetes labels limit machine monitoring name output_limit parallels
  post_build_script post_get_sources_script pre_build_script pre_get_sources_script prepare_timeout proxy_exec
  referees request_concurrency safe_directory_checkout shell slot_cgroup_template ssh step_runner_image
  strict_check_interval tls-ca-file tls-cert-file tls-key-file token token_expires_at token_obtained_at
  unhealthy_interval unhealthy_requests_limit url use_slot_cgroups virtualbox`.split(/\s+/),
);

/** Keys of `[runners.docker]` in gitlab-runner 19.3. */
const knownDockerKeys = new Set(
  `allowed_images allowed_privileged_images allowed_privileged_services allowed_pull_policies allowed_services
  allowed_users cache_dir cap_add cap_drop cgroup_parent container_labels cpu_shares cpus cpuset_cpus cpuset_mems
  device_cgroup_rules devices disable_cache disable_entrypoint_overwrite dns dns_search enable_ipv6 extra_hosts gpus
  group_add helper_image helper_image_flavor host hostname image ipcmode isolation links log_options mac_address
  memory memory_reservation memory_swap network_mode network_mtu oom_kill_disable oom_score_adjust pid_mode
  privileged pull_policy runtime security_opt service_cgroup_parent service_cpu_shares service_cpus
  service_cpuset_cpus service_gpus service_memory service_memory_reservation service_memory_swap
  service_slot_cgroup_template services services_devices services_limit services_privileged services_security_opt
  services_tmpfs shm_size sysctls tls_cert_path tls_verify tmpfs ulimit user userns_mode volume_driver
  volume_driver_ops volume_keep volumes volumes_from wait_for_services_timeout`.split(/\s+/),
);

/** A value that TOML can hold, without dates. */
export type TomlValue =
  string | number | boolean | readonly TomlValue[] | { readonly [key: string]: TomlValue };

const key = pattern(/^[A-Za-z0-9_-]+$/, 'must be a TOML key of letters, digits, _ and -');
const value: z.ZodType<TomlValue, TomlValue> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.array(value), z.record(key, value)]),
);

const rule =
  'must not be set here: extraConfig is for keys that gitlab-runner 19.3 does not have; use the field of the model, if there is one';

const isTable = (content: TomlValue | undefined): content is { readonly [key: string]: TomlValue } =>
  typeof content === 'object' && !Array.isArray(content);

/** Paths of keys that gitlab-runner 19.3 knows, in any case, as it reads them; `docker` itself may hold new ones. */
function knownPaths(config: Readonly<Record<string, TomlValue>>): string[][] {
  const { docker } = config;
  const inner = isTable(docker)
    ? Object.keys(docker).filter((name) => knownDockerKeys.has(name.toLowerCase()))
    : [];
  return [
    ...Object.keys(config)
      .filter((name) => knownKeys.has(name.toLowerCase()))
      .map((name) => [name]),
    ...Object.keys(config)
      .filter((name) => name.toLowerCase() === 'docker' && !(name === 'docker' && isTable(docker)))
      .map((name) => [name]),
    ...inner.map((name) => ['docker', name]),
  ];
}

/** Keys of a newer gitlab-runner: of `[[runners]]`, and under `docker` of `[runners.docker]`. */
export const extraConfig = z.record(key, value).superRefine((config, context) => {
  for (const path of knownPaths(config))
    context.addIssue({ code: 'custom', path, message: rule, input: config });
});
