import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A service of AWS on loopback, for commands that run in a process of their own. */

/** What it answers. */
export interface StubAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Lets a server answer whole requests, at any free port of loopback. */
export async function serveStub(
  server: Server,
  answer: (body: string, headers: IncomingHttpHeaders) => StubAnswer,
): Promise<void> {
  server.on('request', (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const { status, type, text } = answer(body, request.headers);
      response.writeHead(status, { 'Content-Type': type }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}

/** What lets a command ask it, and nobody else. */
export const stubEnvironment = (server: Server): NodeJS.ProcessEnv => ({
  AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  AWS_ACCESS_KEY_ID: 'stub',
  AWS_SECRET_ACCESS_KEY: 'stub',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
});
