import { GetCommandInvocationCommand, SendCommandCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { failureOf } from '../failure';
import { namesIn } from './answer';

/** Asks a manager for the names of the machines that it knows; an error is no answer. */
export type Ask = (managerId: string) => Promise<ReadonlySet<string>>;

/** What managers are asked with. */
export interface AskingProps {
  /** Systems Manager. */
  readonly client: SSMClient;
  /** Name of the Command document. */
  readonly document: string;
  /** Waits for so many milliseconds. */
  readonly pause: (ms: number) => Promise<unknown>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** How a command has ended. */
interface Invocation {
  readonly status: string;
  readonly output: string;
  readonly errors: string;
}

/** Milliseconds between looks for an answer; a manager that is up has one after a second or two. */
const lookMs = 1000;

/** Milliseconds after which no more is looked. */
const answerMs = 20_000;

/** Seconds after which an agent no longer takes the command: the least. */
const deliverySeconds = 30;

const unfinished = new Set(['Pending', 'InProgress', 'Delayed', 'Cancelling']);

async function send(client: SSMClient, document: string, managerId: string): Promise<string> {
  const { Command } = await client.send(
    new SendCommandCommand({
      DocumentName: document,
      InstanceIds: [managerId],
      TimeoutSeconds: deliverySeconds,
    }),
  );
  if (Command?.CommandId === undefined) throw new Error('AWS Systems Manager names no command');
  return Command.CommandId;
}

/** How it ended, or nothing; soon after it was sent Systems Manager may not know it yet. */
async function invocationOf(
  client: SSMClient,
  CommandId: string,
  InstanceId: string,
): Promise<Invocation | undefined> {
  try {
    const answer = await client.send(new GetCommandInvocationCommand({ CommandId, InstanceId }));
    const { Status = '', StandardOutputContent: output = '', StandardErrorContent: errors = '' } = answer;
    return unfinished.has(Status) ? undefined : { status: Status, output, errors };
  } catch (error) {
    if (failureOf(error).name === 'InvocationDoesNotExist') return undefined;
    throw error;
  }
}

function namesOf({ status, output, errors }: Invocation): ReadonlySet<string> {
  if (status !== 'Success') throw new Error(`${status} ${errors}`.trim());
  return namesIn(output);
}

/**
 * Asks by Run Command.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCommandInvocation.html
 */
export const askByCommand =
  ({ client, document, pause, nowMs }: AskingProps): Ask =>
  async (managerId) => {
    const commandId = await send(client, document, managerId);
    const sentMs = nowMs();
    while (nowMs() - sentMs < answerMs) {
      await pause(lookMs);
      const invocation = await invocationOf(client, commandId, managerId);
      if (invocation !== undefined) return namesOf(invocation);
    }
    throw new Error(`nothing within ${answerMs / 1000} seconds`);
  };
