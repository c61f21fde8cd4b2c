/** An instance of the simulated group, and what runs on it. */

/** A job on its way through the group. */
export interface RunningJob {
  /** When it ends by itself. */
  readonly endsAt: number;
}

/** One instance. */
export interface Machine {
  /** Its id; grows with time. */
  readonly id: string;
  /** Availability zone. */
  readonly zone: string;
  /** When AWS began to launch it. */
  readonly launchedAt: number;
  /** Where it stands. */
  state: 'launching' | 'in-service' | 'draining' | 'gone';
  /** Jobs that run on it. */
  readonly jobs: Set<RunningJob>;
  /** Jobs that it has received. */
  received: number;
  /** Jobs that waited when it received the last one, that one included. */
  queueSize: number | undefined;
  /** Second of its rounds at which it asks GitLab for jobs. */
  readonly phase: number;
  /** Whether its next question is planned. */
  asks: boolean;
  /** When it was gone; nothing while it is there. */
  goneAt: number | undefined;
}

/** Whether it belongs to the group's size: those that drain don't. */
export const isCounted = ({ state }: Machine): boolean => state === 'launching' || state === 'in-service';

/** Instances of a group's size by zone. */
export function zoneSizes(machines: readonly Machine[], zones: readonly string[]): Map<string, number> {
  const counted = machines.filter(isCounted);
  return new Map(zones.map((zone) => [zone, counted.filter((one) => one.zone === zone).length]));
}

/** What AWS ends when only a smaller size is asked for: in the fullest zone the oldest. */
export function awsChoice(machines: readonly Machine[], zones: readonly string[]): Machine | undefined {
  const sizes = zoneSizes(machines, zones);
  const size = ({ zone }: Machine): number => sizes.get(zone) ?? 0;
  return machines
    .filter(isCounted)
    .sort((one, other) => size(other) - size(one) || one.launchedAt - other.launchedAt)[0];
}
