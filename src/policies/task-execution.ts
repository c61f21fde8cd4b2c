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

/**
 * Statements of the role with which ECS starts tasks: their images and their logs, and no secret.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
 */
export function taskExecutionStatements({ repositoryArns, logGroupArns }: TaskExecution): Statement[] {
  const repositories = [...new Set(repositoryArns)];
  const pull: Statement[] =
    repositories.length === 0
      ? []
      : [
          { Sid: 'EcrLogin', Effect: 'Allow', Action: ['ecr:GetAuthorizationToken'], Resource: ['*'] },
          {
            Sid: 'PullImages',
            Effect: 'Allow',
            Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
            Resource: repositories,
          },
        ];
  return [
    ...pull,
    {
      Sid: 'Logs',
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: logGroupArns.map((arn) => `${arn}:*`),
    },
  ];
}
