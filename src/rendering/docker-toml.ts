import type { Docker } from '../config/docker';

/** `[[runners.docker.services]]`, as gitlab-runner reads it. */
export interface DockerServiceToml {
  /** Image. */
  readonly name: string;
  /** Further host name. */
  readonly alias?: string | undefined;
  /** Command. */
  readonly command?: readonly string[] | undefined;
  /** Entry point. */
  readonly entrypoint?: readonly string[] | undefined;
  /** Variables, `NAME=value`. */
  readonly environment?: readonly string[] | undefined;
}

/**
 * `[runners.docker]`, as gitlab-runner reads it; each key is explained where the model has it.
 * @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runnersdocker-section
 */
export type DockerToml = {
  readonly allowed_images?: readonly string[] | undefined;
  readonly allowed_privileged_images?: readonly string[] | undefined;
  readonly allowed_privileged_services?: readonly string[] | undefined;
  readonly allowed_pull_policies?: readonly string[] | undefined;
  readonly allowed_services?: readonly string[] | undefined;
  readonly allowed_users?: readonly string[] | undefined;
  readonly cache_dir?: string | undefined;
  readonly cap_add?: readonly string[] | undefined;
  readonly cap_drop?: readonly string[] | undefined;
  readonly cgroup_parent?: string | undefined;
  readonly container_labels?: Readonly<Record<string, string>> | undefined;
  readonly cpu_shares?: number | undefined;
  readonly cpus?: string | undefined;
  readonly cpuset_cpus?: string | undefined;
  readonly cpuset_mems?: string | undefined;
  readonly device_cgroup_rules?: readonly string[] | undefined;
  readonly devices?: readonly string[] | undefined;
  readonly disable_cache?: boolean | undefined;
  readonly disable_entrypoint_overwrite?: boolean | undefined;
  readonly dns?: readonly string[] | undefined;
  readonly dns_search?: readonly string[] | undefined;
  readonly enable_ipv6?: boolean | undefined;
  readonly extra_hosts?: readonly string[] | undefined;
  readonly gpus?: string | undefined;
  readonly group_add?: readonly string[] | undefined;
  readonly helper_image?: string | undefined;
  readonly helper_image_flavor?: string | undefined;
  readonly host?: string | undefined;
  readonly hostname?: string | undefined;
  readonly image?: string | undefined;
  readonly ipcmode?: string | undefined;
  readonly isolation?: string | undefined;
  readonly links?: readonly string[] | undefined;
  readonly log_options?: Readonly<Record<string, string>> | undefined;
  readonly mac_address?: string | undefined;
  readonly memory?: string | undefined;
  readonly memory_reservation?: string | undefined;
  readonly memory_swap?: string | undefined;
  readonly network_mode?: string | undefined;
  readonly network_mtu?: number | undefined;
  readonly oom_kill_disable?: boolean | undefined;
  readonly oom_score_adjust?: number | undefined;
  readonly pid_mode?: string | undefined;
  readonly privileged?: boolean | undefined;
  readonly pull_policy?: string | readonly string[] | undefined;
  readonly runtime?: string | undefined;
  readonly security_opt?: readonly string[] | undefined;
  readonly service_cgroup_parent?: string | undefined;
  readonly service_cpu_shares?: number | undefined;
  readonly service_cpus?: string | undefined;
  readonly service_cpuset_cpus?: string | undefined;
  readonly service_gpus?: string | undefined;
  readonly service_memory?: string | undefined;
  readonly service_memory_reservation?: string | undefined;
  readonly service_memory_swap?: string | undefined;
  readonly service_slot_cgroup_template?: string | undefined;
  readonly services?: readonly DockerServiceToml[] | undefined;
  readonly services_devices?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly services_limit?: number | undefined;
  readonly services_privileged?: boolean | undefined;
  readonly services_security_opt?: readonly string[] | undefined;
  readonly services_tmpfs?: Readonly<Record<string, string>> | undefined;
  readonly shm_size?: number | undefined;
  readonly sysctls?: Readonly<Record<string, string>> | undefined;
  readonly tls_cert_path?: string | undefined;
  readonly tls_verify?: boolean | undefined;
  readonly tmpfs?: Readonly<Record<string, string>> | undefined;
  readonly ulimit?: Readonly<Record<string, string>> | undefined;
  readonly user?: string | undefined;
  readonly userns_mode?: string | undefined;
  readonly volume_driver?: string | undefined;
  readonly volume_driver_ops?: Readonly<Record<string, string>> | undefined;
  readonly volume_keep?: boolean | undefined;
  readonly volumes?: readonly string[] | undefined;
  readonly volumes_from?: readonly string[] | undefined;
  readonly wait_for_services_timeout?: number | undefined;
};

/** Where each field of the model stands in `[runners.docker]`. */
export const dockerKeys = {
  allowedImages: 'allowed_images',
  allowedPrivilegedImages: 'allowed_privileged_images',
  allowedPrivilegedServices: 'allowed_privileged_services',
  allowedPullPolicies: 'allowed_pull_policies',
  allowedServices: 'allowed_services',
  allowedUsers: 'allowed_users',
  cacheDir: 'cache_dir',
  capAdd: 'cap_add',
  capDrop: 'cap_drop',
  cgroupParent: 'cgroup_parent',
  containerLabels: 'container_labels',
  cpuShares: 'cpu_shares',
  cpus: 'cpus',
  cpusetCpus: 'cpuset_cpus',
  cpusetMems: 'cpuset_mems',
  deviceCgroupRules: 'device_cgroup_rules',
  devices: 'devices',
  disableCache: 'disable_cache',
  disableEntrypointOverwrite: 'disable_entrypoint_overwrite',
  dns: 'dns',
  dnsSearch: 'dns_search',
  enableIpv6: 'enable_ipv6',
  extraHosts: 'extra_hosts',
  gpus: 'gpus',
  groupAdd: 'group_add',
  helperImage: 'helper_image',
  helperImageFlavor: 'helper_image_flavor',
  host: 'host',
  hostname: 'hostname',
  image: 'image',
  ipcmode: 'ipcmode',
  isolation: 'isolation',
  links: 'links',
  logOptions: 'log_options',
  macAddress: 'mac_address',
  memory: 'memory',
  memoryReservation: 'memory_reservation',
  memorySwap: 'memory_swap',
  networkMode: 'network_mode',
  networkMtu: 'network_mtu',
  oomKillDisable: 'oom_kill_disable',
  oomScoreAdjust: 'oom_score_adjust',
  pidMode: 'pid_mode',
  privileged: 'privileged',
  pullPolicy: 'pull_policy',
  runtime: 'runtime',
  securityOpt: 'security_opt',
  serviceCgroupParent: 'service_cgroup_parent',
  serviceCpuShares: 'service_cpu_shares',
  serviceCpus: 'service_cpus',
  serviceCpusetCpus: 'service_cpuset_cpus',
  serviceGpus: 'service_gpus',
  serviceMemory: 'service_memory',
  serviceMemoryReservation: 'service_memory_reservation',
  serviceMemorySwap: 'service_memory_swap',
  serviceSlotCgroupTemplate: 'service_slot_cgroup_template',
  services: 'services',
  servicesDevices: 'services_devices',
  servicesLimit: 'services_limit',
  servicesPrivileged: 'services_privileged',
  servicesSecurityOpt: 'services_security_opt',
  servicesTmpfs: 'services_tmpfs',
  shmSizeBytes: 'shm_size',
  sysctls: 'sysctls',
  tlsCertPath: 'tls_cert_path',
  tlsVerify: 'tls_verify',
  tmpfs: 'tmpfs',
  ulimit: 'ulimit',
  user: 'user',
  usernsMode: 'userns_mode',
  volumeDriver: 'volume_driver',
  volumeDriverOps: 'volume_driver_ops',
  volumeKeep: 'volume_keep',
  volumes: 'volumes',
  volumesFrom: 'volumes_from',
  waitForServicesTimeoutSeconds: 'wait_for_services_timeout',
} as const satisfies Record<keyof Docker, keyof DockerToml>;

/** `[runners.docker]` of a runner. */
export const renderDocker = (docker: Docker): DockerToml =>
  Object.fromEntries(
    (Object.keys(dockerKeys) as (keyof Docker)[]).map((field) => [dockerKeys[field], docker[field]]),
  );
