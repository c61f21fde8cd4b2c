import { flowLogsName } from './names';
import type { ParsedNetwork } from './network';
import type { Network } from './network-model';
import { divide, freeAddresses } from './subnets';

/** The network, and what follows from it for fleets and images. */

/** The model of a network. */
export function resolveNetwork(prefix: string, parsed: ParsedNetwork): Network {
  if (parsed.type === 'existing') return parsed;
  const { availabilityZones, flowLogs, ...rest } = parsed;
  const ranges = divide(parsed.cidr, availabilityZones.length);
  return {
    ...rest,
    zones: ranges.map((ofZone, index) => ({ name: availabilityZones[index] as string, ...ofZone })),
    freeAddresses: freeAddresses(parsed.cidr),
    flowLogsName: flowLogs ? flowLogsName(prefix) : undefined,
  };
}

/** The subnets that are known before a deploy: none of a network that is made. */
export const knownSubnetIds = (network: ParsedNetwork): readonly string[] | undefined =>
  network.type === 'existing' ? network.subnetIds : undefined;
