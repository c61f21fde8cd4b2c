import { spawnSync, type SpawnSyncReturns } from 'child_process';
import type { Architecture } from '../../src/config/primitives';
import { runChild } from '../child';
import { CommandError } from '../command-error';

/** The user's Docker. */
export interface Engine {
  /** Architecture that it runs without emulation, as Docker names it. */
  readonly architecture: string;
  /** The context that leads to it. */
  readonly context: string | undefined;
}

/** Docker's names of instruction sets. */
export const dockerArchitecture: Readonly<Record<Architecture, string>> = {
  x86_64: 'amd64',
  arm64: 'arm64',
};

/** Milliseconds that an engine has to answer a question. */
const timeout = 30_000;

/** What `docker version` says, as far as it matters. */
interface Versions {
  readonly Client: { readonly Context?: string };
  readonly Server: { readonly Os: string; readonly Arch: string } | null;
}

/** The engine that answers; refuses when there is none, or one that can't build our images. */
export function findEngine(): Engine {
  const { Client, Server } = askVersions();
  if (Server?.Os !== 'linux')
    throw new CommandError(
      `The Docker engine must be one of linux, not of ${Server?.Os ?? 'an unknown system'}`,
    );
  if (spawnSync('docker', ['buildx', 'version'], { timeout }).status !== 0)
    throw new CommandError(
      'docker buildx was not found, which the Dockerfiles need: https://docs.docker.com/go/buildx/',
    );
  return { architecture: Server.Arch, context: Client.Context };
}

function askVersions(): Versions {
  const question = ['version', '--format', '{{json .}}'];
  const answer = spawnSync('docker', question, { encoding: 'utf8', timeout });
  if (answer.error !== undefined && 'code' in answer.error && answer.error.code === 'ENOENT')
    throw new CommandError('Docker was not found; install it: https://docs.docker.com/engine/install/');
  if (answer.status !== 0) throw new CommandError(`The Docker engine does not answer: ${reasonOf(answer)}`);
  return JSON.parse(answer.stdout) as Versions;
}

/** Why a command failed: the last line that it said, or why it could not say any. */
const reasonOf = ({ error, stderr }: SpawnSyncReturns<string>): string =>
  error?.message ?? stderr.trim().split('\n').at(-1) ?? '';

/**
 * The user's environment. BuildKit is what the Dockerfiles need; an image is one manifest, without a list for its
 * provenance; and it lands in the engine, wherever else the user builds.
 */
const dockerEnvironment = (extra: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...process.env,
  DOCKER_BUILDKIT: '1',
  BUILDX_NO_DEFAULT_ATTESTATIONS: '1',
  BUILDX_BUILDER: undefined,
  ...extra,
});

/** Runs Docker before the user's eyes; refuses when it fails or was stopped. Our own result alone is for stdout. */
export async function runDocker(args: readonly string[], extra: NodeJS.ProcessEnv = {}): Promise<void> {
  const env = dockerEnvironment(extra);
  const { code, stoppedBy } = await runChild(['docker', ...args], { env, output: 'stderr' });
  if (stoppedBy !== undefined) throw new CommandError(`docker ${args[0]} was stopped by ${stoppedBy}`);
  if (code !== 0) throw new CommandError(`docker ${args[0]} failed; what it said stands above`);
}

/** Logs in to a registry of ECR. The password goes over standard input: arguments are seen by every process. */
export function logIn(registry: string, password: string, extra: NodeJS.ProcessEnv): void {
  const answer = spawnSync('docker', ['login', '--username', 'AWS', '--password-stdin', registry], {
    input: password,
    encoding: 'utf8',
    timeout,
    env: dockerEnvironment(extra),
  });
  if (answer.status !== 0) throw new CommandError(`docker login to ${registry} failed: ${reasonOf(answer)}`);
}

/** Takes an image out of the engine; that it is not there is as well. */
export function forgetImage(reference: string): void {
  spawnSync('docker', ['image', 'rm', reference], { stdio: 'ignore', timeout });
}
