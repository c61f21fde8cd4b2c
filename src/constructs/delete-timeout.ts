/** Minutes that everything around a drain takes. */
const beyondDrainMinutes = 15;

/** How long Terraform waits for something to go whose jobs finish first. */
export const deleteTimeout = (drainTimeoutSeconds: number): string =>
  `${Math.ceil(drainTimeoutSeconds / 60) + beyondDrainMinutes}m`;
