/**
 * The lifecycle hooks of every group of machines that run gitlab-runner. They stand for the life of a group: a hook
 * that is changed or removed completes whatever waits for it, and with it every drain.
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks.html
 */
export const lifecycleHooks = {
  /** Completed by the boot script once gitlab-runner is up; until then an instance is not in service. */
  launch: {
    name: 'launch',
    transition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
    heartbeatTimeoutSeconds: 1800,
    defaultResult: 'ABANDON',
  },
  /** Completed by the drain on the instance. AWS waits for a hundred heartbeats, but no longer than 48 hours. */
  termination: {
    name: 'drain',
    transition: 'autoscaling:EC2_INSTANCE_TERMINATING',
    heartbeatTimeoutSeconds: 3600,
    defaultResult: 'CONTINUE',
  },
} as const;
