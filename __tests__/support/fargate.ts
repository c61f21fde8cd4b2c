import { fargate } from '../../src/config/fargate';
import type { FargateFleet } from '../../src/config/fleet-model';
import { resolveFargate } from '../../src/config/resolve-fargate';
import { environment, type ParsedEnvironment } from '../../src/config/environment';
import { minimal } from './environments';

/** The model of a Fargate fleet called `jobs` in acme-dev. */
export function fargateFleet(fields: object = {}): FargateFleet {
  const parsed: ParsedEnvironment = environment.parse(minimal());
  return resolveFargate('jobs', fargate.parse({ type: 'fargate', ...fields }), 'acme-dev', parsed);
}
