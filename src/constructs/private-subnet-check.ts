import { DataAwsSubnet } from '@cdktf/provider-aws/lib/data-aws-subnet';
import { TerraformStack } from 'cdktf';
import { Construct } from 'constructs';

/** Subnets in which something runs that gets no public address. */
export interface PrivateSubnetCheckProps {
  /** The subnets. */
  readonly subnetIds: readonly string[];
  /** What runs in them, for the warning. */
  readonly what: string;
}

/**
 * Warns at a plan of subnets that give public addresses: their way out is an internet gateway, which serves nobody
 * without such an address. Terraform's checks warn and stop nothing, as is right for a sign that is no proof. The subnets
 * are read outside of the checks: what a check reads itself is read at every apply, and so in every plan a change.
 * @see https://developer.hashicorp.com/terraform/language/checks
 */
export class PrivateSubnetCheck extends Construct {
  constructor(scope: Construct, id: string, { subnetIds, what }: PrivateSubnetCheckProps) {
    super(scope, id);
    for (const subnetId of subnetIds) {
      const subnet = new DataAwsSubnet(this, subnetId, { id: subnetId });
      // CDKTF 0.21 has no construct for checks.
      TerraformStack.of(this).addOverride(`check.${subnet.friendlyUniqueId}`, {
        assert: {
          condition: `\${!${subnet.fqn}.map_public_ip_on_launch}`,
          error_message: `${subnetId} gives public addresses, as subnets do whose way out is an internet gateway. ${what} gets none, and reaches nothing from there. Let the subnet have a NAT gateway, or interface endpoints.`,
        },
      });
    }
  }
}
