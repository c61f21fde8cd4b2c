import type { Environment } from '../config/model';
import { bucketDomains, endpointDomains } from './endpoint-services';
import { registryHost, runsRegistry } from './own-registry';
import { renderToml } from './toml';

/** A company's proxy, as programs are told of it. */

/** What of an environment decides on its proxy, and on what is reached without it. */
export type ProxySurroundings = Pick<Environment, 'proxy' | 'registryMirror' | 'network' | 'fleets' | 'aws'>;

/**
 * The machine itself, and the services on it that give credentials: through a proxy they would be the proxy's own.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
 */
const ofMachine = ['localhost', '127.0.0.1', '::1', '169.254.169.254', 'fd00:ec2::254', '169.254.170.2'];

/** Where machines of a network lie whose ranges are not known. */
const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'];

/** Endpoints of AWS in the network, and no other host of AWS: those lie behind the proxy. */
function ofEndpoints({ network, fleets, aws }: ProxySurroundings): string[] {
  const hasBuckets = network.type === 'create' || network.routeTableIds.length > 0;
  return [
    ...(network.interfaceEndpoints ? endpointDomains(fleets, aws) : []),
    ...(hasBuckets ? bucketDomains(aws) : []),
  ];
}

/** Mirrors of Docker Hub on our own managers. */
const ofRegistries = (surroundings: ProxySurroundings): string[] =>
  surroundings.fleets.filter((fleet) => runsRegistry(surroundings, fleet)).map(registryHost);

/** Everything that is reached without the proxy. */
function directHosts(surroundings: ProxySurroundings, given: readonly string[]): string[] {
  const { network } = surroundings;
  const ofNetwork = network.type === 'create' ? [network.cidr] : privateRanges;
  return [
    ...new Set([
      ...ofMachine,
      ...ofNetwork,
      ...ofEndpoints(surroundings),
      ...ofRegistries(surroundings),
      ...given,
    ]),
  ];
}

/**
 * The variables by which programs know the proxy: none where there is no proxy. Some read the upper case, some the
 * lower. Values have no character that a shell, systemd, JSON or TOML would take for its own.
 */
export function proxyVariables(surroundings: ProxySurroundings): Record<string, string> {
  const { proxy } = surroundings;
  if (proxy === undefined) return {};
  const { http, https, noProxy } = proxy;
  const upper = {
    ...(http === undefined ? {} : { HTTP_PROXY: http }),
    HTTPS_PROXY: https,
    NO_PROXY: directHosts(surroundings, noProxy).join(','),
  };
  const lower = Object.entries(upper).map(([name, value]) => [name.toLowerCase(), value]);
  return { ...upper, ...(Object.fromEntries(lower) as Record<string, string>) };
}

/** The proxy in the settings of the CloudWatch agent. @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/install-CloudWatch-Agent-commandline-fleet.html */
export function renderAgentProxy(variables: Readonly<Record<string, string>>): string {
  const { http_proxy, https_proxy, no_proxy } = variables;
  return renderToml({ proxy: { http_proxy, https_proxy, no_proxy } });
}

/**
 * The variables of jobs: those of the proxy and the runner's own. A variable that the runner has, in upper or in lower
 * case, is the runner's alone.
 */
export function jobVariables(
  ofProxy: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const names = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  const rest = Object.entries(ofProxy).filter(([name]) => !names.has(name.toLowerCase()));
  return { ...Object.fromEntries(rest), ...own };
}
