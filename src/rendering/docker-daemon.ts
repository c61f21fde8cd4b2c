import type { Fleet } from '../config/fleet-model';
import type { Environment } from '../config/model';
import { registryHost, registryPort } from './own-registry';

/** What user data adds to the settings of Docker, which the image has. @see https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file */
interface DaemonJson {
  /** Where images of Docker Hub are looked for first. */
  readonly 'registry-mirrors': readonly string[];
  /** Which of them have no TLS. */
  readonly 'insecure-registries'?: readonly string[];
}

/**
 * The address of the mirror of Docker Hub that jobs' Docker of a fleet asks first, or nothing where there is none: one
 * that exists, by https, or the manager's own, by http inside the VPC.
 */
export function registryMirrorUrl(
  { registryMirror }: Pick<Environment, 'registryMirror'>,
  fleet: Pick<Fleet, 'awsName'>,
): string | undefined {
  switch (registryMirror?.type) {
    case undefined:
      return undefined;
    case 'url':
      return registryMirror.url;
    case 'own':
      return `http://${registryHost(fleet)}:${registryPort}`;
  }
}

/** Host and port of a mirror without TLS, which Docker has to be told of; of another one nothing. */
export function insecureHostsOf(mirrorUrl: string): string[] {
  const { protocol, host } = new URL(mirrorUrl);
  return protocol === 'http:' ? [host] : [];
}

/** Settings of Docker that asks a mirror first. */
export function renderDockerDaemon(mirrorUrl: string): string {
  const insecure = insecureHostsOf(mirrorUrl);
  const settings: DaemonJson = {
    'registry-mirrors': [mirrorUrl],
    ...(insecure.length > 0 && { 'insecure-registries': insecure }),
  };
  return `${JSON.stringify(settings)}\n`;
}
