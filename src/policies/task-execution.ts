import { arnOf, type Place } from './place';
import type { Statement } from './statement';

/** What ECS may do to start tasks. */
export interface TaskExecution {
  /** ARNs of the ECR repositories of their images. */
  readonly repositoryArns: readonly string[];
  /** ARNs of the log groups they write to. */
  readonly logGroupArns: readonly string[];
}

/** A repository in ECR, in the name of an image; with its dual-stack and FIPS addresses. @see https://docs.aws.amazon.com/general/latest/gr/ecr.html */
const ecrImage =
  /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)\/([^:@]+)/;

/** ARN of an image's repository in ECR; nothing for other registries. */
export function repositoryArnsOf(image: string, place: Place): string[] {
  const [, accountId, region, repository] = ecrImage.exec(image) ?? [];
  if (accountId === undefined || region === undefined || repository === undefined) return [];
  return [arnOf({ ...place, accountId, region }, 'ecr', `repository/${repository}`)];
}

/** Statements that let someone pull from these repositories in ECR, and no others. */
export function pullStatements(repositoryArns: readonly string[]): Statement[] {
  const repositories = [...new Set(repositoryArns)];
  if (repositories.length === 0) return [];
  return [
    { Sid: 'EcrLogin', Effect: 'Allow', Action: ['ecr:GetAuthorizationToken'], Resource: ['*'] },
    {
      Sid: 'PullImages',
      Effect: 'Allow',
      Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      Resource: repositories,
    },
  ];
}

/**
 * Statements of the role with which ECS starts tasks: their images and their logs, and no secret of theirs.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
 */
export const taskExecutionStatements = ({ repositoryArns, logGroupArns }: TaskExecution): Statement[] => [
  ...pullStatements(repositoryArns),
  {
    Sid: 'Logs',
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: logGroupArns.map((arn) => `${arn}:*`),
  },
];
