import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { scrape } from '../../../src/functions/scaling/scrape';
import { busyPage, MetricsServers, page } from './metrics-servers';

/** The request for a metrics page, against servers on loopback that behave like broken instances. */

const limits = { timeoutMs: 2000, maxBytes: 100_000 };

describe('the request for a metrics page', () => {
  const servers = new MetricsServers();
  afterEach(() => servers.stop());

  test('brings the whole page, and closes its connection', async () => {
    const seen: (string | undefined)[] = [];
    const address = await servers.start((request, response) => {
      seen.push(request.url, request.headers.connection);
      response.end(busyPage);
    });
    await expect(scrape(address, servers.port, limits)).resolves.toBe(busyPage);
    expect(seen).toEqual(['/metrics', 'close']);
  });

  test.each([404, 500, 503])('fails on status %d, whatever the page is', async (status) => {
    const address = await servers.start((_, response) => response.writeHead(status).end(busyPage));
    await expect(scrape(address, servers.port, limits)).rejects.toThrow(`status ${status}`);
  });

  test('follows no redirection: who runs jobs must not send the function anywhere', async () => {
    const asked: string[] = [];
    const elsewhere = await servers.start((_, response) => response.end(String(asked.push('elsewhere'))));
    const location = `http://${elsewhere}:${servers.port}/metrics`;
    const address = await servers.start((_, response) => response.writeHead(302, { location }).end());
    await expect(scrape(address, servers.port, limits)).rejects.toThrow('status 302');
    expect(asked).toEqual([]);
  });

  test('fails where nobody listens', async () => {
    const address = await servers.start(page(busyPage));
    const { port } = servers;
    await servers.stop();
    await expect(scrape(address, port, limits)).rejects.toThrow('ECONNREFUSED');
  });

  test('gives up on one that never answers', async () => {
    const address = await servers.start(() => undefined);
    const hurried = { ...limits, timeoutMs: 50 };
    await expect(scrape(address, servers.port, hurried)).rejects.toThrow('no whole answer within 50 ms');
  });

  test('gives up on one that answers a byte now and then', async () => {
    const address = await servers.start((_, response) => {
      const timer = setInterval(() => response.write('#'), 5);
      response.on('close', () => clearInterval(timer));
    });
    const hurried = { ...limits, timeoutMs: 100 };
    await expect(scrape(address, servers.port, hurried)).rejects.toThrow('no whole answer within 100 ms');
  });

  test('gives up on a page without end, and hangs up', async () => {
    const closed: Promise<unknown>[] = [];
    const address = await servers.start((_, response) => {
      const write = () => {
        while (!response.destroyed && response.write('#'.repeat(10_000)));
      };
      response.on('drain', write);
      closed.push(once(response, 'close'));
      write();
    });
    await expect(scrape(address, servers.port, limits)).rejects.toThrow('more than 100000 bytes');
    await Promise.all(closed);
    expect(closed).toHaveLength(1);
  });

  test('fails on a page that ends before its length', async () => {
    const address = await servers.start((_, response) => {
      response.writeHead(200, { 'content-length': busyPage.length });
      response.write(busyPage.slice(0, 20_000), () => response.destroy());
    });
    await expect(scrape(address, servers.port, limits)).rejects.toThrow('aborted');
  });

  test('fails on what is no HTTP', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined).write(busyPage);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(scrape('127.0.0.1', port, limits)).rejects.toThrow('Parse Error');
    server.close();
    for (const socket of sockets) socket.destroy();
  });
});
