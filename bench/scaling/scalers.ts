import { autoscalingGroup } from '../../src/config/autoscaling-group';
import { decide } from '../../src/functions/scaling/decision';
import type { Instance, Memory, ScalingRules } from '../../src/functions/scaling/tick';
import type { Machine } from './machine';
import type { Group, Scaler } from './simulation';

/** Who decides: the scaling function of this project, and the sample that it replaces. */

/** What the function would read of an instance. */
const asSeen = ({ id, zone, state, jobs, received, queueSize }: Machine, capacity: number): Instance => ({
  id,
  zone,
  state: state === 'gone' ? 'draining' : state,
  load:
    state === 'launching'
      ? undefined
      : {
          capacity,
          takesJobs: state === 'in-service',
          runners: [{ runner: 'runner', jobs: jobs.size, limit: 0, received, queueSize }],
        },
});

/** The real decision. */
export function ours(settings: Pick<ScalingRules, 'headroomJobs' | 'idleTimeSeconds'>): Scaler {
  let memory: Memory | undefined;
  const tick = ({ nowSeconds, setup, desired, machines, setDesired, end }: Group): void => {
    const decision = decide({
      nowSeconds,
      group: { min: setup.min, max: setup.max, desired },
      instances: machines.map((machine) => asSeen(machine, setup.concurrency)),
      rules: { ...settings, capacityPerInstance: setup.concurrency },
      memory,
    });
    memory = decision.memory;
    for (const id of decision.terminate) end(id);
    setDesired(decision.desired);
  };
  return { drainLimitSeconds: autoscalingGroup.shape.drainTimeoutSeconds.parse(undefined), tick };
}

/** Free places that the sample's rule adds, as it was measured with. */
const sampleHeadroom = 4;

/** Seconds after a change for which AWS refuses the sample to shrink the group. */
const sampleCooldownSeconds = 300;

/**
 * The sample's rule, jobs over an hour killed by its drain.
 * @see https://github.com/aws-samples/amazon-ec2-gitlab-runner
 */
export function sample(): Scaler {
  let changedAt = -Infinity;
  const tick = ({ nowSeconds, setup, desired, machines, setDesired }: Group): void => {
    const jobs = machines
      .filter(({ state }) => state !== 'draining')
      .reduce((total, one) => total + one.jobs.size, 0);
    const wanted = Math.ceil((jobs + sampleHeadroom) / setup.concurrency);
    const target = Math.min(setup.max, Math.max(setup.min, wanted));
    if (target === desired) return;
    if (target < desired && nowSeconds - changedAt < sampleCooldownSeconds) return;
    changedAt = nowSeconds;
    setDesired(target);
  };
  return { drainLimitSeconds: 3600, tick };
}
