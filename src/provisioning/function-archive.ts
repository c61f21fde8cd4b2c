import { createHash } from 'crypto';
import type { buildSync } from 'esbuild';
import { zipSync } from 'fflate';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import process from 'process';

/** The code of a Lambda function, ready to be deployed. */
export interface FunctionArchive {
  /** A zip file with `index.js`, which exports `handler`; it goes when this process ends. */
  readonly path: string;
  /** SHA-256 of its bytes, in base64, as Terraform compares it. */
  readonly hash: string;
}

/** Names of functions: folders of `src/functions`. */
export type FunctionName = 'scaling' | 'task-orphans' | 'machine-orphans';

/** What Lambda's Node.js brings along. @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html */
const providedByLambda = ['@aws-sdk/*', '@smithy/*'];

/** Loaded here and not before: most environments need no function, and esbuild takes its time. */
const esbuild = (): { readonly buildSync: typeof buildSync } =>
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it with this file
  require('esbuild') as { readonly buildSync: typeof buildSync };

/** The code of a function in one file. */
function bundle(repository: string, name: FunctionName): Uint8Array {
  const { outputFiles } = esbuild().buildSync({
    // Comments of the bundle name files from here on, and so are the same wherever the repository lies.
    absWorkingDir: realpathSync(repository),
    entryPoints: [`src/functions/${name}/handler.ts`],
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    external: providedByLambda,
    legalComments: 'none',
    charset: 'utf8',
    write: false,
    logLevel: 'silent',
  });
  return Buffer.concat(outputFiles.map(({ contents }) => contents));
}

/** Earliest time that a zip file can name: the bytes must not tell when they were made. */
const mtime = new Date(1980, 0, 1);

/** A file that everyone may read: Lambda runs the code as a user of its own. */
const attrs = 0o100644 << 16;

/** Archives of functions, each made once, in a folder that goes when this process ends. */
export function functionArchives(repository: string): (name: FunctionName) => FunctionArchive {
  const made = new Map<FunctionName, FunctionArchive>();
  let folder: string | undefined;
  const folderOfThisProcess = (): string => {
    if (folder !== undefined) return folder;
    const own = mkdtempSync(join(tmpdir(), 'gitlab-runner-aws-'));
    process.once('exit', () => rmSync(own, { recursive: true, force: true }));
    return (folder = own);
  };
  const make = (name: FunctionName): FunctionArchive => {
    const bytes = zipSync({ 'index.js': [bundle(repository, name), { level: 9, mtime, os: 3, attrs }] });
    const path = join(folderOfThisProcess(), `${name}.zip`);
    writeFileSync(path, bytes);
    return { path, hash: createHash('sha256').update(bytes).digest('base64') };
  };
  return (name) => {
    const archive = made.get(name) ?? make(name);
    made.set(name, archive);
    return archive;
  };
}
