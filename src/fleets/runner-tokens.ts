import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { RunnerIdentity } from '../config/runner-model';
import { TokenSecret } from '../constructs/token-secret';
import type { EncryptedSource } from '../policies/runner-tokens';
import type { Shared } from './shared';

/** The secrets of a fleet's runners: made here where they are not given. */
export class RunnerTokens extends Construct {
  /** What the machines must be able to read. */
  readonly sources: { readonly secrets: EncryptedSource[]; readonly parameters: EncryptedSource[] } = {
    secrets: [],
    parameters: [],
  };
  /** What must not go before those who read it. */
  readonly dependables: ITerraformDependable[] = [];

  constructor(scope: Construct, id: string, runners: readonly RunnerIdentity[], shared: Shared) {
    super(scope, id);
    for (const runner of runners) this.add(runner, shared);
  }

  private add({ key, name, token }: RunnerIdentity, { kmsKeyArn, environment }: Shared): void {
    switch (token.kind) {
      case 'made': {
        const recoveryDays = environment.secretRecoveryDays;
        const secret = new TokenSecret(this, key, {
          name: token.secretName,
          runner: name,
          kmsKeyArn,
          recoveryDays,
        });
        this.dependables.push(...secret.dependables);
        this.sources.secrets.push({ arn: secret.arn, kmsKeyArn });
        return;
      }
      case 'secret':
        this.sources.secrets.push({ arn: token.secretArn, kmsKeyArn: token.kmsKeyArn });
        return;
      case 'parameter':
        this.sources.parameters.push({ arn: token.parameterArn, kmsKeyArn: token.kmsKeyArn });
    }
  }
}
