import { VpcEndpoint } from '@cdktf/provider-aws/lib/vpc-endpoint';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

/** Settings of a VPC's way to S3. */
export interface S3EndpointProps {
  /** What its name begins with. */
  readonly name: string;
  /** Region. */
  readonly region: string;
  /** The VPC. */
  readonly vpcId: string;
  /** Route tables that get the way, one at least. */
  readonly routeTableIds: readonly string[];
}

/**
 * A VPC's way to S3 that passes no NAT gateway and costs nothing. Layers of ECR's images and packages of Amazon Linux
 * lie there. @see https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html
 */
export class S3Endpoint extends Construct {
  /** What must be there before those who use it, and not go before them. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, { name, region, vpcId, routeTableIds }: S3EndpointProps) {
    super(scope, id);
    const endpoint = new VpcEndpoint(this, 'Default', {
      vpcId,
      serviceName: `com.amazonaws.${region}.s3`,
      vpcEndpointType: 'Gateway',
      routeTableIds: [...routeTableIds],
      tags: { Name: `${name}-s3` },
    });
    this.dependables = [endpoint];
  }
}
