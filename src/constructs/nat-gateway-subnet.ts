import { Eip } from '@cdktf/provider-aws/lib/eip';
import { NatGateway } from '@cdktf/provider-aws/lib/nat-gateway';
import { RouteTableAssociation } from '@cdktf/provider-aws/lib/route-table-association';
import { Subnet } from '@cdktf/provider-aws/lib/subnet';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

/** Settings of the public subnet of a zone. */
export interface NatGatewaySubnetProps {
  /** What names begin with. */
  readonly name: string;
  /** The VPC. */
  readonly vpcId: string;
  /** Its zone. */
  readonly availabilityZone: string;
  /** Its range. */
  readonly cidr: string;
  /** Route table that leads to the internet. */
  readonly routeTableId: string;
  /** Whether it has a NAT gateway. */
  readonly hasNatGateway: boolean;
  /** What must be there before that gateway works, and not go before it. */
  readonly dependables: readonly ITerraformDependable[];
}

/** A NAT gateway, as others see it. */
export interface MadeNatGateway {
  /** Id. */
  readonly id: string;
  /** The address that the internet sees. */
  readonly publicIp: string;
}

/**
 * A public subnet, which has room for a NAT gateway. Nothing gets a public address there by itself.
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html
 */
export class NatGatewaySubnet extends Construct {
  /** Id of the subnet. */
  readonly subnetId: string;
  /** Its NAT gateway, if it has one. */
  readonly natGateway: MadeNatGateway | undefined;

  constructor(scope: Construct, id: string, props: NatGatewaySubnetProps) {
    super(scope, id);
    const { name, vpcId, availabilityZone, cidr, routeTableId, hasNatGateway } = props;
    const subnet = new Subnet(this, 'subnet', {
      vpcId,
      availabilityZone,
      cidrBlock: cidr,
      mapPublicIpOnLaunch: false,
      tags: { Name: `${name}-public-${availabilityZone}` },
    });
    const association = new RouteTableAssociation(this, 'association', { subnetId: subnet.id, routeTableId });
    this.subnetId = subnet.id;
    this.natGateway = hasNatGateway
      ? this.gateway(`${name}-${availabilityZone}`, subnet.id, [association, ...props.dependables])
      : undefined;
  }

  private gateway(Name: string, subnetId: string, dependsOn: ITerraformDependable[]): MadeNatGateway {
    const tags = { Name };
    // One that is removed goes after the routes to it were changed.
    const lifecycle = { createBeforeDestroy: true };
    const address = new Eip(this, 'address', { domain: 'vpc', tags, lifecycle });
    const gateway = new NatGateway(this, 'nat-gateway', {
      allocationId: address.id,
      subnetId,
      tags,
      lifecycle,
      dependsOn,
    });
    return { id: gateway.id, publicIp: address.publicIp };
  }
}
