import { LaunchConfiguration } from '@cdktf/provider-aws/lib/launch-configuration';
import { Construct } from 'constructs';
import { metadataOptions, type Launched, type LaunchProps } from './launch';

/** Settings of a launch configuration: those of every launch, and its one instance type. */
export interface MachineLaunchConfigurationProps extends LaunchProps {
  /** Instance type. */
  readonly instanceType: string;
}

/**
 * A launch configuration. It can't be changed, so a new one is made before the old one goes. It can name no key:
 * volumes are encrypted with the image's key, or with the account's default one.
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/launch-configurations.html
 */
export class MachineLaunchConfiguration extends Construct {
  /** What a group refers to. */
  readonly launched: Launched;

  constructor(scope: Construct, id: string, props: MachineLaunchConfigurationProps) {
    super(scope, id);
    const { image, rootVolume } = props;
    const configuration = new LaunchConfiguration(this, 'configuration', {
      namePrefix: `${props.name}-`,
      imageId: image.imageId,
      instanceType: props.instanceType,
      iamInstanceProfile: props.instanceProfileName,
      securityGroups: [...props.securityGroupIds],
      keyName: props.keyName,
      userDataBase64: props.userDataBase64,
      metadataOptions: metadataOptions(props.metadataHopLimit),
      rootBlockDevice: {
        encrypted: true,
        volumeType: rootVolume.type,
        volumeSize: rootVolume.sizeGib,
        iops: rootVolume.iops,
        throughput: rootVolume.throughputMibps,
      },
      lifecycle: { createBeforeDestroy: true, precondition: [...image.preconditions] },
    });
    this.launched = { kind: 'launch-configuration', name: configuration.name };
  }
}
