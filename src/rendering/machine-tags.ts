/**
 * Tags of machines that Docker Machine starts, and names in them. They come with the options of the driver, after the
 * launch. The audit of orphans reads the same ones.
 */
export const machineTags = {
  /** Instance id of the manager. */
  manager: 'gitlab-runner-aws:manager',
  /** When the audit first saw that its manager does not know it. */
  unclaimedSince: 'gitlab-runner-aws:unclaimed-since',
} as const;

/** What the token loader puts the instance's id in place of, in `MachineOptions`. */
export const instancePlaceholder = '@instance-id@';
