/** Where things lie in the container of a Fargate manager. `docker/manager` uses the same paths; a test holds them together. */
export const managerPaths = {
  /** GitLab's Fargate driver. */
  driver: '/opt/gitlab-runner/fargate',
  /** Files that the task definition carries. */
  files: '/etc/gitlab-runner',
  /** Certificates of a private authority that signs GitLab's. */
  gitlabCertificates: '/etc/gitlab-runner/gitlab-ca.pem',
  /** The driver's notes of its tasks, with their private keys: in memory. */
  metadata: '/dev/shm/gitlab-runner/metadata',
  /** Says whether the manager works. */
  healthCheck: '/usr/local/lib/gitlab-runner-aws/healthy.sh',
} as const;

/** Folders of a job in its own container, where the worker image has them. */
export const workerFolders = {
  builds: '/opt/gitlab-runner/builds',
  cache: '/opt/gitlab-runner/cache',
} as const;

/** Name of the driver's settings of a runner, among the files of the manager. */
export const driverFile = (runner: string): string => `fargate-${runner}.toml`;
