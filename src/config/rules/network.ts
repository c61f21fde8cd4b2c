import type { ParsedNetwork } from '../network';
import type { Refusal } from '../refusal';
import { refuseIf } from './refusals';

/** Every rule across fields that a network breaks; paths from the network on. */
export const networkRules = ({ interfaceEndpoints, routeTableIds }: ParsedNetwork): Refusal[] =>
  refuseIf(
    routeTableIds.length > 0 && !interfaceEndpoints,
    ['routeTableIds'],
    'needs interfaceEndpoints: nothing else uses route tables',
    routeTableIds,
  );
