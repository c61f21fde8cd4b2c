import { Route } from '@cdktf/provider-aws/lib/route';
import { RouteTable } from '@cdktf/provider-aws/lib/route-table';
import { RouteTableAssociation } from '@cdktf/provider-aws/lib/route-table-association';
import { Subnet } from '@cdktf/provider-aws/lib/subnet';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

/** Settings of the private subnet of a zone. */
export interface PrivateSubnetProps {
  /** Name of it and of its route table. */
  readonly name: string;
  /** The VPC. */
  readonly vpcId: string;
  /** Its zone. */
  readonly availabilityZone: string;
  /** Its range. */
  readonly cidr: string;
  /** Its way to the internet, or nothing where it has none. */
  readonly natGatewayId: string | undefined;
}

/** A zone that is removed goes after those who run there were told. */
const lifecycle = { createBeforeDestroy: true };

/**
 * A subnet that nobody reaches from the internet, with a route table of its own. Routes stand beside the table, so that
 * those of others in it, to a peering connection or a transit gateway, stay.
 */
export class PrivateSubnet extends Construct {
  /** Its zone. */
  readonly availabilityZone: string;
  /** Id of the subnet. */
  readonly subnetId: string;
  /** Id of its route table. */
  readonly routeTableId: string;
  /** What must be there before anything runs in it, and not go before that. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: PrivateSubnetProps) {
    super(scope, id);
    const { name, vpcId, availabilityZone, cidr, natGatewayId } = props;
    const tags = { Name: name };
    const subnet = new Subnet(this, 'subnet', {
      vpcId,
      availabilityZone,
      cidrBlock: cidr,
      mapPublicIpOnLaunch: false,
      tags,
      lifecycle,
    });
    const table = new RouteTable(this, 'route-table', { vpcId, tags, lifecycle });
    const association = new RouteTableAssociation(this, 'association', {
      subnetId: subnet.id,
      routeTableId: table.id,
      lifecycle,
    });
    this.availabilityZone = availabilityZone;
    this.subnetId = subnet.id;
    this.routeTableId = table.id;
    this.dependables = [association, ...this.wayOut(table.id, natGatewayId)];
  }

  private wayOut(routeTableId: string, natGatewayId: string | undefined): Route[] {
    if (natGatewayId === undefined) return [];
    const toInternet = { routeTableId, destinationCidrBlock: '0.0.0.0/0', natGatewayId, lifecycle };
    return [new Route(this, 'internet', toInternet)];
  }
}
