import { liesIn, rangeOf } from '../ipv4';
import type { Warning } from '../model';
import type { ExistingNetwork, ParsedCreatedNetwork, ParsedNetwork } from '../network';
import { warnIf } from './warn';

const existingWarnings = ({ interfaceEndpoints, routeTableIds }: ExistingNetwork): Warning[] =>
  warnIf(
    interfaceEndpoints && routeTableIds.length === 0,
    'routeTableIds',
    "is empty: no gateway endpoint of S3 is made, where layers of ECR's images and packages of Amazon Linux lie; name the subnets' route tables, unless they have another way to S3",
  );

const createdWarnings = ({ cidr, natGateways, interfaceEndpoints }: ParsedCreatedNetwork): Warning[] => [
  ...warnIf(
    liesIn(rangeOf(cidr), rangeOf('172.17.0.0/16')),
    'cidr',
    'lies in 172.17.0.0/16, which Docker and some services of AWS use for themselves: AWS advises against it',
  ),
  ...warnIf(
    natGateways === 'none' && !interfaceEndpoints,
    'natGateways',
    'is none, and interfaceEndpoints is off: machines and tasks reach nothing but S3 until you give the route tables, which are an output, a way of your own',
  ),
];

/** Every warning of a network; paths from the network on. */
export const networkWarnings = (network: ParsedNetwork): Warning[] =>
  network.type === 'existing' ? existingWarnings(network) : createdWarnings(network);
