import type { Instance } from '@aws-sdk/client-ec2';
import { failureOf } from '../failure';
import type { Ask } from './asking';
import type { Look, Machine, Manager } from './look';
import type { Machines } from './machines';
import type { MachineOrphanSettings } from './settings';

/**
 * Looks at the machines of a fleet, and after them at their managers: a manager notes a machine before it launches it,
 * and one that has ended by then does not come back. A call of EC2 that fails ends the look.
 */

/** Tags of machines. */
export const tags = {
  /** Set by Docker Machine. */
  name: 'Name',
  /** Set by Docker Machine, as its manager's configuration says. */
  manager: 'gitlab-runner-aws:manager',
  /** Set by the audit. */
  unclaimedSince: 'gitlab-runner-aws:unclaimed-since',
} as const;

/** What a look is taken with. */
export interface Means {
  /** Instances of EC2. */
  readonly machines: Machines;
  /** Asks a manager. */
  readonly ask: Ask;
}

function machineOf({ InstanceId, Tags = [], KeyName, LaunchTime }: Instance): Machine[] {
  if (InstanceId === undefined) return [];
  const tag = (wanted: string) => Tags.find(({ Key }) => Key === wanted)?.Value;
  return [
    {
      id: InstanceId,
      name: tag(tags.name),
      manager: tag(tags.manager),
      keyName: KeyName,
      launchedAtMs: LaunchTime?.getTime(),
      unclaimedSince: tag(tags.unclaimedSince),
    },
  ];
}

/** EC2 refuses a call with anything else. */
const isInstanceId = (text: string): boolean => /^i-([\da-f]{8}|[\da-f]{17})$/.test(text);

/** The line of an audit says why of each machine; errors can be long. */
const silent = (why: string): Manager => ({ kind: 'silent', why: why.slice(0, 200) });

/** Whatever is wrong with asking, it is no answer. */
async function answerOf(id: string, ask: Ask): Promise<Manager> {
  try {
    return { kind: 'answered', names: await ask(id) };
  } catch (error) {
    const { name, message } = failureOf(error);
    return silent(`${name}: ${message}`);
  }
}

/** One that shuts down still exists. */
async function managerOf(id: string, { machines, ask }: Means): Promise<Manager> {
  const state = await machines.stateOf(id);
  if (state === undefined || state === 'terminated') return { kind: 'gone' };
  return state === 'running' ? answerOf(id, ask) : silent(`it is ${state}`);
}

/** Managers of the group, where a machine does not say which one is its own. */
async function managersToSearch(
  machines: readonly Machine[],
  ec2: Machines,
  managerGroup: string,
): Promise<string[]> {
  if (machines.every(({ manager }) => manager !== undefined)) return [];
  return (await ec2.ofGroup(managerGroup)).map(({ InstanceId = '' }) => InstanceId);
}

/** All at the same time: those that do not answer must not take the time of the others. */
async function managersOf(
  machines: readonly Machine[],
  means: Means,
  managerGroup: string,
): Promise<Look['managers']> {
  const named = machines.map(({ manager = '' }) => manager);
  const searched = await managersToSearch(machines, means.machines, managerGroup);
  const ids = [...new Set([...named, ...searched])].filter(isInstanceId);
  return new Map(await Promise.all(ids.map(async (id) => [id, await managerOf(id, means)] as const)));
}

/** Looks at a fleet. */
export async function lookAt(
  means: Means,
  { profiles, managerGroup }: Pick<MachineOrphanSettings, 'profiles' | 'managerGroup'>,
  nowMs: number,
): Promise<Look> {
  const machines = (await means.machines.list(profiles)).flatMap(machineOf);
  return { nowMs, machines, managers: await managersOf(machines, means, managerGroup) };
}
