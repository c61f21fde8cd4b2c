import { DefaultSecurityGroup } from '@cdktf/provider-aws/lib/default-security-group';
import { Vpc } from '@cdktf/provider-aws/lib/vpc';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { PrivateSubnet } from './private-subnet';
import { PublicSubnets } from './public-subnets';
import { S3Endpoint } from './s3-endpoint';

/** Settings of a network that is made. */
export interface CreatedNetworkProps {
  /** What names begin with. */
  readonly name: string;
  /** Region. */
  readonly region: string;
  /** Range of the VPC. */
  readonly cidr: string;
  /** Its zones, with the ranges of their subnets. */
  readonly zones: readonly {
    readonly name: string;
    readonly publicCidr: string;
    readonly privateCidr: string;
  }[];
  /** NAT gateways: one in the first zone, one in every zone, or none and no way to the internet. */
  readonly natGateways: 'one' | 'per-zone' | 'none';
}

/**
 * A VPC with a private subnet in each zone for all that runs, and a public one for NAT gateways. Each part is known by
 * its zone: a further zone, or a further NAT gateway, leaves the others as they are.
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/vpc-example-private-subnets-nat.html
 */
export class CreatedNetwork extends Construct {
  /** Id of the VPC. */
  readonly vpcId: string;
  /** Ids of the private subnets, by zone. */
  readonly subnetOfZone: Readonly<Record<string, string>>;
  /** Ids of the route tables of the private subnets, in the order of the zones. */
  readonly routeTableIds: readonly string[];
  /** Ids of the public subnets, in the order of the zones; none without NAT gateways. */
  readonly publicSubnetIds: readonly string[];
  /** Public addresses of the NAT gateways: what others see of the network. */
  readonly natPublicIps: readonly string[];
  /** What must be there before anything runs in it, and not go before that. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: CreatedNetworkProps) {
    super(scope, id);
    const { name, region, zones } = props;
    const vpcId = this.vpc(props);
    const { subnetIds: publicSubnetIds, natGateways } = this.publicSubnets(vpcId, props);
    const subnets = zones.map(
      ({ name: availabilityZone, privateCidr: cidr }, index) =>
        new PrivateSubnet(this, `private-${availabilityZone}`, {
          name: `${name}-private-${availabilityZone}`,
          vpcId,
          availabilityZone,
          cidr,
          natGatewayId: (natGateways[index] ?? natGateways[0])?.id,
        }),
    );
    this.vpcId = vpcId;
    this.subnetOfZone = Object.fromEntries(
      subnets.map(({ availabilityZone, subnetId }) => [availabilityZone, subnetId]),
    );
    this.routeTableIds = subnets.map(({ routeTableId }) => routeTableId);
    this.publicSubnetIds = publicSubnetIds;
    this.natPublicIps = natGateways.map(({ publicIp }) => publicIp);
    const s3 = new S3Endpoint(this, 's3', { name, region, vpcId, routeTableIds: this.routeTableIds });
    this.dependables = [...subnets, s3].flatMap(({ dependables }) => dependables);
  }

  /** The VPC. Its default security group, which anything gets that names none, lets nothing in or out. */
  private vpc({ name, cidr }: CreatedNetworkProps): string {
    const { id } = new Vpc(this, 'vpc', {
      cidrBlock: cidr,
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags: { Name: name },
    });
    new DefaultSecurityGroup(this, 'default-security-group', {
      vpcId: id,
      tags: { Name: `${name}-default` },
    });
    return id;
  }

  private publicSubnets(
    vpcId: string,
    { name, zones, natGateways }: CreatedNetworkProps,
  ): Pick<PublicSubnets, 'subnetIds' | 'natGateways'> {
    if (natGateways === 'none') return { subnetIds: [], natGateways: [] };
    return new PublicSubnets(this, 'public', { name, vpcId, zones, natGateways });
  }
}
