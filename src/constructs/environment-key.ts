import { KmsAlias } from '@cdktf/provider-aws/lib/kms-alias';
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key';
import { Construct } from 'constructs';
import type { Statement } from '../policies/statement';
import { policyDocument } from './policy-document';

/** Settings of an environment's key. */
export interface EnvironmentKeyProps {
  /** Name behind `alias/`. */
  readonly name: string;
  /** Statements of the key's policy. */
  readonly statements: readonly Statement[];
}

/** The key that encrypts secrets, logs and volumes of one environment. @see https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html */
export class EnvironmentKey extends Construct {
  /** ARN of the key. */
  readonly arn: string;

  constructor(scope: Construct, id: string, { name, statements }: EnvironmentKeyProps) {
    super(scope, id);
    const key = new KmsKey(this, 'key', {
      description: `Secrets, logs and volumes of ${name}`,
      enableKeyRotation: true,
      policy: policyDocument(statements),
    });
    new KmsAlias(this, 'alias', { name: `alias/${name}`, targetKeyId: key.keyId });
    this.arn = key.arn;
  }
}
