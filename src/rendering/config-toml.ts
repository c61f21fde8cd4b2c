import type { Fleet } from '../config/fleet-model';
import type { Environment } from '../config/model';
import type { RunnerToken } from '../config/runner-model';
import { cachePath, renderCache } from './cache-toml';
import { renderMachine } from './machine-toml';
import { machinePaths } from './machine-paths';
import { managerPaths } from './manager-paths';
import { registryMirrorUrl } from './docker-daemon';
import { proxyVariables } from './proxy';
import { renderRunner, type OfEnvironment } from './runner-toml';
import { jobMachineTags } from './tags';
import { renderSessionServer, type SessionServerToml } from './session-server-toml';
import { renderToml } from './toml';

/** Keys before the first `[[runners]]`. @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-global-section */
interface GlobalToml {
  readonly concurrent: number;
  readonly check_interval: number;
  readonly log_level: string;
  readonly log_format: 'json';
  readonly listen_address: string;
  readonly shutdown_timeout?: number;
  readonly machine?: { readonly shutdown_drain: { readonly enabled: true; readonly concurrency: number } };
  readonly session_server: SessionServerToml | undefined;
}

/** On the way out gitlab-runner removes the machines that it has, several at once. @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-machineshutdown_drain-section */
const shutdownOfMachines = {
  shutdown_timeout: 600,
  machine: { shutdown_drain: { enabled: true, concurrency: 10 } },
} as const;

const tokenSource = (token: RunnerToken): string => {
  switch (token.kind) {
    case 'made':
      return `secretsmanager ${token.secretName}`;
    case 'secret':
      return `secretsmanager ${token.secretArn}`;
    case 'parameter':
      return `ssm ${token.parameterArn}`;
  }
};

/**
 * The whole config.toml without tokens. Before each `[[runners]]` a line `#: runner <name> <service> <id>` tells
 * the token loader where its token is; it leaves out runners that have none yet.
 */
export function renderConfigTemplate(fleet: Fleet, environment: Environment): string {
  const { gitlab, cache, aws } = environment;
  const global: GlobalToml = {
    concurrent: fleet.concurrent,
    check_interval: fleet.checkIntervalSeconds,
    log_level: fleet.logLevel,
    log_format: 'json',
    listen_address: `:${fleet.metrics.port}`,
    ...(fleet.type === 'docker-machine' ? shutdownOfMachines : {}),
    session_server: fleet.sessionServer && renderSessionServer(fleet.sessionServer),
  };
  const certificates =
    fleet.type === 'fargate' ? managerPaths.gitlabCertificates : machinePaths.gitlabCertificates;
  const ofProxy = proxyVariables(environment);
  const ofEnvironment: OfEnvironment = {
    url: gitlab.url,
    certificatesFile: gitlab.caCertificatePem === undefined ? undefined : certificates,
    proxyVariables: ofProxy,
    cacheOf: (runner) => cache && renderCache(cache, aws, cachePath(fleet.name, runner)),
    machineOf: (runner) =>
      renderMachine(runner, {
        region: aws.region,
        tags: jobMachineTags(environment, fleet, runner),
        mirrorUrl: registryMirrorUrl(environment, fleet),
        proxyVariables: ofProxy,
      }),
  };
  const runners = fleet.runners.map((runner) => {
    const marker = `#: runner ${runner.key} ${tokenSource(runner.token)}`;
    return `${marker}\n${renderToml({ runners: [renderRunner(runner, ofEnvironment)] })}`;
  });
  return [renderToml(global), ...runners].map((part) => `${part.trimEnd()}\n`).join('\n');
}
