import type { Environment } from '../config/model';

/** What user data adds to the settings of Docker, which the image has. @see https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file */
interface DaemonJson {
  /** Where images of Docker Hub are looked for first. */
  readonly 'registry-mirrors': readonly string[];
}

/** The address of the mirror of Docker Hub that a fleet's Docker asks first, or nothing where there is none. */
export const registryMirrorUrl = ({
  registryMirror,
}: Pick<Environment, 'registryMirror'>): string | undefined => registryMirror?.url;

/** Settings of Docker that asks a mirror first. */
export function renderDockerDaemon(mirrorUrl: string): string {
  const settings: DaemonJson = { 'registry-mirrors': [mirrorUrl] };
  return `${JSON.stringify(settings)}\n`;
}
