import {
  CreateRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  GetLifecyclePolicyCommand,
  PutLifecyclePolicyCommand,
  type Repository,
} from '@aws-sdk/client-ecr';
import type { Aws, Environment } from '../../src/config/model';
import { environmentTags } from '../../src/rendering/tags';
import { asked, clientSettings } from '../aws';
import { CommandError } from '../command-error';

/** Repositories and images in the registry of an account and region. */

/** A client of the registry in the environment's account and region. */
export const ecrClient = (aws: Aws): ECRClient => new ECRClient(clientSettings(aws, 'docker'));

/** Nothing, where AWS says that it does not exist. */
const ifFound = <T>(answer: Promise<T>): Promise<T | undefined> =>
  answer.catch((error: unknown) => {
    if ((error as Error).name.endsWith('NotFoundException')) return undefined;
    throw error;
  });

/** An image in the registry. */
export interface PushedImage {
  /** `<registry>/<repository>`. */
  readonly uri: string;
  /** ARN of the repository. */
  readonly repositoryArn: string;
  /** `sha256:…`. */
  readonly digest: string;
}

async function describeRepository(aws: Aws, name: string): Promise<Repository | undefined> {
  const byName = new DescribeRepositoriesCommand({ repositoryNames: [name] });
  return (await asked(ifFound(ecrClient(aws).send(byName))))?.repositories?.[0];
}

/** The image with a tag, if it was pushed. */
export async function findPushed(
  aws: Aws,
  repository: string,
  tag: string,
): Promise<PushedImage | undefined> {
  const { repositoryUri: uri, repositoryArn } = (await describeRepository(aws, repository)) ?? {};
  if (uri === undefined || repositoryArn === undefined) return undefined;
  const byTag = new DescribeImagesCommand({ repositoryName: repository, imageIds: [{ imageTag: tag }] });
  const digest = (await asked(ifFound(ecrClient(aws).send(byTag))))?.imageDetails?.[0]?.imageDigest;
  return digest === undefined ? undefined : { uri, repositoryArn, digest };
}

/** A key that the environment makes itself may not exist yet. */
const encryption = (kmsKeyArn: string | undefined) =>
  kmsKeyArn === undefined
    ? { encryptionType: 'AES256' as const }
    : { encryptionType: 'KMS' as const, kmsKey: kmsKeyArn };

async function createRepository(environment: Environment, name: string): Promise<Repository> {
  const { aws, kmsKeyArn } = environment;
  const create = new CreateRepositoryCommand({
    repositoryName: name,
    // A tag is a hash: what it names never changes.
    imageTagMutability: 'IMMUTABLE',
    imageScanningConfiguration: { scanOnPush: true },
    encryptionConfiguration: encryption(kmsKeyArn),
    tags: Object.entries(environmentTags(environment)).map(([Key, Value]) => ({ Key, Value })),
  });
  const { repository = {} } = await asked(ecrClient(aws).send(create));
  return repository;
}

/** What ECR deletes by itself. @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html */
const lifecyclePolicy = {
  rules: [
    {
      rulePriority: 1,
      description: 'Untagged images after 7 days',
      selection: {
        tagStatus: 'untagged',
        countType: 'sinceImagePushed',
        countUnit: 'days',
        countNumber: 7,
      },
      action: { type: 'expire' },
    },
    {
      rulePriority: 2,
      description: 'All but the last 20 images',
      selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 20 },
      action: { type: 'expire' },
    },
  ],
};

/** Also where an earlier run made the repository and came no further; a policy of the user's stays. */
async function ensureLifecyclePolicy(aws: Aws, name: string): Promise<void> {
  const repository = { repositoryName: name };
  const existing = await asked(ifFound(ecrClient(aws).send(new GetLifecyclePolicyCommand(repository))));
  if (existing !== undefined) return;
  const lifecyclePolicyText = JSON.stringify(lifecyclePolicy);
  await asked(ecrClient(aws).send(new PutLifecyclePolicyCommand({ ...repository, lifecyclePolicyText })));
}

/** Makes a repository that is missing; its `<registry>/<repository>`. */
export async function ensureRepository(environment: Environment, name: string): Promise<string> {
  const { aws } = environment;
  const { repositoryUri } =
    (await describeRepository(aws, name)) ?? (await createRepository(environment, name));
  if (repositoryUri === undefined) throw new CommandError(`ECR names no address of the repository ${name}`);
  await ensureLifecyclePolicy(aws, name);
  return repositoryUri;
}

/** Password of the registry, for the user `AWS`; valid for 12 hours. */
export async function registryPassword(aws: Aws): Promise<string> {
  const { authorizationData = [] } = await asked(ecrClient(aws).send(new GetAuthorizationTokenCommand({})));
  const userAndPassword = Buffer.from(authorizationData[0]?.authorizationToken ?? '', 'base64').toString();
  if (!userAndPassword.startsWith('AWS:')) throw new CommandError('ECR gave no password of the registry');
  return userAndPassword.slice('AWS:'.length);
}
