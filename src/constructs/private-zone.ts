import { Route53Zone } from '@cdktf/provider-aws/lib/route53-zone';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

/** Settings of a zone of names that one VPC knows. */
export interface PrivateZoneProps {
  /** The domain. */
  readonly domain: string;
  /** What it is for. */
  readonly description: string;
  /** The VPC, which must resolve DNS names and give host names. */
  readonly vpcId: string;
}

/**
 * A domain that is known in one VPC only. Destroying it deletes its records too: machines have made them.
 * @see https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zones-private.html
 */
export class PrivateZone extends Construct {
  /** Id of the zone. */
  readonly zoneId: string;
  /** What must not go before those who use it. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, { domain, description, vpcId }: PrivateZoneProps) {
    super(scope, id);
    const zone = new Route53Zone(this, 'Default', {
      name: domain,
      comment: description,
      vpc: [{ vpcId }],
      forceDestroy: true,
    });
    this.zoneId = zone.zoneId;
    this.dependables = [zone];
  }
}
