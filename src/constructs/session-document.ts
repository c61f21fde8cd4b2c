import { SsmDocument } from '@cdktf/provider-aws/lib/ssm-document';
import { Construct } from 'constructs';

/** Settings of a Session Manager document. */
export interface SessionDocumentProps {
  /** Name; `SSM-SessionManagerRunShell` is the account's default. */
  readonly name: string;
  /** Its JSON. */
  readonly content: string;
  /** It exists, and is taken over instead of made. */
  readonly importExisting: boolean;
}

/** Session Manager preferences. @see https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-preferences-cli.html */
export class SessionDocument extends Construct {
  constructor(scope: Construct, id: string, { name, content, importExisting }: SessionDocumentProps) {
    super(scope, id);
    const document = new SsmDocument(this, 'document', {
      name,
      documentType: 'Session',
      documentFormat: 'JSON',
      content,
    });
    if (importExisting) document.importFrom(name);
  }
}
