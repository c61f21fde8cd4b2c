import { managerTag } from './tags';

/** Tags by which the audit of orphans knows machines of Docker Machine, which sets the first one after the launch. */
export const machineTags = {
  /** Instance id of the manager. */
  manager: managerTag,
  /** When the audit first saw that whoever should know it does not. */
  unclaimedSince: 'gitlab-runner-aws:unclaimed-since',
} as const;
