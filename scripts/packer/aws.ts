import { DescribeImagesCommand, DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import type { Aws } from '../../src/config/model';
import { imageHashTag } from '../../src/rendering/packer-template';

/** What a build asks AWS before it starts. */

// Its advice on Node's version is for whoever keeps this project, not for its users.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const settings = ({ region, assumeRoleArn }: Aws) => ({
  region,
  maxAttempts: 3,
  ...(assumeRoleArn === undefined
    ? {}
    : {
        credentials: fromTemporaryCredentials({
          params: { RoleArn: assumeRoleArn, RoleSessionName: 'packer' },
          clientConfig: { region },
        }),
      }),
});

/** The account that the credentials are of. */
export async function callersAccount(aws: Aws): Promise<string> {
  const { Account = '' } = await new STSClient(settings(aws)).send(new GetCallerIdentityCommand({}));
  return Account;
}

/** Whether a subnet exists. */
export async function subnetExists(aws: Aws, subnetId: string): Promise<boolean> {
  const { Subnets = [] } = await new EC2Client(settings(aws)).send(
    new DescribeSubnetsCommand({ Filters: [{ Name: 'subnet-id', Values: [subnetId] }] }),
  );
  return Subnets.length > 0;
}

/** The newest image of ours with a hash, if there is one. */
export async function findImage(aws: Aws, hash: string): Promise<string | undefined> {
  const { Images = [] } = await new EC2Client(settings(aws)).send(
    new DescribeImagesCommand({
      Owners: ['self'],
      IncludeDeprecated: true,
      Filters: [
        { Name: `tag:${imageHashTag}`, Values: [hash] },
        { Name: 'state', Values: ['available'] },
      ],
    }),
  );
  const newestFirst = [...Images].sort((one, other) =>
    (other.CreationDate ?? '').localeCompare(one.CreationDate ?? ''),
  );
  return newestFirst[0]?.ImageId;
}
