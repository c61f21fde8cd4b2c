import { Annotations } from 'cdktf';
import { Construct } from 'constructs';
import type { AutoscalingGroupFleet } from '../config/model';
import { EncryptedLogGroup } from '../constructs/encrypted-log-group';
import type { LaunchProps, Launched } from '../constructs/launch';
import { MachineGroup } from '../constructs/machine-group';
import { builtImage, pinnedImage, stockImage, type MachineImage } from '../constructs/machine-image';
import { MachineLaunchConfiguration } from '../constructs/machine-launch-configuration';
import { MachineLaunchTemplate } from '../constructs/machine-launch-template';
import { MachineRole } from '../constructs/machine-role';
import { MachineSecurityGroup } from '../constructs/machine-security-group';
import { runnerMachineStatements, type RunnerMachine } from '../policies/runner-machine';
import { buildImageCommand } from '../rendering/commands';
import { imageHashTag } from '../rendering/packer-template';
import { stockParameter } from '../rendering/stock-image';
import { fleetTags } from '../rendering/tags';
import { renderUserData, userDataLimit } from '../rendering/user-data';
import { RunnerTokens } from './runner-tokens';
import type { Shared } from './shared';

/** A group of instances that all run gitlab-runner, and its jobs in Docker. */
export class AutoscalingGroupRunners extends Construct {
  constructor(scope: Construct, id: string, fleet: AutoscalingGroupFleet, shared: Shared) {
    super(scope, id);
    const { environment, kmsKeyArn } = shared;
    const { awsName: name, capacity, refresh } = fleet;
    const { vpcId, subnetIds } = environment.network;
    const tags = fleetTags(environment, fleet);
    const tokens = new RunnerTokens(this, 'tokens', fleet.runners, shared);
    const logs = new EncryptedLogGroup(this, 'logs', {
      name,
      kmsKeyArn,
      retentionDays: environment.retentionDays,
    });
    const role = this.role(fleet, shared, {
      ...tokens.sources,
      logGroupArns: [logs.arn, shared.sessionLogGroupArn],
    });
    const securityGroup = new MachineSecurityGroup(this, 'security-group', {
      name,
      vpcId,
      egress: fleet.egress,
    });
    const launched = this.launch(fleet, shared, tags, {
      name,
      image: this.image(fleet, shared),
      instanceType: fleet.launch.instanceType,
      instanceProfileName: role.instanceProfileName,
      securityGroupIds: [securityGroup.groupId, ...fleet.securityGroupIds],
      keyName: fleet.keyName,
      userDataBase64: this.userData(fleet, shared).toString('base64'),
      metadataHopLimit: fleet.metadataHopLimit,
      rootVolume: fleet.rootVolume,
    });
    const dependables = [tokens, logs, role, securityGroup].flatMap((part) => part.dependables);
    new MachineGroup(this, 'group', { name, launched, subnetIds, capacity, refresh, tags, dependables });
  }

  private role(
    fleet: AutoscalingGroupFleet,
    { place, environment }: Shared,
    access: Omit<RunnerMachine, 'place'>,
  ): MachineRole {
    return new MachineRole(this, 'role', {
      name: fleet.awsName,
      statements: runnerMachineStatements({ place, ...access }),
      policyArns: fleet.policyArns,
      permissionsBoundaryArn: environment.aws.permissionsBoundaryArn,
    });
  }

  private image(fleet: AutoscalingGroupFleet, { environment, provisioning }: Shared): MachineImage {
    const { image, architecture } = fleet;
    switch (image.kind) {
      case 'packer':
        return builtImage(this, 'image', {
          hash: provisioning.hashOf(image.image),
          hashTag: imageHashTag,
          ownerAccountId: image.ownerAccountId,
          buildCommand: buildImageCommand(environment.name, image.image.name),
        });
      case 'stock':
        return stockImage(this, 'image', stockParameter(image.base, architecture));
      case 'ami':
        return pinnedImage(image.amiId, image.rootDeviceName);
    }
  }

  private launch(
    fleet: AutoscalingGroupFleet,
    { kmsKeyArn }: Shared,
    tags: Record<string, string>,
    props: LaunchProps,
  ): Launched {
    switch (fleet.launch.type) {
      case 'configuration':
        return new MachineLaunchConfiguration(this, 'launch', props).launched;
      case 'template':
        return new MachineLaunchTemplate(this, 'launch', { ...props, kmsKeyArn, tags }).launched;
    }
  }

  /** Only here is it known how large it gets. */
  private userData(fleet: AutoscalingGroupFleet, { environment, provisioning }: Shared): Buffer {
    const userData = renderUserData(environment, fleet, provisioning);
    const rule = `must not make user data larger than ${userDataLimit} bytes (build an image with Packer, or carry less)`;
    if (userData.length > userDataLimit)
      Annotations.of(this).addError(`fleets.${fleet.name} ${rule}, got ${userData.length}`);
    return userData;
  }
}
