import type { ITerraformDependable } from 'cdktf';
import type { Construct } from 'constructs';
import { PortAccess } from '../constructs/port-access';
import { PrivateZone } from '../constructs/private-zone';
import { ownRegistryStatements } from '../policies/own-registry';
import type { Statement } from '../policies/statement';
import { registryFolder, registryHost, registryPort } from '../rendering/own-registry';
import type { Shared } from './shared';

/** Whose mirror it is. */
interface Owner {
  /** Name in the model. */
  readonly name: string;
  /** `<project>-<environment>-<fleet>`. */
  readonly awsName: string;
}

/** What a manager needs that runs a mirror of Docker Hub for its workers. */
export interface OwnRegistry {
  /** What its role may do besides. */
  readonly statements: readonly Statement[];
  /** What must not go before the manager. */
  readonly dependables: readonly ITerraformDependable[];
}

/** The name of a manager's own mirror, and its rights; nothing of it where the environment wants no such mirror. */
export function ownRegistry(
  scope: Construct,
  fleet: Owner,
  { environment, place, network, cache }: Shared,
): OwnRegistry {
  if (environment.registryMirror?.type !== 'own' || cache === undefined)
    return { statements: [], dependables: [] };
  const host = registryHost(fleet);
  const { zoneId, dependables } = new PrivateZone(scope, 'registry', {
    domain: host,
    description: `Mirror of Docker Hub of ${fleet.awsName}`,
    vpcId: network.vpcId,
  });
  const { bucketName } = cache;
  const folder = registryFolder(fleet);
  return { statements: ownRegistryStatements({ place, bucketName, folder, zoneId, host }), dependables };
}

/** Lets machines, by the security groups of their runners, and nobody else, reach the mirror on their manager. */
export const registryAccess = (
  scope: Construct,
  { environment }: Pick<Shared, 'environment'>,
  securityGroupId: string,
  from: Readonly<Record<string, string>>,
): PortAccess[] =>
  environment.registryMirror?.type === 'own'
    ? [new PortAccess(scope, 'registry-access', { securityGroupId, port: registryPort, from })]
    : [];

/** The ports by which machines come to their manager: that of its mirror, if it runs one. */
export const registryPorts = ({ environment }: Pick<Shared, 'environment'>): number[] =>
  environment.registryMirror?.type === 'own' ? [registryPort] : [];
