import { cacheStatements } from '../policies/cache';
import type { Statement } from '../policies/statement';
import type { Shared } from './shared';

/** What whoever runs a fleet's jobs may do in the cache: nothing where there is none. */
export const cacheStatementsOf = ({ cache, place, kmsKeyArn }: Shared, fleet: string): Statement[] =>
  cache === undefined
    ? []
    : cacheStatements({ place, bucketName: cache.bucketName, folder: fleet, kmsKeyArn });
