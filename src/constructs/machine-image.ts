import { DataAwsAmiIds } from '@cdktf/provider-aws/lib/data-aws-ami-ids';
import { DataAwsSsmParameter } from '@cdktf/provider-aws/lib/data-aws-ssm-parameter';
import type { Precondition } from 'cdktf';
import type { Construct } from 'constructs';

/** What machines are started from. */
export interface MachineImage {
  /** Id of the AMI. */
  readonly imageId: string;
  /** Device of its root volume. */
  readonly rootDeviceName: string;
  /** What must hold before anything is launched from it. */
  readonly preconditions: readonly Precondition[];
}

/** How an AMI built by us is found. */
export interface BuiltImageProps {
  /** Hash of everything that went into it. */
  readonly hash: string;
  /** Tag that carries the hash. */
  readonly hashTag: string;
  /** Account that shares it, or nothing for this one. */
  readonly ownerAccountId: string | undefined;
  /** Device of its root volume. */
  readonly rootDeviceName: string;
  /** Command that builds it. */
  readonly buildCommand: string;
}

/**
 * An AMI built by us: by tag, or by name where another account shares it, since tags are not shared. A missing one
 * is no error of the lookup but of what launches it, so that destroying works without it.
 */
export function builtImage(scope: Construct, id: string, props: BuiltImageProps): MachineImage {
  const { hash, hashTag, ownerAccountId, rootDeviceName, buildCommand } = props;
  const found = new DataAwsAmiIds(scope, id, {
    owners: [ownerAccountId ?? 'self'],
    includeDeprecated: true,
    filter: [
      ownerAccountId === undefined
        ? { name: `tag:${hashTag}`, values: [hash] }
        : { name: 'name', values: [`*-${hash}-*`] },
      { name: 'state', values: ['available'] },
    ],
  });
  const ids = `${found.fqn}.ids`;
  return {
    imageId: `\${try(${ids}[0], "ami-00000000")}`,
    rootDeviceName,
    preconditions: [
      {
        condition: `\${length(${ids}) > 0}`,
        errorMessage: `There is no machine image with hash ${hash} in ${ownerAccountId === undefined ? "this environment's account" : `account ${ownerAccountId}`} and region. Build it: ${buildCommand}`,
      },
    ],
  };
}

/** How a distribution's own image is found. */
export interface StockImageProps {
  /** Public parameter that has its newest AMI. */
  readonly parameterName: string;
  /** Device of its root volume. */
  readonly rootDeviceName: string;
}

/** A distribution's own image in its newest release, by its public parameter. @see https://docs.aws.amazon.com/linux/al2023/ug/ec2.html */
export function stockImage(scope: Construct, id: string, props: StockImageProps): MachineImage {
  const parameter = new DataAwsSsmParameter(scope, id, { name: props.parameterName });
  return { imageId: parameter.insecureValue, rootDeviceName: props.rootDeviceName, preconditions: [] };
}

/** An AMI that is named by its id. */
export const pinnedImage = (imageId: string, rootDeviceName: string): MachineImage => ({
  imageId,
  rootDeviceName,
  preconditions: [],
});
