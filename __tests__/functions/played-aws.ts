import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An answer of AWS. */
export interface PlayedAnswer {
  /** @default 200 */
  readonly status?: number;
  /** The text. */
  readonly body: string;
}

/** A call of AWS. */
export interface PlayedCall {
  /** Such as `DescribeInstances`. */
  readonly action: string;
  /** Its text: parameters of the query protocol, or JSON. */
  readonly body: string;
}

/** What is answered to a call, if anything; undefined: what the end point behind answers. */
export type Play = (call: PlayedCall) => Played | Promise<Played>;

type Played = PlayedAnswer | 'silence' | undefined;

/** AWS's refusal of a call: EC2 and Auto Scaling word it in XML, CloudWatch and ECS in JSON. */
export const refused = (code: string, { body }: PlayedCall): PlayedAnswer => ({
  status: 400,
  body: body.startsWith('{')
    ? JSON.stringify({ __type: code, message: 'Not now' })
    : `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>Not now</Message></Error></ErrorResponse>`,
});

async function callOf(request: IncomingMessage): Promise<PlayedCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  const target = request.headers['x-amz-target'];
  const action = typeof target === 'string' ? target.split('.')[1] : new URLSearchParams(body).get('Action');
  return { action: action ?? '', body };
}

const forwarded = async (url: string, request: IncomingMessage, body: string): Promise<PlayedAnswer> => {
  const { authorization = '', 'content-type': type = '', 'x-amz-target': target } = request.headers;
  const headers = {
    authorization,
    'content-type': type,
    ...(target === undefined ? {} : { 'x-amz-target': String(target) }),
  };
  const response = await fetch(url, { method: 'POST', headers, body });
  return { status: response.status, body: await response.text() };
};

/** An end point of AWS on loopback, for the real SDK. */
export class PlayedAws {
  /** Calls that it got, in order. */
  readonly calls: PlayedCall[] = [];
  /** Which call is answered how. */
  play: Play = () => undefined;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** Starts it; what is not played is asked of the end point behind it. */
  static async start(behind?: string): Promise<PlayedAws> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const aws = new PlayedAws(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => {
      void aws.answer(request, behind).then((answer) => {
        if (answer !== 'silence') response.writeHead(answer.status ?? 200).end(answer.body);
      });
    });
    return aws;
  }

  /** Names of the calls. */
  get actions(): string[] {
    return this.calls.map(({ action }) => action);
  }

  private async answer(
    request: IncomingMessage,
    behind: string | undefined,
  ): Promise<PlayedAnswer | 'silence'> {
    const call = await callOf(request);
    this.calls.push(call);
    const played = await this.play(call);
    if (played !== undefined) return played;
    return behind === undefined ? refused('NotPlayed', call) : forwarded(behind, request, call.body);
  }

  /** Ends it. */
  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}
