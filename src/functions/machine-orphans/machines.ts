import {
  CreateTagsCommand,
  DeleteKeyPairCommand,
  DeleteTagsCommand,
  DescribeInstancesCommand,
  paginateDescribeInstances,
  TerminateInstancesCommand,
  type EC2Client,
  type Instance,
} from '@aws-sdk/client-ec2';
import { failureOf } from '../failure';

/** Machines and managers, as EC2 has them. */
export interface Machines {
  /** Instances with one of these profiles that nobody has ended. */
  list(profileArns: readonly string[]): Promise<Instance[]>;
  /** Instances of this Auto Scaling group that nobody has ended. */
  ofGroup(name: string): Promise<Instance[]>;
  /** The state of an instance; nothing where EC2 does not know it. */
  stateOf(id: string): Promise<string | undefined>;
  /** Terminates an instance; answers whether it was still there. */
  end(id: string): Promise<boolean>;
  /** Sets a tag of an instance; answers whether it was still there. */
  tag(id: string, key: string, value: string): Promise<boolean>;
  /** Takes a tag of an instance away; answers whether it was still there. */
  untag(id: string, key: string): Promise<boolean>;
  /** Deletes a key pair, if it is there. */
  deleteKeyPair(name: string): Promise<unknown>;
}

/** Instances in one call, which is EC2's limit. */
const mostInCall = 1000;

/** States of what nobody has ended. */
const living = ['pending', 'running', 'stopping', 'stopped'];

async function list(client: EC2Client, Name: string, Values: readonly string[]): Promise<Instance[]> {
  const instances: Instance[] = [];
  const Filters = [
    { Name, Values: [...Values] },
    { Name: 'instance-state-name', Values: living },
  ];
  for await (const { Reservations = [] } of paginateDescribeInstances(
    { client, pageSize: mostInCall },
    { Filters },
  ))
    instances.push(...Reservations.flatMap(({ Instances = [] }) => Instances));
  return instances;
}

/** Answers with nothing where EC2 says that there is no such instance; any other error is none of that. */
async function unlessUnknown<Answer>(call: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call;
  } catch (error) {
    if (failureOf(error).name === 'InvalidInstanceID.NotFound') return undefined;
    throw error;
  }
}

async function stateOf(client: EC2Client, id: string): Promise<string | undefined> {
  const answer = await unlessUnknown(client.send(new DescribeInstancesCommand({ InstanceIds: [id] })));
  if (answer === undefined) return undefined;
  const state = answer.Reservations?.[0]?.Instances?.[0]?.State?.Name;
  if (state === undefined) throw new Error(`Amazon EC2 does not describe ${id}`);
  return state;
}

const wasThere = async (call: Promise<unknown>): Promise<boolean> =>
  (await unlessUnknown(call)) !== undefined;

/**
 * The instances of an account in a region.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TerminateInstances.html
 */
export const ec2Machines = (client: EC2Client): Machines => ({
  list: (profileArns) => list(client, 'iam-instance-profile.arn', profileArns),
  ofGroup: (name) => list(client, 'tag:aws:autoscaling:groupName', [name]),
  stateOf: (id) => stateOf(client, id),
  end: (id) => wasThere(client.send(new TerminateInstancesCommand({ InstanceIds: [id] }))),
  tag: (id, Key, Value) =>
    wasThere(client.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key, Value }] }))),
  untag: (id, Key) => wasThere(client.send(new DeleteTagsCommand({ Resources: [id], Tags: [{ Key }] }))),
  deleteKeyPair: (KeyName) => client.send(new DeleteKeyPairCommand({ KeyName })),
});
