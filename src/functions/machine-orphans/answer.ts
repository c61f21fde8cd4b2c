import { gunzipSync } from 'zlib';

/**
 * The names in an answer of a manager: lines, compressed, in base64, so that a thousand of them fit into what Systems
 * Manager keeps of an answer. One that is cut off, or empty, is an error, and never fewer names.
 */
export const namesIn = (text: string): ReadonlySet<string> =>
  new Set(
    gunzipSync(Buffer.from(text, 'base64'))
      .toString()
      .split('\n')
      .filter((name) => name !== ''),
  );
