import { gzipSync } from 'fflate';

/**
 * The only place that compresses. Node's own zlib gives other bytes from version to version, and other bytes of
 * user data would replace every machine.
 */
export const gzip = (content: Buffer): Buffer => Buffer.from(gzipSync(content, { level: 9, mtime: 0 }));
