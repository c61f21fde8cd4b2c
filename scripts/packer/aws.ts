import { DescribeImagesCommand, DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { Aws } from '../../src/config/model';
import { imageHashTag } from '../../src/rendering/packer-template';
import { asked, clientSettings } from '../aws';

/** What a build asks AWS before it starts. */

const client = (aws: Aws): EC2Client => new EC2Client(clientSettings(aws, 'packer'));

/** Whether a subnet exists. */
export async function subnetExists(aws: Aws, subnetId: string): Promise<boolean> {
  const byId = new DescribeSubnetsCommand({ Filters: [{ Name: 'subnet-id', Values: [subnetId] }] });
  const { Subnets = [] } = await asked(client(aws).send(byId));
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
