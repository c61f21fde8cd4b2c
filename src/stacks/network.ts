import { Annotations, type ITerraformDependable, type TerraformStack } from 'cdktf';
import type { Environment } from '../config/model';
import type { ExistingNetwork as GivenNetwork } from '../config/network';
import type { CreatedNetwork as WantedNetwork } from '../config/network-model';
import { CreatedNetwork } from '../constructs/created-network';
import { EncryptedLogGroup } from '../constructs/encrypted-log-group';
import { ExistingNetwork } from '../constructs/existing-network';
import { FlowLogs } from '../constructs/flow-logs';
import { InterfaceEndpoints, type InterfaceEndpointsProps } from '../constructs/interface-endpoints';
import { ServiceRole } from '../constructs/service-role';
import { endpointServices } from '../rendering/endpoint-services';
import type { FleetNetwork } from '../fleets/shared';
import { flowLogsStatements } from '../policies/flow-logs';
import { networkOutputs, type Outputs } from '../rendering/outputs';

/** The network of an environment, for the rest of its stack. */
export interface EnvironmentNetwork {
  /** What fleets see of it. */
  readonly network: FleetNetwork;
  /** What must not go before what runs in it. */
  readonly dependables: readonly ITerraformDependable[];
  /** What a deploy prints of it. */
  readonly outputs: Outputs;
}

/** Finds the network of an environment, or makes it. */
export function addNetwork(
  stack: TerraformStack,
  environment: Environment,
  kmsKeyArn: string,
): EnvironmentNetwork {
  const { network } = environment;
  return network.type === 'existing'
    ? useNetwork(stack, environment, network)
    : makeNetwork(stack, environment, network, kmsKeyArn);
}

function useNetwork(
  stack: TerraformStack,
  environment: Environment,
  network: GivenNetwork,
): EnvironmentNetwork {
  const { vpcId, subnetIds, routeTableIds, interfaceEndpoints } = network;
  const ofFleets = { vpcId, subnetIds, uncheckedSubnetIds: subnetIds };
  if (!interfaceEndpoints) return { network: ofFleets, dependables: [], outputs: {} };
  const { ranges, subnetOfZone } = new ExistingNetwork(stack, 'network', network);
  const dependables = endpoints(stack, environment, { vpcId, ranges, subnetOfZone, routeTableIds });
  return { network: { ...ofFleets, uncheckedSubnetIds: [] }, dependables, outputs: {} };
}

function makeNetwork(
  stack: TerraformStack,
  environment: Environment,
  network: WantedNetwork,
  kmsKeyArn: string,
): EnvironmentNetwork {
  const { prefix: name, aws } = environment;
  const made = new CreatedNetwork(stack, 'network', { ...network, name, region: aws.region });
  const { vpcId, subnetOfZone, publicSubnetIds, routeTableIds, natPublicIps } = made;
  if (network.flowLogsName !== undefined)
    flowLogs(stack, environment, { name: network.flowLogsName, vpcId, kmsKeyArn });
  const ofEndpoints = network.interfaceEndpoints
    ? endpoints(stack, environment, { vpcId, subnetOfZone, ranges: [network.cidr], routeTableIds: [] })
    : [];
  const subnetIds = Object.values(subnetOfZone);
  return {
    network: { vpcId, subnetIds, uncheckedSubnetIds: [] },
    dependables: [...made.dependables, ...ofEndpoints],
    outputs: networkOutputs({ vpcId, subnetIds, publicSubnetIds, routeTableIds, natPublicIps }),
  };
}

type Whereabouts = Pick<InterfaceEndpointsProps, 'vpcId' | 'ranges' | 'subnetOfZone' | 'routeTableIds'>;

/** The network's way to AWS services. */
function endpoints(
  stack: TerraformStack,
  { prefix: name, aws, fleets, network }: Environment,
  whereabouts: Whereabouts,
): readonly ITerraformDependable[] {
  const services = endpointServices(fleets, aws);
  checkRoom(stack, network, Object.keys(services).length);
  return new InterfaceEndpoints(stack, 'interface-endpoints', {
    name,
    region: aws.region,
    services,
    ...whereabouts,
  }).dependables;
}

/** Only here is it known how many there are: in small subnets they leave no address for anything else. */
function checkRoom(stack: TerraformStack, network: Environment['network'], count: number): void {
  if (network.type === 'existing' || network.freeAddresses > count) return;
  Annotations.of(stack).addError(
    `network.cidr must be larger (each private subnet has ${network.freeAddresses} addresses, and ${count} interface endpoints take one each), got "${network.cidr}"`,
  );
}

/** What flow logs are written to, and with what right. */
function flowLogs(
  stack: TerraformStack,
  { retentionDays, aws }: Environment,
  { name, vpcId, kmsKeyArn }: { name: string; vpcId: string; kmsKeyArn: string },
): void {
  const logs = new EncryptedLogGroup(stack, 'flow-log-group', { name, kmsKeyArn, retentionDays });
  const role = new ServiceRole(stack, 'flow-logs-role', {
    name,
    service: 'vpc-flow-logs.amazonaws.com',
    statements: flowLogsStatements(logs.arn),
    permissionsBoundaryArn: aws.permissionsBoundaryArn,
  });
  const { dependables } = role;
  new FlowLogs(stack, 'flow-logs', { name, vpcId, logGroupArn: logs.arn, roleArn: role.arn, dependables });
}
