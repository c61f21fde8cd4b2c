import type { ParsedEnvironment } from '../environment';
import type { ExistingNetwork, ParsedCreatedNetwork, ParsedNetwork } from '../network';
import type { Refusal } from '../refusal';
import { prefixLengthFor, zonesThatFit } from '../subnets';
import { refuseIf } from './refusals';

/** Rules across fields of a network; paths from the network on. */

const existingRules = ({ interfaceEndpoints, routeTableIds }: ExistingNetwork): Refusal[] =>
  refuseIf(
    routeTableIds.length > 0 && !interfaceEndpoints,
    ['routeTableIds'],
    'needs interfaceEndpoints: nothing else uses route tables',
    routeTableIds,
  );

function roomRules({ cidr, availabilityZones }: ParsedCreatedNetwork): Refusal[] {
  const zones = availabilityZones.length;
  const needed = prefixLengthFor(zones);
  return refuseIf(
    zonesThatFit(cidr) < zones,
    ['cidr'],
    `must be a /${needed} or larger for the subnets of ${zones} zones`,
    cidr,
  );
}

const zoneRules = (zones: readonly string[], { region }: ParsedEnvironment['aws']): Refusal[] =>
  zones.flatMap((zone, index) =>
    refuseIf(
      zone.slice(0, -1) !== region,
      ['availabilityZones', index],
      `must be a zone of aws.region (${region})`,
      zone,
    ),
  );

/** Every rule across fields that a network breaks; `aws` is missing where it is not sound itself. */
export function networkRules(network: ParsedNetwork, aws: ParsedEnvironment['aws'] | undefined): Refusal[] {
  if (network.type === 'existing') return existingRules(network);
  return [...roomRules(network), ...(aws === undefined ? [] : zoneRules(network.availabilityZones, aws))];
}
