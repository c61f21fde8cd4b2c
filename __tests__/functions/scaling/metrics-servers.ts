import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** Instances as the scaling function sees them: metrics pages at addresses of loopback, all on one port. */

const fixture = (name: string): string => readFileSync(join(__dirname, '../../fixtures', name), 'utf8');

/** Whole pages of gitlab-runner 19.3: no job; and two jobs of the four that it may run. */
export const [idlePage, busyPage] = [fixture('metrics-idle.txt'), fixture('metrics-busy.txt')];

/** The page of one that is full: two jobs of two, and one that waited when the last was received. */
export const fullPage = busyPage.replace('\ngitlab_runner_concurrent 4\n', '\ngitlab_runner_concurrent 2\n');

/** Answers with a page. */
export const page =
  (text: string): RequestListener =>
  (_, response) =>
    response.end(text);

/** Servers of one test. */
export class MetricsServers {
  private readonly servers: Server[] = [];
  /** Port of all of them, after the first has been started. */
  port = 0;

  /** Starts one; returns its address. */
  async start(answer: RequestListener): Promise<string> {
    const address = `127.0.0.${this.servers.length + 2}`;
    const server = createServer(answer);
    this.servers.push(server);
    server.listen(this.port, address);
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    return address;
  }

  /** Ends them all, and their connections. */
  async stop(): Promise<void> {
    for (const server of this.servers.splice(0)) {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    }
  }
}
