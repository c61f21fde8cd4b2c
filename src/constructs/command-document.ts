import { SsmDocument } from '@cdktf/provider-aws/lib/ssm-document';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

/** Settings of a Command document. */
export interface CommandDocumentProps {
  /** Name. */
  readonly name: string;
  /** Its JSON. */
  readonly content: string;
}

/** A command that operators send to machines. @see https://docs.aws.amazon.com/systems-manager/latest/userguide/run-command.html */
export class CommandDocument extends Construct {
  /** What must not go before who sends it. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, { name, content }: CommandDocumentProps) {
    super(scope, id);
    const document = new SsmDocument(this, 'document', {
      name,
      documentType: 'Command',
      documentFormat: 'JSON',
      targetType: '/AWS::EC2::Instance',
      content,
    });
    this.dependables = [document];
  }
}
