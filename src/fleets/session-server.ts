import type { Construct } from 'constructs';
import type { Fleet } from '../config/fleet-model';
import { PortAccess, groupsByTheirIds } from '../constructs/port-access';

/** Who reaches the session server of a fleet's gitlab-runner: whom the model names. Nothing where there is none. */
export function sessionServerAccess(
  scope: Construct,
  { sessionServer }: Pick<Fleet, 'sessionServer'>,
  securityGroupId: string,
): PortAccess[] {
  if (sessionServer === undefined) return [];
  const { port, allowedSecurityGroupIds } = sessionServer;
  const from = groupsByTheirIds(allowedSecurityGroupIds);
  return [new PortAccess(scope, 'session-server', { securityGroupId, port, from })];
}
