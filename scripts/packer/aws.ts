import { DescribeImagesCommand, DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import type { Aws } from '../../src/config/model';
import { imageHashTag } from '../../src/rendering/packer-template';
import { CommandError } from '../command-error';

/** What a build asks AWS before it starts. */

// Its advice on Node's version is for whoever keeps this project, not for its users.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const settings = ({ region, assumeRoleArn }: Aws) => ({
  region,
  maxAttempts: 3,
  // A network that swallows everything is to be told of soon.
  requestHandler: { connectionTimeout: 10_000 },
  ...(assumeRoleArn === undefined
    ? {}
    : {
        credentials: fromTemporaryCredentials({
          params: { RoleArn: assumeRoleArn, RoleSessionName: 'packer' },
          clientConfig: { region },
        }),
      }),
});

/** The answer, or a refusal with AWS's reason; a connection that failed at several addresses has only a code. */
async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const { message, code, name } = error as NodeJS.ErrnoException;
    throw new CommandError(
      `AWS could not be asked with the credentials of this shell: ${message || code || name}`,
    );
  }
}

/** The account that the credentials are of. */
export async function callersAccount(aws: Aws): Promise<string> {
  const { Account = '' } = await asked(new STSClient(settings(aws)).send(new GetCallerIdentityCommand({})));
  return Account;
}

/** Whether a subnet exists. */
export async function subnetExists(aws: Aws, subnetId: string): Promise<boolean> {
  const byId = new DescribeSubnetsCommand({ Filters: [{ Name: 'subnet-id', Values: [subnetId] }] });
  const { Subnets = [] } = await asked(new EC2Client(settings(aws)).send(byId));
  return Subnets.length > 0;
}

/** The newest image of ours with a hash, if there is one. */
export async function findImage(aws: Aws, hash: string): Promise<string | undefined> {
  const byHash = new DescribeImagesCommand({
    Owners: ['self'],
    IncludeDeprecated: true,
    Filters: [
      { Name: `tag:${imageHashTag}`, Values: [hash] },
      { Name: 'state', Values: ['available'] },
    ],
  });
  const { Images = [] } = await asked(new EC2Client(settings(aws)).send(byHash));
  const newestFirst = [...Images].sort((one, other) =>
    (other.CreationDate ?? '').localeCompare(one.CreationDate ?? ''),
  );
  return newestFirst[0]?.ImageId;
}
