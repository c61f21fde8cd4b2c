/** Where things lie on a machine. The scripts and units in `packer/` use the same paths; a test holds them together. */
export const machinePaths = {
  /** What our scripts on the machine must know. */
  environment: '/etc/gitlab-runner-aws/environment',
  /** Variables of the proxy, where there is one. */
  proxy: '/etc/gitlab-runner-aws/proxy.env',
  /** Settings of the mirror of Docker Hub that a manager runs. */
  registry: '/etc/gitlab-runner-aws/registry.json',
  /** What is added to the settings of Docker. */
  dockerDaemon: '/etc/gitlab-runner-aws/docker.json',
  /** The CloudWatch agent's own settings, of which the proxy is one. */
  cloudwatchAgentCommon: '/opt/aws/amazon-cloudwatch-agent/etc/common-config.toml',
  /** Settings of the CloudWatch agent. */
  cloudwatchAgent: '/etc/gitlab-runner-aws/cloudwatch-agent.json',
  /** Certificates of a private authority that signs GitLab's. */
  gitlabCertificates: '/etc/gitlab-runner-aws/gitlab-ca.pem',
  /** Where the credentials of registries are. */
  registries: '/etc/gitlab-runner-aws/registries',
  /** config.toml without tokens. */
  configTemplate: '/etc/gitlab-runner/config.template.toml',
  /** Provisioning folder at first boot. */
  provisioning: '/var/lib/gitlab-runner-aws/provisioning',
  /** What gitlab-runner knows of its workers. */
  autoscalerState: '/var/lib/gitlab-runner-aws/autoscaler',
  /** What Docker Machine knows of its machines, with their keys: where the drain gets to. */
  machineStore: '/var/lib/gitlab-runner-aws/machine',
  /** There once a worker is ready for jobs. */
  workerReady: '/var/lib/gitlab-runner-aws/ready',
  /** How many connections a worker takes. */
  workerSshd: '/etc/ssh/sshd_config.d/10-gitlab-runner-aws.conf',
  /** Makes a worker ready, once the files above are written. */
  worker: '/usr/local/lib/gitlab-runner-aws/worker.sh',
  /** Starts everything, once the files above are written. */
  boot: '/usr/local/lib/gitlab-runner-aws/boot.sh',
  /** Makes, names and removes what Docker Machine has. */
  machines: '/usr/local/lib/gitlab-runner-aws/machines.sh',
  /** Stops taking jobs, waits for those that run, and lets the instance go. */
  drain: '/usr/local/lib/gitlab-runner-aws/drain.sh',
} as const;
