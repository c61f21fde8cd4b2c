/** What of a machine's logs goes where. @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Agent-Configuration-File-Details.html */
interface CloudwatchAgentJson {
  readonly agent: { readonly run_as_user: string };
  readonly logs: {
    readonly logs_collected: { readonly files: { readonly collect_list: readonly CollectedFile[] } };
    readonly force_flush_interval: number;
  };
}

interface CollectedFile {
  readonly file_path: string;
  readonly log_group_name: string;
  readonly log_stream_name: string;
}

/** Logs of a machine, by the name that their stream gets behind the instance's id. */
type LogFiles = Readonly<Record<string, string>>;

/** The logs of a machine that runs gitlab-runner. */
const runnerLogs: LogFiles = {
  'gitlab-runner': '/var/log/gitlab-runner/gitlab-runner.log',
  token: '/var/log/gitlab-runner/token.log',
  drain: '/var/log/gitlab-runner/drain.log',
  disk: '/var/log/gitlab-runner/disk.log',
  boot: '/var/log/cloud-init-output.log',
};

/** The same for the only manager of a fleet, which waits for the one before it. */
export const managerLogs: LogFiles = {
  ...runnerLogs,
  predecessor: '/var/log/gitlab-runner/predecessor.log',
};

/** The same for a manager of Docker Machine. */
export const dockerMachineLogs: LogFiles = {
  ...runnerLogs,
  machines: '/var/log/gitlab-runner/machines.log',
};

/** The logs of a machine that runs jobs only. */
export const workerLogs: LogFiles = {
  disk: '/var/log/gitlab-runner/disk.log',
  boot: '/var/log/cloud-init-output.log',
};

/** Settings of the CloudWatch agent: every log of the machine, into streams `<instance id>/<log>` of a log group. */
export function renderCloudwatchAgent(logGroupName: string, logFiles = runnerLogs): string {
  const settings: CloudwatchAgentJson = {
    agent: { run_as_user: 'root' },
    logs: {
      logs_collected: {
        files: {
          collect_list: Object.entries(logFiles).map(([name, path]) => ({
            file_path: path,
            log_group_name: logGroupName,
            log_stream_name: `{instance_id}/${name}`,
          })),
        },
      },
      force_flush_interval: 5,
    },
  };
  return JSON.stringify(settings);
}
