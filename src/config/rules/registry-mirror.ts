import type { ParsedEnvironment, ParsedFleet } from '../environment';
import type { Refusal } from '../refusal';
import { refuseIf } from './refusals';

/** Rules across fields of a mirror of Docker Hub; paths from the environment on. */

const wayOut = "name a mirror that exists: { type: 'url', url: '…' }";

/** The port on which managers serve their mirror. */
const mirrorPort = 5000;

/** A manager's mirror and its gitlab-runner listen on the same machine. */
function portRules(name: string, { type, metrics, sessionServer }: ParsedFleet): Refusal[] {
  if (type === 'fargate') return [];
  const rules = (port: number | undefined, key: string) =>
    refuseIf(
      port === mirrorPort,
      ['fleets', name, key, 'port'],
      `must not be ${mirrorPort}, where the manager has its mirror`,
      port,
    );
  return [...rules(metrics.port, 'metrics'), ...rules(sessionServer?.port, 'sessionServer')];
}

/** Every rule that a mirror breaks, with the fleets that are sound by themselves. */
export function mirrorRules(
  { registryMirror, cache }: Pick<ParsedEnvironment, 'registryMirror' | 'cache'>,
  fleets: Readonly<Record<string, ParsedFleet>>,
): Refusal[] {
  if (registryMirror?.type !== 'own') return [];
  const withoutManager = Object.keys(fleets).filter((name) => fleets[name]?.type === 'autoscaling-group');
  const path = ['registryMirror', 'type'];
  return [
    ...refuseIf(
      cache === false,
      path,
      `must not be own without the cache, in whose bucket its images lie: let there be a cache, or ${wayOut}`,
      'own',
    ),
    ...Object.entries(fleets).flatMap(([name, fleet]) => portRules(name, fleet)),
    ...refuseIf(
      withoutManager.length > 0,
      path,
      `must not be own beside fleets of type autoscaling-group (${withoutManager.join(', ')}), which have no manager to run it: ${wayOut}`,
      'own',
    ),
  ];
}
