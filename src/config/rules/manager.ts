import type { ParsedManagerFields } from '../manager';
import type { Refusal } from '../refusal';
import { givenType, machineRules, sizeOf, type MachineSurroundings } from './machine';
import { under } from './refusals';

/** Every rule that the one manager of a fleet breaks; paths from the fleet on. */
export const managerRules = (
  { manager }: ParsedManagerFields,
  surroundings: MachineSurroundings,
): Refusal[] =>
  under(
    ['manager'],
    machineRules(
      {
        image: manager.image,
        instanceTypes: givenType(manager.instanceType),
        volumeSize: sizeOf(manager.rootVolume),
      },
      surroundings,
    ),
  );
