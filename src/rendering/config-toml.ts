import type { Fleet } from '../config/fleet-model';
import type { Environment } from '../config/model';
import type { RunnerToken } from '../config/runner-model';
import { cachePath, renderCache } from './cache-toml';
import { machinePaths } from './machine-paths';
import { managerPaths } from './manager-paths';
import { proxyVariables, type ProxySurroundings } from './proxy';
import { renderRunner, type OfEnvironment } from './runner-toml';
import { renderToml } from './toml';

/** Keys before the first `[[runners]]`. @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-global-section */
interface GlobalToml {
  readonly concurrent: number;
  readonly check_interval: number;
  readonly log_level: string;
  readonly log_format: 'json';
  readonly listen_address: string;
}

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
export function renderConfigTemplate(
  fleet: Fleet,
  environment: Pick<Environment, 'gitlab' | 'cache'> & ProxySurroundings,
): string {
  const { gitlab, cache, aws } = environment;
  const global: GlobalToml = {
    concurrent: fleet.concurrent,
    check_interval: fleet.checkIntervalSeconds,
    log_level: fleet.logLevel,
    log_format: 'json',
    listen_address: `:${fleet.metrics.port}`,
  };
  const certificates =
    fleet.type === 'fargate' ? managerPaths.gitlabCertificates : machinePaths.gitlabCertificates;
  const ofEnvironment: OfEnvironment = {
    url: gitlab.url,
    certificatesFile: gitlab.caCertificatePem === undefined ? undefined : certificates,
    proxyVariables: proxyVariables(environment),
    cacheOf: (runner) => cache && renderCache(cache, aws, cachePath(fleet.name, runner)),
  };
  const runners = fleet.runners.map((runner) => {
    const marker = `#: runner ${runner.key} ${tokenSource(runner.token)}`;
    return `${marker}\n${renderToml({ runners: [renderRunner(runner, ofEnvironment)] })}`;
  });
  return [renderToml(global), ...runners].map((part) => `${part.trimEnd()}\n`).join('\n');
}
