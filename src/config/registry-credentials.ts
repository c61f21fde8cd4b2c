import { z } from 'zod';
import { kmsKeyArn, pattern, secretArn } from './primitives';
import { isEcr } from './registries';

/** Credentials of container registries: each in a secret of its own. */

const label = '[a-z0-9]([a-z0-9-]*[a-z0-9])?';

/** A registry as images name it. @see https://pkg.go.dev/github.com/distribution/reference */
const registry = pattern(
  new RegExp(`^(?=.*[.:])${label}(\\.${label})*(:[1-9]\\d{0,4})?$`),
  'must be the host of a registry in lower case, such as docker.io or registry.example.com:5000',
)
  .refine(
    (host) => !/^(.+\.docker\.(io|com))$/.test(host),
    'must be docker.io where Docker Hub is meant: images name it so, or not at all',
  )
  .refine(
    (host) => !isEcr(host),
    'must not be in ECR, whose passwords last for twelve hours: machines use its credential helper, and tasks their execution role, where an image of it is named',
  );

/** Credentials by registry. @see https://docs.gitlab.com/ci/docker/using_docker_images/#access-an-image-from-a-private-container-registry */
export const registryCredentials = z.record(
  registry,
  z.strictObject({
    /**
     * A Secrets Manager secret that exists, with `{"username": "…", "password": "…"}` as its value.
     * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html
     */
    secretArn,
    /** The key that encrypts it. @default the AWS managed key, which needs no permission */
    kmsKeyArn: kmsKeyArn.optional(),
  }),
);

/** Credentials by registry, as parsed. */
export type RegistryCredentials = z.output<typeof registryCredentials>;
