import type { DockerAutoscalerFleet } from '../config/docker-autoscaler-model';
import type { AutoscalingGroupFleet, FargateFleet, Fleet } from '../config/fleet-model';
import type { Environment } from '../config/model';
import type { RunnerIdentity } from '../config/runner-model';
import { drainCommand, setTokenCommand, startSessionCommand } from './commands';
import { groupLink, logGroupLink, secretLink, serviceLink } from './console-links';

/** What a deploy prints: names, commands and links, by output. */
export type Outputs = Readonly<Record<string, unknown>>;

/** Outputs of the parts that fleets share. */
export const environmentOutputs = ({ aws, sessionLogging, drainDocumentName }: Environment): Outputs => ({
  session_start_command: startSessionCommand(aws.region, sessionLogging),
  session_logs_name: sessionLogging.logGroupName,
  session_logs_console: logGroupLink(aws, sessionLogging.logGroupName),
  drain_command: drainCommand(aws.region, drainDocumentName),
});

/** A network that is made, as far as others need to know it. */
export interface NetworkOutputs {
  /** The VPC. */
  readonly vpcId: string;
  /** Private subnets, of machines and tasks. */
  readonly subnetIds: readonly string[];
  /** Public subnets, of NAT gateways. */
  readonly publicSubnetIds: readonly string[];
  /** Route tables of the private subnets. */
  readonly routeTableIds: readonly string[];
  /** Addresses from which machines and tasks come. */
  readonly natPublicIps: readonly string[];
}

/** Outputs of a network that is made: for routes into it, and for lists of who may come. */
export const networkOutputs = (network: NetworkOutputs): Outputs => ({
  vpc_id: network.vpcId,
  subnet_ids: network.subnetIds,
  public_subnet_ids: network.publicSubnetIds,
  route_table_ids: network.routeTableIds,
  nat_public_ips: network.natPublicIps,
});

/** Outputs of one fleet, each behind the fleet's name. */
export function fleetOutputs({ aws }: Environment, fleet: Fleet): Outputs {
  const outputs: Outputs = {
    ...typeOutputs(aws, fleet),
    ...secretOutputs(aws, fleet.runners),
  };
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [`${fleet.name}_${name}`, value]));
}

type Aws = Environment['aws'];

const logOutputs = (aws: Aws, of: string, name: string): Outputs => ({
  [`${of}log_group`]: name,
  [`${of}log_console`]: logGroupLink(aws, name),
});

function typeOutputs(aws: Aws, fleet: Fleet): Outputs {
  switch (fleet.type) {
    case 'autoscaling-group':
      return { ...groupOutputs(aws, fleet), ...scalingOutputs(aws, fleet) };
    case 'docker-autoscaler':
      return { ...groupOutputs(aws, fleet), ...workerOutputs(aws, fleet) };
    case 'docker-machine':
      return { ...groupOutputs(aws, fleet), ...logOutputs(aws, 'orphans_', fleet.orphansName) };
    case 'fargate':
      return serviceOutputs(aws, fleet);
  }
}

const groupOutputs = (aws: Aws, { awsName }: Pick<Fleet, 'awsName'>): Outputs => ({
  group_name: awsName,
  group_console: groupLink(aws, awsName),
  ...logOutputs(aws, '', awsName),
});

const scalingOutputs = (aws: Aws, { scaling }: AutoscalingGroupFleet): Outputs =>
  scaling.type === 'fixed' ? {} : logOutputs(aws, 'scaling_', scaling.functionName);

/** The groups of workers, whose log groups are called the same. */
function workerOutputs(aws: Aws, { runners }: DockerAutoscalerFleet): Outputs {
  const ofWorkers = (content: (groupName: string) => string) =>
    Object.fromEntries(runners.map(({ key, workers }) => [key, content(workers.groupName)]));
  return {
    worker_group_names: ofWorkers((name) => name),
    worker_group_console: ofWorkers((name) => groupLink(aws, name)),
    worker_log_console: ofWorkers((name) => logGroupLink(aws, name)),
  };
}

function serviceOutputs(aws: Aws, { awsName, names, cluster }: FargateFleet): Outputs {
  const clusterName = cluster.kind === 'made' ? cluster.name : (cluster.arn.split('/').at(-1) ?? '');
  return {
    cluster_name: clusterName,
    service_name: awsName,
    service_console: serviceLink(aws, clusterName, awsName),
    ...logOutputs(aws, '', awsName),
    ...logOutputs(aws, 'worker_', names.workers),
    ...logOutputs(aws, 'orphans_', names.orphans),
  };
}

/** The secrets that are made, and how they get their values. */
function secretOutputs(aws: Aws, runners: readonly RunnerIdentity[]): Outputs {
  const secrets = runners.flatMap(({ key, token }) =>
    token.kind === 'made' ? [[key, token.secretName] as const] : [],
  );
  if (secrets.length === 0) return {};
  const ofSecrets = (content: (secretName: string) => string) =>
    Object.fromEntries(secrets.map(([key, secretName]) => [key, content(secretName)]));
  return {
    secret_names: ofSecrets((name) => name),
    secret_console: ofSecrets((name) => secretLink(aws, name)),
    set_token_commands: ofSecrets((name) => setTokenCommand(aws.region, name)),
  };
}
