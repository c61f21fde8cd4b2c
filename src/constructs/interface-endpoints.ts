import { DataAwsVpcEndpointService } from '@cdktf/provider-aws/lib/data-aws-vpc-endpoint-service';
import { VpcEndpoint } from '@cdktf/provider-aws/lib/vpc-endpoint';
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule';
import { TerraformIterator, TerraformLocal, Token, type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { OutboundSecurityGroup } from './outbound-security-group';
import { S3Endpoint } from './s3-endpoint';

/** Settings of the endpoints of a VPC. */
export interface InterfaceEndpointsProps {
  /** What their names begin with. */
  readonly name: string;
  /** Region. */
  readonly region: string;
  /** The VPC. */
  readonly vpcId: string;
  /** IPv4 ranges from which they may be used; known at a plan. */
  readonly ranges: readonly string[];
  /** One subnet in each zone, by the zone; known at a plan. */
  readonly subnetOfZone: Readonly<Record<string, string>>;
  /** Names of the services, by a short name that stays theirs. */
  readonly services: Readonly<Record<string, string>>;
  /** Route tables that get a way to S3; with none there is no such way. */
  readonly routeTableIds: readonly string[];
}

/** What one endpoint needs: the subnets as an expression. */
interface EndpointProps extends Omit<InterfaceEndpointsProps, 'subnetOfZone'> {
  readonly subnetOfZone: string;
  readonly groupId: string;
}

/**
 * The way to AWS services that does not leave a VPC. Their names lead everything in the VPC to these endpoints, so all
 * of it may use them. A service is not in every zone: where it is missing, the endpoints of other zones are used.
 * @see https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
 */
export class InterfaceEndpoints extends Construct {
  /** What must be there before those who call services, and not go before them. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: InterfaceEndpointsProps) {
    super(scope, id);
    const { groupId } = new OutboundSecurityGroup(this, 'security-group', {
      name: `${props.name}-endpoints`,
      description: `Endpoints of AWS services for ${props.name}`,
      vpcId: props.vpcId,
      egress: [],
    });
    const { fqn: subnetOfZone } = new TerraformLocal(this, 'subnet-of-zone', props.subnetOfZone);
    const endpoints = Object.keys(props.services).map((service) =>
      this.endpoint(service, { ...props, subnetOfZone, groupId }),
    );
    this.dependables = [this.access(groupId, props.ranges), ...endpoints, ...this.wayToS3(props)];
  }

  private access(securityGroupId: string, ranges: readonly string[]): ITerraformDependable {
    const each = TerraformIterator.fromList([...ranges]);
    return new VpcSecurityGroupIngressRule(this, 'https', {
      forEach: each,
      securityGroupId,
      cidrIpv4: each.value as string,
      ipProtocol: 'tcp',
      fromPort: 443,
      toPort: 443,
    });
  }

  private endpoint(service: string, props: EndpointProps): VpcEndpoint {
    const { name, vpcId, services, subnetOfZone, groupId } = props;
    const serviceName = services[service] as string;
    const scope = new Construct(this, service);
    const { fqn } = new DataAwsVpcEndpointService(scope, 'service', { serviceName });
    const subnetIds = `[for zone, id in ${subnetOfZone} : id if contains(${fqn}.availability_zones, zone)]`;
    return new VpcEndpoint(scope, 'endpoint', {
      vpcId,
      serviceName,
      vpcEndpointType: 'Interface',
      privateDnsEnabled: true,
      subnetIds: Token.asList(`\${${subnetIds}}`),
      securityGroupIds: [groupId],
      tags: { Name: `${name}-${service}` },
      lifecycle: {
        precondition: [
          {
            condition: `\${length(${subnetIds}) > 0}`,
            errorMessage: `${serviceName} is in none of the zones of the network's subnets. Add a subnet of a zone that has it.`,
          },
        ],
      },
    });
  }

  private wayToS3(props: InterfaceEndpointsProps): readonly ITerraformDependable[] {
    return props.routeTableIds.length === 0 ? [] : new S3Endpoint(this, 's3', props).dependables;
  }
}
