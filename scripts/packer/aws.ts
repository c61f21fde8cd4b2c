import { DescribeImagesCommand, DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { Aws } from '../../src/config/model';
import { imageHashTag } from '../../src/rendering/packer-template';
import { asked, clientSettings } from '../aws';

/** What a build asks AWS before it starts. */

const client = (aws: Aws): EC2Client => new EC2Client(clientSettings(aws, 'packer'));

/** Whether a subnet exists; without an id, whether the account has a default one, where EC2 then launches. */
export async function subnetExists(aws: Aws, subnetId: string | undefined): Promise<boolean> {
  const filter =
    subnetId === undefined
      ? { Name: 'default-for-az', Values: ['true'] }
      : { Name: 'subnet-id', Values: [subnetId] };
  const { Subnets = [] } = await asked(client(aws).send(new DescribeSubnetsCommand({ Filters: [filter] })));
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
  const { Images = [] } = await asked(client(aws).send(byHash));
  const newestFirst = [...Images].sort((one, other) =>
    (other.CreationDate ?? '').localeCompare(one.CreationDate ?? ''),
  );
  return newestFirst[0]?.ImageId;
}
