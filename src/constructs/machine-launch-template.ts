import { LaunchTemplate } from '@cdktf/provider-aws/lib/launch-template';
import { Construct } from 'constructs';
import {
  metadataOptions,
  type InstanceMix,
  type Launched,
  type LaunchProps,
  type LaunchVolume,
} from './launch';

/** Settings of a launch template: those of every launch, and what only a template can. */
export interface MachineLaunchTemplateProps extends LaunchProps, InstanceMix {
  /** ARN of the key that encrypts volumes. */
  readonly kmsKeyArn: string;
  /** Tags of volumes and network interfaces; a group gives its own only to instances. */
  readonly tags: Readonly<Record<string, string>>;
}

/** A launch template; a change makes a new version of it. @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/launch-templates.html */
export class MachineLaunchTemplate extends Construct {
  /** What a group refers to. */
  readonly launched: Launched;

  constructor(scope: Construct, id: string, props: MachineLaunchTemplateProps) {
    super(scope, id);
    const { image } = props;
    const template = new LaunchTemplate(this, 'template', {
      name: props.name,
      updateDefaultVersion: true,
      imageId: image.imageId,
      instanceType: props.instanceTypes[0],
      iamInstanceProfile: { name: props.instanceProfileName },
      vpcSecurityGroupIds: [...props.securityGroupIds],
      keyName: props.keyName,
      userData: props.userDataBase64,
      metadataOptions: metadataOptions(props.metadataHopLimit),
      blockDeviceMappings: [
        { deviceName: image.rootDeviceName, ebs: volume(props.rootVolume, props.kmsKeyArn) },
      ],
      tagSpecifications: ['volume', 'network-interface'].map((resourceType) => ({
        resourceType,
        tags: props.tags,
      })),
      lifecycle: { precondition: [...image.preconditions] },
    });
    const version = template.getStringAttribute('latest_version');
    this.launched = launchedBy({ id: template.id, version }, props);
  }
}

/** One type on demand needs no mix. */
const launchedBy = (
  template: { readonly id: string; readonly version: string },
  { instanceTypes, spot }: InstanceMix,
): Launched =>
  instanceTypes.length === 1 && spot === undefined
    ? { kind: 'launch-template', ...template }
    : { kind: 'mixed-instances', ...template, mix: { instanceTypes, spot } };

const volume = ({ sizeGib, type, iops, throughputMibps }: LaunchVolume, kmsKeyId: string) => ({
  encrypted: 'true',
  kmsKeyId,
  deleteOnTermination: 'true',
  volumeType: type,
  volumeSize: sizeGib,
  iops,
  throughput: throughputMibps,
});
