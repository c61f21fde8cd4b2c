import { DataAwsEcrRepositories } from '@cdktf/provider-aws/lib/data-aws-ecr-repositories';
import { DataAwsEcrRepository } from '@cdktf/provider-aws/lib/data-aws-ecr-repository';
import { Lazy, Token, type Precondition } from 'cdktf';
import { Construct } from 'constructs';

/** A container image for a task definition. */
export interface TaskImage {
  /** Its whole name. */
  readonly name: string;
  /** What must hold before anything is started from it. */
  readonly preconditions: readonly Precondition[];
}

/** How a container image built by us is found. */
export interface BuiltTaskImageProps {
  /** Name of its ECR repository. */
  readonly repository: string;
  /** Its tag: the hash of everything that went into it. */
  readonly hash: string;
  /** Tag of the repository that says that it has the image. */
  readonly hashTag: string;
  /** Command that builds it. */
  readonly buildCommand: string;
}

/**
 * A container image built by us, by a tag of its repository. A missing one is no error of the lookup but of what starts
 * it, so that destroying works without it; `aws_ecr_image` would fail, and so would `aws_ecr_repository` by itself.
 */
export class BuiltTaskImage extends Construct implements TaskImage {
  /** Its whole name. */
  readonly name: string;
  /** That it is there. */
  readonly preconditions: readonly Precondition[];

  constructor(scope: Construct, id: string, props: BuiltTaskImageProps) {
    super(scope, id);
    const { repository, hash, hashTag, buildCommand } = props;
    const all = new DataAwsEcrRepositories(this, 'repositories');
    // Where there is no repository at all, `names` is null.
    const isThere = `\${try(contains(${all.fqn}.names, ${JSON.stringify(repository)}), false) ? 1 : 0}`;
    const { fqn } = new DataAwsEcrRepository(this, 'repository', {
      name: repository,
      count: Token.asNumber(isThere),
    });
    // Lazy: container definitions are JSON, in which the quotes of an expression would be escaped.
    const url = Lazy.stringValue({ produce: () => `\${try(${fqn}[0].repository_url, "missing")}` });
    this.name = `${url}:${hash}`;
    this.preconditions = [
      {
        condition: `\${try(contains(keys(${fqn}[0].tags), ${JSON.stringify(hashTag)}), false)}`,
        errorMessage: `There is no container image ${repository}:${hash} in this environment's account and region. Build it: ${buildCommand}`,
      },
    ];
  }
}

/** A container image that is named by whoever uses it. */
export const givenTaskImage = (name: string): TaskImage => ({ name, preconditions: [] });
