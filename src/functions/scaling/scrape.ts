import { get, type IncomingMessage, type RequestOptions } from 'http';

/** Asks instances for their metrics pages. */

/** How far one instance may go. */
export interface ScrapeLimits {
  /** Milliseconds for the whole answer, however slowly it comes. */
  readonly timeoutMs: number;
  /** Most bytes of an answer. */
  readonly maxBytes: number;
}

/** gitlab-runner answers in milliseconds, with about 40 kB; a machine at its limit with jobs takes a while. */
export const scrapeLimits: ScrapeLimits = { timeoutMs: 5000, maxBytes: 4_000_000 };

const responseTo = (options: RequestOptions): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    get(options, resolve).on('error', reject);
  });

/** Leaving the loop closes the connection. */
async function textOf(response: AsyncIterable<Buffer>, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`the page has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

async function pageOf(options: RequestOptions, maxBytes: number): Promise<string> {
  const response = await responseTo(options);
  if (response.statusCode === 200) return textOf(response, maxBytes);
  response.destroy();
  throw new Error(`the answer has status ${response.statusCode ?? 'none'}`);
}

/**
 * The metrics page of an instance. No redirection is followed, and no connection is kept: between two ticks the
 * process is frozen, and the next request would fail on a connection that is gone.
 */
export async function scrape(address: string, port: number, limits: ScrapeLimits): Promise<string> {
  const signal = AbortSignal.timeout(limits.timeoutMs);
  try {
    return await pageOf({ host: address, port, path: '/metrics', agent: false, signal }, limits.maxBytes);
  } catch (error) {
    if (signal.aborted) throw new Error(`no whole answer within ${limits.timeoutMs} ms`, { cause: error });
    throw error;
  }
}
