import type { z } from 'zod';
import type { spot } from '../launch-choice';
import type { Warning } from '../model';
import { warnIf } from './warn';

/** What should be known of jobs on EC2 instances, whatever starts these. */

/** A path without `.`, `..` and empty parts. */
const normalized = (path: string): string =>
  path.split('/').reduce((parts, part) => {
    if (part === '' || part === '.') return parts;
    return part === '..' ? parts.replace(/\/[^/]*$/, '') : `${parts}/${part}`;
  }, '') || '/';

/** Host folders through which a job reaches Docker, other processes or the token's file. */
const revealingFolders = /^\/(run|var\/run|proc|dev|var|)(\/|$)/;

/** Volumes of jobs that are such folders, with what comes of that. */
export const revealingVolumes = (volumes: readonly string[], consequence: string): Warning[] =>
  volumes.flatMap((volume, index) => {
    const [host = '', container] = volume.split(':');
    const isMount = container !== undefined && host.startsWith('/');
    return warnIf(
      isMount && revealingFolders.test(normalized(host)),
      `docker.volumes[${index}]`,
      `mounts ${host} into jobs: ${consequence}`,
    );
  });

/** What spot instances mean to jobs. */
export const spotLoss =
  'is set: EC2 takes such an instance back at a notice of two minutes, and jobs that take longer fail; `retry: { max: 2, when: runner_system_failure }` in .gitlab-ci.yml runs them again';

/** What spot instances mean in a group of at most so many. */
export const spotMessage = (
  { onDemandPercentage, onDemandBase }: z.output<typeof spot>,
  max: number,
): string =>
  onDemandPercentage === 100 || onDemandBase >= max
    ? 'leaves no instance to spot: all of them are on demand'
    : spotLoss;
