import type { ParsedDockerMachine } from '../docker-machine';
import type { ParsedJobMachine } from '../job-machine';
import type { Refusal } from '../refusal';
import { limitOr } from '../runner';
import { givenType, machineRules, spotTypeRules, type MachineSurroundings } from './machine';
import { managerRules } from './manager';
import { refuseIf, under } from './refusals';

/** Rules of a fleet whose manager starts machines with Docker Machine; paths from the fleet on. */

type ParsedRunner = ParsedDockerMachine['runners'][string];

/** More machines can't be kept ready than there are; a limit of 0 is none. */
function idleRules({ limit, machine }: ParsedRunner, concurrent: number): Refusal[] {
  const most = limitOr(limit, concurrent);
  const rules = ({ idleCount }: Pick<ParsedJobMachine, 'idleCount'>, path: PropertyKey[]) =>
    refuseIf(
      most > 0 && idleCount > most,
      [...path, 'idleCount'],
      `must not exceed the runner's limit (${most})`,
      idleCount,
    );
  return [
    ...rules(machine, []),
    ...machine.autoscaling.flatMap((period, index) => rules(period, ['autoscaling', index])),
  ];
}

function jobMachineRules(
  runner: ParsedRunner,
  concurrent: number,
  surroundings: MachineSurroundings,
): Refusal[] {
  const { machine } = runner;
  const instanceTypes = givenType(machine.instanceType);
  return [
    ...machineRules(
      {
        image: machine.image,
        base: 'ubuntu-24.04',
        instanceTypes,
        volumeSize: [['rootVolumeGib'], machine.rootVolumeGib],
      },
      surroundings,
    ),
    ...(machine.spot === undefined ? [] : spotTypeRules(instanceTypes)),
    ...idleRules(runner, concurrent),
  ];
}

/** Every rule that a fleet breaks whose manager starts machines with Docker Machine. */
export const dockerMachineRules = (
  fleet: ParsedDockerMachine,
  surroundings: MachineSurroundings,
): Refusal[] => [
  ...managerRules(fleet, surroundings),
  ...Object.entries(fleet.runners).flatMap(([name, runner]) =>
    under(['runners', name, 'machine'], jobMachineRules(runner, fleet.concurrent, surroundings)),
  ),
];
