import { z } from 'zod';
import { wholeNumber } from './primitives';

/** What is left over by a manager that is gone: tasks or machines that cost money and serve nobody. @default ended after a day at the latest */
export const orphans = z
  .strictObject({
    /** Hours after which a task or a machine that no manager has tagged is ended; a machine only if none knows it. @default 24 */
    maxAgeHours: wholeNumber(1, 8760).default(24),
    /** Only count them. @default false */
    dryRun: z.boolean().default(false),
  })
  .prefault({});
