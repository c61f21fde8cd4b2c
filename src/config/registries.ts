/** Container registries: which one an image is in, and what is needed to pull from it. */

/** A registry whose credentials are in a secret. */
export interface RegistrySecret {
  /** Its host, as images name it. */
  readonly registry: string;
  /** ARN of the secret. */
  readonly secretArn: string;
  /** ARN of the secret's key, or nothing for the AWS managed one. */
  readonly kmsKeyArn: string | undefined;
}

/** What gitlab-runner needs to pull the images of a fleet's jobs. */
export interface Registries {
  /** Registries with a secret. */
  readonly secrets: readonly RegistrySecret[];
  /** Images in ECR that runners name, or patterns of them. */
  readonly ecrImages: readonly string[];
}

const dockerHub = 'docker.io';

/** With dual-stack and FIPS addresses. @see https://docs.aws.amazon.com/general/latest/gr/ecr.html */
const ecrHost =
  /^\d{12}\.dkr[.-]ecr(-fips)?\.[a-z0-9-]+\.(amazonaws\.com(\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)$/;

/** Whether a host is a private registry of ECR. */
export const isEcr = (host: string): boolean => ecrHost.test(host);

/** The registry of an image, or of a pattern of images: Docker Hub where its name begins with none. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return !isHost || first === `index.${dockerHub}` ? dockerHub : first;
}
