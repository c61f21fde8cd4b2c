import { AnnotationMetadataEntryType, type App } from 'cdktf';
import { join } from 'path';
import { EnvironmentsError } from '../config/load';

/** Throws everything that was found wrong only while stacks were made, in the form of every other refusal. */
export function refuseErrors(app: App, folder: string): void {
  const messages = app.node
    .findAll()
    .flatMap((construct) =>
      construct.node.metadata
        .filter(({ type }) => type === AnnotationMetadataEntryType.ERROR)
        .map(({ data }) => `${join(folder, `${construct.node.scopes[1]?.node.id}.ts`)}: ${String(data)}`),
    );
  if (messages.length > 0) throw new EnvironmentsError(messages);
}
