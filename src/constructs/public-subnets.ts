import { InternetGateway } from '@cdktf/provider-aws/lib/internet-gateway';
import { Route } from '@cdktf/provider-aws/lib/route';
import { RouteTable } from '@cdktf/provider-aws/lib/route-table';
import { Construct } from 'constructs';
import { NatGatewaySubnet, type MadeNatGateway } from './nat-gateway-subnet';

/** Settings of the public part of a network. */
export interface PublicSubnetsProps {
  /** What names begin with. */
  readonly name: string;
  /** The VPC. */
  readonly vpcId: string;
  /** Its zones, with the range of the subnet in each. */
  readonly zones: readonly { readonly name: string; readonly publicCidr: string }[];
  /** A NAT gateway in the first zone, or in every one. */
  readonly natGateways: 'one' | 'per-zone';
}

/**
 * The subnets that lead to the internet: for NAT gateways, and nothing else runs there.
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
 */
export class PublicSubnets extends Construct {
  /** Ids of the subnets, in the order of the zones. */
  readonly subnetIds: readonly string[];
  /** The NAT gateways: that of the first zone, or those of all in their order. */
  readonly natGateways: readonly MadeNatGateway[];

  constructor(scope: Construct, id: string, { name, vpcId, zones, natGateways }: PublicSubnetsProps) {
    super(scope, id);
    const gateway = new InternetGateway(this, 'internet-gateway', { vpcId, tags: { Name: name } });
    const table = new RouteTable(this, 'route-table', { vpcId, tags: { Name: `${name}-public` } });
    const route = new Route(this, 'internet', {
      routeTableId: table.id,
      destinationCidrBlock: '0.0.0.0/0',
      gatewayId: gateway.id,
    });
    const subnets = zones.map(
      (zone, index) =>
        new NatGatewaySubnet(this, zone.name, {
          name,
          vpcId,
          availabilityZone: zone.name,
          cidr: zone.publicCidr,
          routeTableId: table.id,
          hasNatGateway: natGateways === 'per-zone' || index === 0,
          dependables: [route],
        }),
    );
    this.subnetIds = subnets.map(({ subnetId }) => subnetId);
    this.natGateways = subnets.flatMap(({ natGateway }) => natGateway ?? []);
  }
}
