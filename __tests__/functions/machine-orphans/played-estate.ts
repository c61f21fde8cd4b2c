import { gzipSync } from 'node:zlib';
import type { PlayedAnswer, PlayedCall } from '../played-aws';

/** An instance of the played EC2: a machine, or a manager. */
export interface PlayedInstance {
  readonly id: string;
  /** @default running */
  state?: string;
  /** ARN of its instance profile. @default none */
  readonly profile?: string;
  /** @default none */
  readonly keyName?: string;
  /** @default 2026-03-01T00:00:00Z */
  readonly launchedAt?: string;
  /** @default none */
  tags?: Record<string, string>;
}

/** What EC2 Auto Scaling tags the instances of a group with. */
export const groupTag = 'aws:autoscaling:groupName';

/** What a manager answers: the names of its machines, or how its command ends otherwise. */
export type PlayedManager =
  readonly string[] | { readonly status: string; readonly output?: string; readonly errors?: string };

/** What `machines.sh --list` prints. */
export const listed = (names: readonly string[]): string =>
  gzipSync(names.map((name) => `${name}\n`).join('')).toString('base64');

const xml = (action: string, content: string): PlayedAnswer => ({
  body: `<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">${content}</${action}Response>`,
});

/** A refusal of EC2, in its own words. */
export const refusedByEc2 = (code: string): PlayedAnswer => ({
  status: 400,
  body: `<Response><Errors><Error><Code>${code}</Code><Message>Not now</Message></Error></Errors><RequestID>1</RequestID></Response>`,
});

/** A refusal of Systems Manager. */
export const refusedBySsm = (code: string): PlayedAnswer => ({
  status: 400,
  body: JSON.stringify({ __type: code, message: 'Not now' }),
});

const json = (document: object): PlayedAnswer => ({ body: JSON.stringify(document) });

const done = (action: string): PlayedAnswer => xml(action, '<return>true</return>');

/** What calls change of each instance that they name, with the tag that they name. */
const changes: Readonly<Record<string, (instance: PlayedInstance, key: string, value: string) => unknown>> = {
  TerminateInstances: (instance) => (instance.state = 'shutting-down'),
  CreateTags: (instance, key, value) => (instance.tags = { ...instance.tags, [key]: value }),
  DeleteTags: (instance, wanted) =>
    (instance.tags = Object.fromEntries(
      Object.entries(instance.tags ?? {}).filter(([key]) => key !== wanted),
    )),
};

function describedOf({ id, state = 'running', profile, keyName, launchedAt, tags = {} }: PlayedInstance) {
  const items = Object.entries(tags).map(
    ([key, value]) => `<item><key>${key}</key><value>${value}</value></item>`,
  );
  return `<item><instancesSet><item><instanceId>${id}</instanceId><instanceState><name>${state}</name></instanceState>
    <launchTime>${launchedAt ?? '2026-03-01T00:00:00.000Z'}</launchTime>
    ${keyName === undefined ? '' : `<keyName>${keyName}</keyName>`}
    ${profile === undefined ? '' : `<iamInstanceProfile><arn>${profile}</arn></iamInstanceProfile>`}
    <tagSet>${items.join('')}</tagSet></item></instancesSet></item>`;
}
/** As much of EC2 and Systems Manager as the audit calls. */
export class PlayedEstate {
  instances: PlayedInstance[] = [];
  keyPairs = new Set<string>();
  /** Whether EC2 refuses to delete them. */
  refusesKeyPairs = false;
  /** Answers, by instance id; the agent of another one is not there. */
  readonly managers = new Map<string, PlayedManager>();
  /** Instances in one answer. */
  pageSize = 1000;
  /** Looks in vain before a command has ended. */
  looksInVain = 1;
  private readonly commands = new Map<string, { readonly instance: string; looks: number }>();

  /** An instance that is there. */
  instance(id: string): PlayedInstance {
    const found = this.instances.find((one) => one.id === id);
    if (found === undefined) throw new Error(`there is no ${id}`);
    return found;
  }

  /** Ids of those that were ended. */
  get ended(): string[] {
    return this.instances.filter(({ state }) => state === 'shutting-down').map(({ id }) => id);
  }

  /** What AWS answers. */
  play({ action, body }: PlayedCall): PlayedAnswer | undefined {
    if (body.startsWith('{')) return this.playSsm(action, JSON.parse(body) as Record<string, unknown>);
    const parameters = new URLSearchParams(body);
    const ids = [...parameters].filter(([key]) => /^(InstanceId|ResourceId)\.\d+$/.test(key));
    if (ids.some(([, id]) => !this.instances.some((one) => one.id === id)))
      return refusedByEc2('InvalidInstanceID.NotFound');
    return this.playEc2(
      action,
      parameters,
      ids.map(([, id]) => this.instance(id)),
    );
  }

  private playEc2(
    action: string,
    parameters: URLSearchParams,
    named: readonly PlayedInstance[],
  ): PlayedAnswer | undefined {
    if (action === 'DescribeInstances')
      return named.length > 0 ? this.describe(named) : this.search(parameters);
    if (action === 'DeleteKeyPair') return this.deleteKeyPair(action, parameters.get('KeyName') ?? '');
    const change = changes[action];
    if (change === undefined) return undefined;
    for (const instance of named)
      change(instance, parameters.get('Tag.1.Key') ?? '', parameters.get('Tag.1.Value') ?? '');
    return done(action);
  }

  private deleteKeyPair(action: string, name: string): PlayedAnswer {
    if (this.refusesKeyPairs) return refusedByEc2('UnauthorizedOperation');
    this.keyPairs.delete(name);
    return done(action);
  }

  private describe(instances: readonly PlayedInstance[], nextToken = ''): PlayedAnswer {
    const set = `<reservationSet>${instances.map(describedOf).join('')}</reservationSet>`;
    return xml('DescribeInstances', `${set}<nextToken>${nextToken}</nextToken>`);
  }

  private search(parameters: URLSearchParams): PlayedAnswer {
    const values = (name: string) => {
      const [, number] = [...parameters].flatMap(([key, value]) =>
        value === name ? (/^Filter\.(\d+)\.Name$/.exec(key) ?? []) : [],
      );
      return [...parameters].flatMap(([key, value]) =>
        key.startsWith(`Filter.${number ?? '-'}.Value.`) ? [value] : [],
      );
    };
    const [profiles, groups] = [values('iam-instance-profile.arn'), values(`tag:${groupTag}`)];
    const states = values('instance-state-name');
    const found = this.instances.filter(
      ({ profile = '', state = 'running', tags = {} }) =>
        (profiles.includes(profile) || groups.includes(tags[groupTag] ?? '')) && states.includes(state),
    );
    const first = Number(parameters.get('NextToken') ?? 0);
    const next = first + this.pageSize;
    return this.describe(found.slice(first, next), next < found.length ? String(next) : '');
  }

  private playSsm(action: string, parameters: Record<string, unknown>): PlayedAnswer | undefined {
    if (action === 'PutMetricData') return json({});
    if (action === 'SendCommand') {
      const [id = ''] = parameters['InstanceIds'] as string[];
      if (!this.managers.has(id)) return refusedBySsm('InvalidInstanceId');
      const CommandId = `00000000-0000-4000-8000-${String(this.commands.size).padStart(12, '0')}`;
      this.commands.set(CommandId, { instance: id, looks: 0 });
      return json({ Command: { CommandId } });
    }
    return action === 'GetCommandInvocation' ? this.invocation(parameters) : undefined;
  }

  private invocation(parameters: Record<string, unknown>): PlayedAnswer {
    const command = this.commands.get(String(parameters['CommandId']));
    if (command === undefined || command.instance !== parameters['InstanceId'])
      return refusedBySsm('InvalidCommandId');
    command.looks += 1;
    if (command.looks > this.looksInVain)
      return json(invocationOf(this.managers.get(command.instance) ?? []));
    return command.looks === 1 ? refusedBySsm('InvocationDoesNotExist') : json({ Status: 'InProgress' });
  }
}

/** How a command has ended. */
function invocationOf(answer: PlayedManager): object {
  if (!('status' in answer)) return { Status: 'Success', StandardOutputContent: listed(answer) };
  const { status, output = '', errors = '' } = answer;
  return { Status: status, StandardOutputContent: output, StandardErrorContent: errors };
}
