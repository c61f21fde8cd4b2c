import type { TomlValue } from '../config/extra-config';
import type { MachineRunner } from '../config/docker-machine-model';
import type { Fleet, Runner } from '../config/fleet-model';
import type { CacheToml } from './cache-toml';
import { renderAutoscaler } from './autoscaler-toml';
import { renderCustomExecutor } from './custom-toml';
import { renderDocker, type DockerToml } from './docker-toml';
import type { MachineToml } from './machine-toml';
import { workerFolders } from './manager-paths';
import { jobVariables } from './proxy';
import { runnerKeys } from './runner-keys';
import { renderKeys, type Renamed } from './toml-keys';

/** `[[runners]]`, as gitlab-runner reads it: irregular names are GitLab's. */
interface RunnerToml extends Omit<Renamed<CommonRunner, typeof runnerKeys>, 'environment'> {
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly 'tls-ca-file': string | undefined;
  readonly executor: 'docker' | 'docker-autoscaler' | 'docker+machine' | 'custom';
  readonly environment: readonly string[];
  readonly feature_flags: Readonly<Record<string, boolean>>;
  readonly cache: CacheToml | undefined;
  readonly docker?: DockerToml;
  readonly autoscaler?: ReturnType<typeof renderAutoscaler>;
  readonly machine?: MachineToml;
  readonly custom?: ReturnType<typeof renderCustomExecutor>;
}

/** What is the same in runners of every executor. */
type CommonRunner = Omit<Runner, 'docker'>;

/** What the runners of a fleet have in common: the GitLab that gives jobs, the cache, and machines. */
export interface OfEnvironment {
  /** Address of GitLab. */
  readonly url: string;
  /** Where the certificates of its private authority lie, if it has one. */
  readonly certificatesFile: string | undefined;
  /** Variables of the proxy, for jobs. */
  readonly proxyVariables: Readonly<Record<string, string>>;
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

const renderCommon = (
  runner: CommonRunner,
  { url, certificatesFile, proxyVariables, cacheOf }: OfEnvironment,
  executor: ExecutorToml,
): RunnerToml => ({
  name: runner.name,
  url,
  token: tokenPlaceholder,
  'tls-ca-file': certificatesFile,
  // Their place in the file is that in the table.
  ...renderKeys(runnerKeys, runner),
  environment: Object.entries(jobVariables(proxyVariables, runner.environment)).map(
    ([name, value]) => `${name}=${value}`,
  ),
  feature_flags: { ...runner.featureFlags, FF_DISABLE_AUTOMATIC_TOKEN_ROTATION: true },
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
