import type { Docker } from './docker';
import { isEcr, registryOf, type Registries, type RegistrySecret } from './registries';
import type { RegistryCredentials } from './registry-credentials';

/** What is needed to pull images. */

/** The credentials of an image's registry, if there are any. */
export function secretOf(image: string, credentials: RegistryCredentials): RegistrySecret | undefined {
  const registry = registryOf(image);
  if (!Object.hasOwn(credentials, registry)) return undefined;
  const { secretArn, kmsKeyArn } = credentials[registry] as RegistryCredentials[string];
  return { registry, secretArn, kmsKeyArn };
}

/** Everything that a runner says of images. */
const namedBy = ({ image, helperImage, services, allowedImages, allowedServices }: Docker): string[] => [
  image,
  ...(helperImage === undefined ? [] : [helperImage]),
  ...(services ?? []).map(({ name }) => name),
  ...(allowedImages ?? []),
  ...(allowedServices ?? []),
];

/** What is needed for a fleet whose gitlab-runner pulls, or has its workers pull. */
export function resolveRegistries({
  registryCredentials,
  runners,
}: {
  readonly registryCredentials: RegistryCredentials;
  readonly runners: Readonly<Record<string, { readonly docker: Docker }>>;
}): Registries {
  const images = Object.values(runners).flatMap(({ docker }) => namedBy(docker));
  return {
    secrets: Object.entries(registryCredentials).map(([registry, { secretArn, kmsKeyArn }]) => ({
      registry,
      secretArn,
      kmsKeyArn,
    })),
    ecrImages: [...new Set(images.filter((image) => isEcr(registryOf(image))))],
  };
}
