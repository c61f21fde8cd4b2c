import type { Warning } from '../model';
import type { ParsedNetwork } from '../network';
import { warnIf } from './warn';

/** Every warning of a network; paths from the network on. */
export const networkWarnings = ({ interfaceEndpoints, routeTableIds }: ParsedNetwork): Warning[] =>
  warnIf(
    interfaceEndpoints && routeTableIds.length === 0,
    'routeTableIds',
    "is empty: no gateway endpoint of S3 is made, where layers of ECR's images and packages of Amazon Linux lie; name the subnets' route tables, unless they have another way to S3",
  );
