/**
 * What the scaling of a group knows and decides, once a minute: the words that the function, its pure decision and
 * the simulator share. Seconds count from any fixed point; only their differences are used.
 */

/** Everything that one decision is made from. */
export interface Tick {
  /** Time of this look. */
  readonly nowSeconds: number;
  /** Bounds and size of the group, as AWS has them now; schedules move them. */
  readonly group: GroupSize;
  /** Instances of the group that are not gone. */
  readonly instances: readonly Instance[];
  /** What the model asks for. */
  readonly rules: ScalingRules;
  /** What the last tick wanted to be remembered; nothing in a new process. */
  readonly memory: Memory | undefined;
}

/** Bounds and size of a group. */
export interface GroupSize {
  /** Fewest instances. */
  readonly min: number;
  /** Most instances. */
  readonly max: number;
  /** Instances that AWS keeps up now; those that drain are not among them. */
  readonly desired: number;
}

/** What the model asks for. */
export interface ScalingRules {
  /** Free places for jobs that are kept ready. */
  readonly headroomJobs: number;
  /** Seconds for which an instance must have had no job before it is ended. */
  readonly idleTimeSeconds: number;
  /** Jobs at the same time on an instance that is still launching. */
  readonly capacityPerInstance: number;
}

/** One instance of the group. */
export interface Instance {
  /** EC2 instance id. */
  readonly id: string;
  /** Availability zone. */
  readonly zone: string;
  /** Where it stands: coming, taking jobs, being ended (its jobs still run), or set aside by an operator. */
  readonly state: 'launching' | 'in-service' | 'draining' | 'standby';
  /** What it said of itself, or nothing where it could not be asked. */
  readonly load: Load | undefined;
}

/** What an instance says of itself: its gitlab-runner's metrics page. */
export interface Load {
  /** Jobs at the same time: `gitlab_runner_concurrent`. */
  readonly capacity: number;
  /** Whether it asks GitLab for jobs; not while it stops. */
  readonly takesJobs: boolean;
  /** Its `[[runners]]`, by the shortened token: the same on every instance of a fleet. */
  readonly runners: readonly RunnerLoad[];
}

/** One runner on one instance. */
export interface RunnerLoad {
  /** Shortened token, as the label `runner`. */
  readonly runner: string;
  /** Jobs that run: the sum of `gitlab_runner_jobs`. */
  readonly jobs: number;
  /** Jobs at the same time of this runner; 0: as many as the instance. */
  readonly limit: number;
  /** Jobs received since the process started: `gitlab_runner_jobs_total`. */
  readonly received: number;
  /**
   * Jobs that waited for this runner when it last received one, that one included; nothing where GitLab doesn't say.
   * It has no time stamp: it is new only if `received` moved since the last tick.
   */
  readonly queueSize: number | undefined;
}

/** What is remembered from tick to tick; losing it costs time, never a job. */
export interface Memory {
  /** Since when an instance has had no job and was not needed free, by its id. */
  readonly idleSince: Readonly<Record<string, number>>;
  /** Jobs received so far, by instance id and runner. */
  readonly received: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Jobs that still wait as far as is known, by runner. */
  readonly waiting: Readonly<Record<string, number>>;
  /** When a job was last received, which is how old `waiting` is. */
  readonly receivedAt?: number;
  /** Since when AWS owes instances that nobody needs any more. */
  readonly unneededSince?: number;
}

/** What is to be done, and why. */
export interface Decision {
  /** Size that the group should have; as it is where nothing changes. Instances to end are already taken off. */
  readonly desired: number;
  /** Ids of idle instances to end, each making the group smaller by one. */
  readonly terminate: readonly string[];
  /** Figures for CloudWatch. */
  readonly metrics: ScalingMetrics;
  /** What the next tick should be given. */
  readonly memory: Memory;
  /** Why, in one sentence. */
  readonly reason: string;
}

/** Figures for CloudWatch, by the names that they have there. */
export interface ScalingMetrics {
  /** Jobs that run. */
  readonly Jobs: number;
  /** Jobs that wait, as far as is known. */
  readonly WaitingJobs: number;
  /** Jobs for each hundred places of instances in service. */
  readonly Utilization: number;
  /** Size that the group should have. */
  readonly DesiredInstances: number;
  /** Instances in service. */
  readonly InServiceInstances: number;
  /** Instances that have no job. */
  readonly IdleInstances: number;
  /** Instances that are being ended, with their last jobs. */
  readonly DrainingInstances: number;
  /** Instances that should have answered and did not. */
  readonly ScrapeFailures: number;
}
