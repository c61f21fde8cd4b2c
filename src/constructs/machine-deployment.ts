import { DataAwsSecurityGroup } from '@cdktf/provider-aws/lib/data-aws-security-group';
import { DataAwsSubnet } from '@cdktf/provider-aws/lib/data-aws-subnet';
import { SsmParameter } from '@cdktf/provider-aws/lib/ssm-parameter';
import { Fn, Token, type ITerraformDependable, type Precondition } from 'cdktf';
import { Construct } from 'constructs';
import type { MachineImage } from './machine-image';

/** What Docker Machine has to know of a runner's machines that only a deploy knows. */
export interface MachineDeploymentProps {
  /** Name of the parameter. */
  readonly parameterName: string;
  /** Region, which the names of zones begin with. */
  readonly region: string;
  /** The VPC that everything of theirs must be in, which is checked where it is given. */
  readonly vpcId: string;
  /** Their subnet. */
  readonly subnetId: string;
  /** Name of their own security group. */
  readonly ownGroupName: string;
  /** Security groups besides. */
  readonly securityGroupIds: readonly string[];
  /** What they are started from. */
  readonly image: MachineImage;
  /** Keys under which the manager looks for each. */
  readonly keys: {
    readonly vpcId: string;
    readonly subnetId: string;
    readonly zone: string;
    readonly imageId: string;
    readonly securityGroup: (index: number) => string;
  };
}

/**
 * A parameter with one `key=value` on each line. The manager looks for it every few minutes, so that a new image of
 * machines is no change of the manager, which would have to let its jobs finish and be replaced.
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-parameter-store.html
 */
export class MachineDeployment extends Construct {
  /** ARN of the subnet. */
  readonly subnetArn: string;
  /** ARNs of the given security groups. */
  readonly securityGroupArns: readonly string[];
  /** What must not go before the manager. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: MachineDeploymentProps) {
    super(scope, id);
    const { keys, image } = props;
    const subnet = new DataAwsSubnet(this, 'subnet', { id: props.subnetId });
    const groups = props.securityGroupIds.map(
      (group) => new DataAwsSecurityGroup(this, group, { id: group }),
    );
    // Docker Machine takes groups by their names, and zones by what stands behind the region.
    const groupNames = [props.ownGroupName, ...groups.map(({ name }) => name)];
    const lines = [
      `${keys.vpcId}=${subnet.vpcId}`,
      `${keys.subnetId}=${props.subnetId}`,
      `${keys.zone}=${Fn.trimprefix(subnet.availabilityZone, props.region)}`,
      `${keys.imageId}=${image.imageId}`,
      ...groupNames.map((name, index) => `${keys.securityGroup(index)}=${name}`),
    ];
    const parameter = new SsmParameter(this, 'parameter', {
      name: props.parameterName,
      type: 'String',
      insecureValue: lines.join('\n'),
      lifecycle: {
        precondition: [
          ...image.preconditions,
          ...(Token.isUnresolved(props.vpcId) ? [] : [subnet, ...groups]).map((part) =>
            inVpc(part, props.vpcId),
          ),
        ],
      },
    });
    this.subnetArn = subnet.arn;
    this.securityGroupArns = groups.map(({ arn }) => arn);
    this.dependables = [parameter];
  }
}

/** Docker Machine looks for groups in the subnet's VPC, and finds none where they are in different ones. */
const inVpc = (part: DataAwsSubnet | DataAwsSecurityGroup, vpcId: string): Precondition => ({
  condition: `\${${part.fqn}.vpc_id == ${JSON.stringify(vpcId)}}`,
  errorMessage: `${part.idInput} must be in the VPC of the environment's network, as the manager is.`,
});
