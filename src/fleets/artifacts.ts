import { artifactStatements } from '../policies/artifacts';
import type { Statement } from '../policies/statement';
import type { Shared } from './shared';

/** What machines that run jobs may do with the artifacts: nothing where there are none. */
export const artifactStatementsOf = ({ artifacts, place, kmsKeyArn }: Shared): Statement[] =>
  artifacts === undefined ? [] : artifactStatements({ place, bucketName: artifacts.bucketName }, kmsKeyArn);
