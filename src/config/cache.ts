import { z } from 'zod';
import { offOr } from './off-or';
import { wholeNumber } from './primitives';

/** The S3 cache of every fleet; `false`: none. @see https://docs.gitlab.com/runner/configuration/autoscale/#distributed-runners-caching */
export const cache = offOr(
  z.strictObject({
    /** Days after which S3 deletes what a job has cached. @default 90 */
    expirationDays: wholeNumber(1, 3650).default(90),
  }),
);
