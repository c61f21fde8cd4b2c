import { z } from 'zod';
import { line, list, machinePath, pattern, wholeNumber } from './primitives';

/**
 * `[runners.docker]`: every key of the docker executor in camelCase, with GitLab's form of value.
 * What is left out is not rendered, and gitlab-runner's own default holds, unless a default stands here.
 * @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runnersdocker-section
 */

const pullPolicy = z.enum(['always', 'if-not-present', 'never']);
const size = pattern(/^\d+[bkmg]?$/i, 'must be a size in bytes, or with b, k, m or g, such as 512m');
const cpus = pattern(/^\d+(\.\d+)?$/, 'must be a number of CPUs as text, such as 1.5');
const cpuset = pattern(
  /^\d+(-\d+)?(,\d+(-\d+)?)*$/,
  'must be a list of CPU or node numbers such as 0-3 or 0,1',
);
const imageName = pattern(/^[A-Za-z0-9][A-Za-z0-9._/:@-]*$/, 'must be a container image such as alpine:3.22');
/** Of the helper image gitlab-runner replaces variables such as ${CI_RUNNER_VERSION}. */
const helperImageName = pattern(
  /^[A-Za-z0-9$][A-Za-z0-9._/:@${}-]*$/,
  'must be a container image such as alpine:3.22',
);
const imagePattern = pattern(/^[^\s\p{Cc}]+$/u, 'must be an image pattern without spaces such as ruby:*');
const map = z.record(line, z.string());

/** A service container beside every job. */
const service = z.strictObject({
  /** Image of the service. */
  name: imageName,
  /** Further name under which jobs reach it. @default none */
  alias: line.optional(),
  /** Command instead of the image's. @default the image's */
  command: z.array(z.string()).optional(),
  /** Entry point instead of the image's. @default the image's */
  entrypoint: z.array(z.string()).optional(),
  /** Variables, each `NAME=value`. @default none */
  environment: list(pattern(/^[A-Za-z_][A-Za-z0-9_]*=[^\p{Cc}]*$/u, 'must be NAME=value')).optional(),
});

/** Settings of the docker executor. */
export const docker = z.strictObject({
  /** Image of jobs that name none. @default alpine:3.22 */
  image: imageName.default('alpine:3.22'),
  /** Run job containers privileged: jobs can then do anything on the machine. @default false */
  privileged: z.boolean().default(false),
  /** When images are pulled; the first policy that works. @default always */
  pullPolicy: z
    .union([pullPolicy, list(pullPolicy, 1)], 'must be always, if-not-present, never or a list of them')
    .default('always'),
  /** Pull policies that jobs may ask for. @default those of `pullPolicy` */
  allowedPullPolicies: list(pullPolicy).optional(),
  /** Patterns of images that jobs may use. @default all */
  allowedImages: list(imagePattern).optional(),
  /** Patterns of service images that jobs may use. @default all */
  allowedServices: list(imagePattern).optional(),
  /** Patterns of images that may run privileged, where `privileged` is on. @default all */
  allowedPrivilegedImages: list(imagePattern).optional(),
  /** Patterns of service images that may run privileged. @default all */
  allowedPrivilegedServices: list(imagePattern).optional(),
  /** Users, by name or id, as whom jobs may run. @default all */
  allowedUsers: list(line).optional(),
  /** Volumes, `[host:]container[:options]`. @default none but gitlab-runner's own */
  volumes: list(line).optional(),
  /** Containers whose volumes are mounted. @default none */
  volumesFrom: list(line).optional(),
  /** Volume driver of containers. @default Docker's */
  volumeDriver: line.optional(),
  /** Options of the volume driver. @default none */
  volumeDriverOps: map.optional(),
  /** Keep named volumes between jobs. @default false */
  volumeKeep: z.boolean().optional(),
  /** Folder of the local cache. @default a volume */
  cacheDir: machinePath.optional(),
  /** No local cache volumes. @default false */
  disableCache: z.boolean().optional(),
  /** Docker's address. @default the machine's own socket */
  host: line.optional(),
  /** Host name of job containers. @default Docker's */
  hostname: line.optional(),
  /** Folder of the TLS certificates for `host`. @default none */
  tlsCertPath: machinePath.optional(),
  /** Verify Docker's TLS certificate. @default false */
  tlsVerify: z.boolean().optional(),
  /** Helper image instead of GitLab's. @default GitLab's, of the runner's version */
  helperImage: helperImageName.optional(),
  /** Flavour of the helper image. @default alpine */
  helperImageFlavor: line.optional(),
  /** User in job containers. @default the image's */
  user: line.optional(),
  /** Additional groups of the container's process. @default none */
  groupAdd: list(line).optional(),
  /** Memory limit. @default none */
  memory: size.optional(),
  /** Memory and swap together. @default none */
  memorySwap: size.optional(),
  /** Soft memory limit. @default none */
  memoryReservation: size.optional(),
  /** Memory limit of each service. @default none */
  serviceMemory: size.optional(),
  /** Memory and swap of each service. @default none */
  serviceMemorySwap: size.optional(),
  /** Soft memory limit of each service. @default none */
  serviceMemoryReservation: size.optional(),
  /** CPUs, as text. @default all */
  cpus: cpus.optional(),
  /** Which CPUs. @default all */
  cpusetCpus: cpuset.optional(),
  /** Which memory nodes. @default all */
  cpusetMems: cpuset.optional(),
  /** Relative CPU weight. @default 1024 */
  cpuShares: wholeNumber(0).optional(),
  /** CPUs of each service, as text. @default all */
  serviceCpus: cpus.optional(),
  /** Which CPUs services get. @default all */
  serviceCpusetCpus: cpuset.optional(),
  /** Relative CPU weight of services. @default 1024 */
  serviceCpuShares: wholeNumber(0).optional(),
  /** GPUs for job containers, in Docker's form. @default none */
  gpus: line.optional(),
  /** GPUs for services. @default none */
  serviceGpus: line.optional(),
  /** Parent cgroup of job containers. @default Docker's */
  cgroupParent: line.optional(),
  /** Parent cgroup of services. @default Docker's */
  serviceCgroupParent: line.optional(),
  /** Template of cgroups by job slot for services. @default none */
  serviceSlotCgroupTemplate: line.optional(),
  /** Size of /dev/shm, in bytes. @default 64 MiB (Docker's) */
  shmSizeBytes: wholeNumber(0).optional(),
  /** No out-of-memory killer. @default false */
  oomKillDisable: z.boolean().optional(),
  /** Out-of-memory score of jobs. @default 0 */
  oomScoreAdjust: wholeNumber(-1000, 1000).optional(),
  /** Docker network mode. @default a bridge */
  networkMode: line.optional(),
  /** MTU of networks made for jobs. @default Docker's */
  networkMtu: wholeNumber(68, 65535).optional(),
  /** IPv6 in networks made for jobs. @default false */
  enableIpv6: z.boolean().optional(),
  /** Lines of /etc/hosts, `name:address`. @default none */
  extraHosts: list(line).optional(),
  /** Containers to link. @default none */
  links: list(line).optional(),
  /** DNS servers. @default the machine's */
  dns: list(line).optional(),
  /** DNS search domains. @default the machine's */
  dnsSearch: list(line).optional(),
  /** MAC address of job containers. @default Docker's */
  macAddress: pattern(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i, 'must be a MAC address').optional(),
  /** Devices of the machine, for jobs. @default none */
  devices: list(line).optional(),
  /** Device rules of the cgroup. @default none */
  deviceCgroupRules: list(line).optional(),
  /** Devices for services, by image pattern. @default none */
  servicesDevices: z.record(line, list(line)).optional(),
  /** Capabilities added. @default none */
  capAdd: list(line).optional(),
  /** Capabilities taken away. @default none */
  capDrop: list(line).optional(),
  /** Security options. @default none */
  securityOpt: list(line).optional(),
  /** Security options of services. @default none */
  servicesSecurityOpt: list(line).optional(),
  /** Run services privileged. @default as `privileged` */
  servicesPrivileged: z.boolean().optional(),
  /** Process id namespace; `host` shows jobs every process of the machine. @default own */
  pidMode: line.optional(),
  /** Namespace of shared memory. @default own */
  ipcmode: line.optional(),
  /** User namespace mode. @default Docker's */
  usernsMode: line.optional(),
  /** Isolation technology (Windows). @default Docker's */
  isolation: line.optional(),
  /** Container runtime. @default Docker's */
  runtime: line.optional(),
  /** Kernel parameters. @default none */
  sysctls: map.optional(),
  /** Resource limits, such as `{ nofile: '1024:2048' }`. @default Docker's */
  ulimit: map.optional(),
  /** tmpfs mounts: path -> options. @default none */
  tmpfs: map.optional(),
  /** tmpfs mounts of services. @default none */
  servicesTmpfs: map.optional(),
  /** Services beside every job. @default none */
  services: list(service).optional(),
  /** How many services a job may have; -1: any number. @default -1 */
  servicesLimit: wholeNumber(-1).optional(),
  /** How long to wait for services, in seconds; -1: not at all. @default 30 */
  waitForServicesTimeoutSeconds: wholeNumber(-1).optional(),
  /** Jobs can't overwrite the entry point. @default false */
  disableEntrypointOverwrite: z.boolean().optional(),
  /** Labels of job containers. @default none but gitlab-runner's own */
  containerLabels: map.optional(),
  /** Options of Docker's log driver (json-file). @default Docker's */
  logOptions: map.optional(),
});

/** Settings of the docker executor, after parsing. */
export type Docker = z.output<typeof docker>;
