import { paginateDescribeInstances, type EC2Client, type Instance } from '@aws-sdk/client-ec2';
import { answerOf, type Api } from './calls';

/** Addresses by instance id. */
export type Addresses = ReadonlyMap<string, string>;

const ec2: Api = { name: 'Amazon EC2', endpoint: 'ec2' };

const pagesOf = (client: EC2Client, groupName: string) =>
  paginateDescribeInstances(
    { client, pageSize: 1000 },
    {
      Filters: [
        { Name: 'tag:aws:autoscaling:groupName', Values: [groupName] },
        { Name: 'instance-state-name', Values: ['running'] },
      ],
    },
  );

async function instancesOf(pages: ReturnType<typeof pagesOf>): Promise<Instance[]> {
  const instances: Instance[] = [];
  for await (const { Reservations = [] } of pages)
    instances.push(...Reservations.flatMap(({ Instances = [] }) => Instances));
  return instances;
}

/** Private addresses of the running instances of a group. */
export async function privateAddresses(client: EC2Client, groupName: string): Promise<Addresses> {
  const instances = await answerOf(ec2, instancesOf(pagesOf(client, groupName)));
  return new Map(
    instances.flatMap(({ InstanceId, PrivateIpAddress }) =>
      InstanceId === undefined || PrivateIpAddress === undefined ? [] : [[InstanceId, PrivateIpAddress]],
    ),
  );
}
