import type { ParsedDockerAutoscaler } from './docker-autoscaler';
import { limitOr } from './runner';

/** How many jobs and workers a runner has at the same time. */

type ParsedRunner = Pick<ParsedDockerAutoscaler['runners'][string], 'limit' | 'workers'>;

/** Jobs of a runner at the same time; a limit of 0 is as many as `concurrent`. */
export const jobsOf = ({ limit }: ParsedRunner, concurrent: number): number =>
  limitOr(limit, concurrent) || concurrent;

/** Most workers: as many as its jobs need, unless it says otherwise. */
export function maxInstancesOf(runner: ParsedRunner, concurrent: number): number {
  const { maxInstances, capacityPerInstance } = runner.workers;
  return maxInstances ?? Math.ceil(jobsOf(runner, concurrent) / capacityPerInstance);
}

/** Jobs for which all of its workers together have room. */
export const roomOf = (runner: ParsedRunner, concurrent: number): number =>
  maxInstancesOf(runner, concurrent) * runner.workers.capacityPerInstance;
