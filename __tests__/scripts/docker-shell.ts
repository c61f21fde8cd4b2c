import type { ContainerImageKind } from '../../src/config/names';
import type { Architecture } from '../../src/config/primitives';
import { containerImageContent } from '../../src/provisioning/container-images';
import { withFargate } from '../support/environments';
import { REPOSITORY } from '../support/folders';
import { removeShells, shell, type Shell } from './commands';
import { StubRegistry, stubDocker, type StubDockerProps, type StubRegistryProps } from './docker-registry';
import type { Ended, Running } from './running';

/** A user of `docker:build`, with a Docker that only notes what is asked of it, and a registry on loopback. */

export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';

/** The registry's address. */
export const REGISTRY = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`;

/** What every run asks of Docker first. */
export const CHECKED = ['docker version --format {{json .}}', 'docker buildx version'];

const servers: StubRegistry[] = [];

/** A registry that goes away after the test. */
export async function registry(props: StubRegistryProps = {}): Promise<StubRegistry> {
  const server = await StubRegistry.start(props);
  servers.push(server);
  return server;
}

/** Takes registries and shells away; for `afterEach`. */
export async function discard(): Promise<void> {
  for (const server of servers.splice(0)) await server.stop();
  removeShells();
}

/** An environment whose fleet uses both images. */
export const prod = (fields: object = {}): object => ({
  ...withFargate(),
  aws: { region: REGION, accountId: ACCOUNT },
  ...fields,
});

/** A user with prod and a Docker. */
export function acme(docker: StubDockerProps = {}, fields: object = {}): Shell {
  const at = shell({ prod: prod(fields) });
  at.stub('docker', stubDocker(at.folder, docker));
  at.write('tmp/keep', '');
  return at;
}

/** Starts `docker:build`. */
export const start = (at: Shell, args: readonly string[], env: NodeJS.ProcessEnv): Running =>
  at.start('scripts/docker.ts', ['build', ...args], { ...env, TMPDIR: `${at.folder}/tmp` });

/** Runs `docker:build` to its end. */
export const build = (at: Shell, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> =>
  start(at, args, env).ended;

/** What an image of prod is built from. */
export const contentOf = (image: ContainerImageKind, architecture: Architecture = 'x86_64') =>
  containerImageContent(REPOSITORY, {
    kind: 'built',
    image,
    repository: `acme-prod-${image}`,
    gitlabRunnerVersion: '19.3.0',
    architecture,
  });
