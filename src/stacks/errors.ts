import { AnnotationMetadataEntryType, type App } from 'cdktf';

/** What was found wrong only while stacks were made, each message behind the file that it is about. */
export const errorsOf = (app: App): string[] =>
  app.node
    .findAll()
    .flatMap(({ node }) =>
      node.metadata
        .filter(({ type }) => type === (AnnotationMetadataEntryType.ERROR as string))
        .map(({ data }) => `${node.scopes[1]?.node.id}.ts: ${String(data)}`),
    );
