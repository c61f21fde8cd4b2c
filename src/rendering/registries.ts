import type { Registries } from '../config/registries';

/** Under this name programs look for the credentials of Docker Hub. @see https://docs.docker.com/reference/cli/docker/login/ */
const keyOf = (registry: string): string =>
  registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry;

/**
 * Where the credentials of registries are: a line for each, of which the machine makes Docker's `config.json`. No line,
 * and so no file, where jobs need none.
 * @see https://github.com/awslabs/amazon-ecr-credential-helper
 */
export function renderRegistries({ secrets, ecrImages }: Registries): string {
  const hosts = new Set(ecrImages.map((image) => image.split('/')[0] ?? ''));
  const lines = [
    ...secrets.map(({ registry, secretArn }) => `${keyOf(registry)} secretsmanager ${secretArn}`),
    ...[...hosts].map((host) => `${host} ecr-login`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
