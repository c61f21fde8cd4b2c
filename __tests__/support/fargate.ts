import type { FargateFleet } from '../../src/config/fleet-model';
import { parsed, withFargate, type FargateInput } from './environments';

/** The model of a Fargate fleet called `jobs` in acme-dev. */
export function fargateFleet(fields: Partial<FargateInput> = {}): FargateFleet {
  const [fleet] = parsed(withFargate(fields)).fleets;
  if (fleet?.type !== 'fargate') throw new Error('there is no fleet of Fargate tasks');
  return fleet;
}
