import { DataAwsSubnet } from '@cdktf/provider-aws/lib/data-aws-subnet';
import { DataAwsVpc } from '@cdktf/provider-aws/lib/data-aws-vpc';
import { TerraformIterator, TerraformLocal, Token } from 'cdktf';
import { Construct } from 'constructs';

/** Which network. */
export interface ExistingNetworkProps {
  /** The VPC. */
  readonly vpcId: string;
  /** Subnets of it. */
  readonly subnetIds: readonly string[];
}

/** What AWS knows of a network that exists, at a plan already. */
export class ExistingNetwork extends Construct {
  /** IPv4 ranges of the VPC, the secondary ones too. */
  readonly ranges: readonly string[];
  /** The first of the subnets in each zone, by the zone: a further subnet of a zone changes nothing. */
  readonly subnetOfZone: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, { vpcId, subnetIds }: ExistingNetworkProps) {
    super(scope, id);
    const vpc = new DataAwsVpc(this, 'vpc', { id: vpcId });
    const each = TerraformIterator.fromList([...subnetIds]);
    const { fqn: subnets } = new DataAwsSubnet(this, 'subnets', { forEach: each, id: each.value as string });
    const ofZones = `{ for id in ${JSON.stringify(subnetIds)} : ${subnets}[id].availability_zone => id... }`;
    this.subnetOfZone = Token.asStringMap(`\${{ for zone, ids in ${ofZones} : zone => ids[0] }}`);
    this.ranges = new TerraformLocal(
      this,
      'ranges',
      `\${[for one in ${vpc.fqn}.cidr_block_associations : one.cidr_block if one.state == "associated"]}`,
    ).asList;
  }
}
