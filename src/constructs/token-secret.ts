import { SecretsmanagerSecret } from '@cdktf/provider-aws/lib/secretsmanager-secret';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

/** Settings of a secret for a runner's token. */
export interface TokenSecretProps {
  /** Name of the secret. */
  readonly name: string;
  /** Name of the runner, for the description. */
  readonly runner: string;
  /** ARN of the key that encrypts it. */
  readonly kmsKeyArn: string;
  /** Days for which it can be restored after a destroy; 0: none. */
  readonly recoveryDays: number;
}

/** The secret of a runner's authentication token. Never its value: that would be in plan and state. */
export class TokenSecret extends Construct {
  /** ARN of the secret. */
  readonly arn: string;
  /** What must not go before those who read it. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, { name, runner, kmsKeyArn, recoveryDays }: TokenSecretProps) {
    super(scope, id);
    const secret = new SecretsmanagerSecret(this, 'secret', {
      name,
      description: `GitLab authentication token of runner ${runner}; its value is set by hand`,
      kmsKeyId: kmsKeyArn,
      recoveryWindowInDays: recoveryDays,
      // One that is removed goes after those who read it were told.
      lifecycle: { createBeforeDestroy: true },
    });
    this.arn = secret.arn;
    this.dependables = [secret];
  }
}
