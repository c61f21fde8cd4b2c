import type { Registries, RegistrySecret } from '../config/registries';
import type { Place } from './place';
import { secretStatements } from './runner-tokens';
import type { Statement } from './statement';
import { pullStatements, repositoryArnsOf } from './task-execution';

/** Statements that let someone read the credentials of registries: these secrets, and no others. */
export const registrySecretStatements = (place: Place, secrets: readonly RegistrySecret[]): Statement[] =>
  secretStatements(
    'RegistrySecret',
    place,
    secrets.map(({ secretArn, kmsKeyArn }) => ({ arn: secretArn, kmsKeyArn })),
  );

/** IAM knows `*` and `?` as gitlab-runner's patterns do, and nothing else. */
const asIam = (pattern: string): string => pattern.replace(/[[{\\].*$/, '*');

/**
 * Statements of whoever pulls for jobs: credentials of registries, and the repositories in ECR that runners name.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html
 */
export const registryStatements = (place: Place, { secrets, ecrImages }: Registries): Statement[] => [
  ...registrySecretStatements(place, secrets),
  ...pullStatements(ecrImages.flatMap((image) => repositoryArnsOf(asIam(image), place))),
];
