import type { ParsedEnvironment, ParsedFleet } from '../environment';
import type { Warning } from '../model';
import type { ParsedNetwork } from '../network';
import { warnIf } from './warn';

/** What should be known of a proxy: what does not go through it. */

/** Whether a way to AWS besides the proxy is known of. */
const hasOtherWay = (network: ParsedNetwork): boolean =>
  network.interfaceEndpoints || (network.type === 'create' && network.natGateways !== 'none');

/** Whether there is a way to the internet besides the proxy. */
const hasWayOut = (network: ParsedNetwork): boolean =>
  network.type === 'create' && network.natGateways !== 'none';

/** What installs Docker on a stock image of Ubuntu knows no proxy either, and no endpoint of AWS leads there. */
const machineWarnings = (name: string, fleet: ParsedFleet): Warning[] =>
  fleet.type === 'docker-machine'
    ? Object.entries(fleet.runners).flatMap(([runner, { machine }]) =>
        warnIf(
          'stock' in machine.image,
          `fleets.${name}.runners.${runner}.machine.image`,
          'is a stock image, and what installs Docker on it knows no proxy: the network needs a NAT gateway for it; an image of { packer } has Docker',
        ),
      )
    : [];

/** What AWS itself runs knows no proxy. */
function fleetWarnings(name: string, fleet: ParsedFleet): Warning[] {
  const wayOut =
    'knows no proxy: the network needs interfaceEndpoints, endpoints of your own or a NAT gateway for it';
  switch (fleet.type) {
    case 'autoscaling-group':
      return warnIf(
        fleet.scaling.type === 'jobs',
        `fleets.${name}.scaling.type`,
        `is jobs, and the function that scales ${wayOut}`,
      );
    case 'docker-autoscaler':
    case 'docker-machine':
      return [];
    case 'fargate':
      return warnIf(
        true,
        `fleets.${name}.type`,
        `is fargate, and what pulls images and sends logs of tasks ${wayOut}`,
      );
  }
}

/** Every warning of a proxy; paths from the environment on. */
export function proxyWarnings({ proxy, network, fleets }: ParsedEnvironment): Warning[] {
  if (proxy === undefined) return [];
  const { http, https = http } = proxy;
  return [
    ...warnIf(
      https?.startsWith('https:') === true,
      proxy.https === undefined ? 'proxy.http' : 'proxy.https',
      'is a proxy that is reached by https: Session Manager opens no session through one',
    ),
    ...(hasOtherWay(network)
      ? []
      : Object.entries(fleets).flatMap(([name, fleet]) => fleetWarnings(name, fleet))),
    ...(hasWayOut(network)
      ? []
      : Object.entries(fleets).flatMap(([name, fleet]) => machineWarnings(name, fleet))),
  ];
}
