import type { ParsedDockerAutoscaler } from '../docker-autoscaler';
import type { Refusal } from '../refusal';
import { roomOf } from '../worker-counts';
import {
  machineRules,
  sizeOf,
  spotTypeRules,
  type GivenInstanceType,
  type MachineSurroundings,
} from './machine';
import { managerRules } from './manager';
import { refuseIf, under } from './refusals';

/** Rules of a fleet whose manager starts machines for jobs; paths from the fleet on. */

type ParsedRunner = ParsedDockerAutoscaler['runners'][string];

/** More places can't be kept ready than there are. */
function policyRules(runner: ParsedRunner, concurrent: number): Refusal[] {
  const room = roomOf(runner, concurrent);
  return runner.workers.policies.flatMap(({ idleCount }, index) =>
    refuseIf(
      idleCount > room,
      ['policies', index, 'idleCount'],
      `must not exceed the jobs that maxInstances and capacityPerInstance leave room for (${room})`,
      idleCount,
    ),
  );
}

function workerRules(runner: ParsedRunner, concurrent: number, surroundings: MachineSurroundings): Refusal[] {
  const { workers } = runner;
  const instanceTypes = (workers.instanceTypes ?? []).map((type, index): GivenInstanceType => [
    ['instanceTypes', index],
    type,
  ]);
  return [
    ...machineRules(
      { image: workers.image, instanceTypes, volumeSize: sizeOf(workers.rootVolume) },
      surroundings,
    ),
    ...(workers.spot === undefined ? [] : spotTypeRules(instanceTypes)),
    ...policyRules(runner, concurrent),
  ];
}

/** Every rule that a fleet breaks whose manager starts machines for jobs. */
export const autoscalerRules = (
  fleet: ParsedDockerAutoscaler,
  surroundings: MachineSurroundings,
): Refusal[] => [
  ...managerRules(fleet, surroundings),
  ...Object.entries(fleet.runners).flatMap(([name, runner]) =>
    under(['runners', name, 'workers'], workerRules(runner, fleet.concurrent, surroundings)),
  ),
];
