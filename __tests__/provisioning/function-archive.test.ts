import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { functionArchives, type FunctionArchive } from '../../src/provisioning/function-archive';
import { discardFolders, newFolder, REPOSITORY } from '../support/folders';

/** The code of the function as Lambda gets it: made, compared, loaded and run. */

const made: FunctionArchive[] = [];

/** The archive of a repository. A test runner's process has no end that it could go with. */
const archiveOf = (repository: string): FunctionArchive => {
  const archive = functionArchives(repository)('scaling');
  made.push(archive);
  return archive;
};

afterEach(discardFolders);
afterAll(() => made.forEach(({ path }) => rmSync(dirname(path), { recursive: true })));

const archive = archiveOf(REPOSITORY);
const bytes = readFileSync(archive.path);
const entries = unzipSync(bytes);
const code = strFromU8(entries['index.js'] ?? new Uint8Array());

/** Where a function is bundled from. */
const parts = ['src/functions', 'tsconfig.json', 'package.json'];

/** Runs JavaScript in a process of its own, in which TypeScript can be required. */
const run = (script: string, env: NodeJS.ProcessEnv = {}) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--require', 'tsx/cjs', '-e', script], {
    cwd: REPOSITORY,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...env },
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
};

const source = JSON.stringify(join(REPOSITORY, 'src/provisioning/function-archive.ts'));

describe('the archive of a function', () => {
  test('holds one file, which the handler index.handler names', () => {
    expect(Object.keys(entries)).toEqual(['index.js']);
    expect(code).toContain('handler');
  });

  test('has the hash that Terraform compares', () => {
    expect(archive.hash).toBe(createHash('sha256').update(bytes).digest('base64'));
  });

  test('is made once', () => {
    const archives = functionArchives(REPOSITORY);
    made.push(archives('scaling'));
    expect(archives('scaling')).toBe(made.at(-1));
  });

  test('tells nothing of when, where and by whom it was made', () => {
    const file = bytes.readUInt32LE(bytes.length - 6);
    expect(bytes.readUInt32LE(file)).toBe(0x02014b50);
    // The oldest time of a zip file, and a file that everyone may read.
    expect(bytes.readUInt32LE(file + 12)).toBe((1 << 21) | (1 << 16));
    expect(bytes.readUInt32LE(file + 38) >>> 16).toBe(0o100644);
    expect(code).not.toContain(REPOSITORY);
    expect(code).not.toContain('node_modules');
  });

  test('is the same in another process, in another time zone, and under another mask', () => {
    const script = `process.umask(0o077); console.log(require(${source}).functionArchives('.')('scaling').hash)`;
    expect(run(script, { TZ: 'Pacific/Auckland' })).toBe(archive.hash);
  });

  test('is the same from a repository that lies elsewhere, and through a link', () => {
    const [copy, links] = [newFolder(), newFolder()];
    for (const path of parts) cpSync(join(REPOSITORY, path), join(copy, path), { recursive: true });
    symlinkSync(REPOSITORY, join(links, 'link'));
    for (const folder of [copy, join(links, 'link')]) expect(archiveOf(folder).hash).toBe(archive.hash);
  });

  test('is another one after a change of the code', () => {
    const copy = newFolder();
    for (const path of parts) cpSync(join(REPOSITORY, path), join(copy, path), { recursive: true });
    const file = join(copy, 'src/functions/scaling/scaler.ts');
    const changed = readFileSync(file, 'utf8').replace('there is no such group', 'it is gone');
    writeFileSync(file, changed);
    expect(archiveOf(copy).hash).not.toBe(archive.hash);
  });

  test('is not made of code that cannot be built', () => {
    const broken = newFolder({ 'src/functions/scaling/handler.ts': "import './missing';\n" });
    expect(() => functionArchives(broken)('scaling')).toThrow('Could not resolve "./missing"');
  });

  test('goes with its folder when the process ends', () => {
    const path = run(`
      const { path } = require(${source}).functionArchives('.')('scaling');
      if (!require('fs').existsSync(path)) throw new Error('it was never there');
      console.log(path);`);
    expect(path).toMatch(/scaling\.zip$/);
    expect(existsSync(join(path, '..'))).toBe(false);
  });

  test('costs nothing where no function is needed: esbuild is loaded with the first archive', () => {
    const loaded = run(`
      const { functionArchives } = require(${source});
      // What runs TypeScript here has esbuild too: it counts who asked for it.
      const { children } = require.cache[${source}];
      const has = () => children.some(({ id }) => id.includes('node_modules/esbuild/'));
      const archives = functionArchives('.');
      const before = has();
      archives('scaling');
      console.log(JSON.stringify([before, has()]));`);
    expect(JSON.parse(loaded)).toEqual([false, true]);
  });
});

describe('the code in it', () => {
  /** Runs the handler as Lambda does, with the SDK that its runtime brings. */
  const runHandler = (env: NodeJS.ProcessEnv) => {
    const index = join(newFolder({ 'index.js': code }), 'index.js');
    return run(`require(${JSON.stringify(index)}).handler({}).catch(({ message }) => console.log(message))`, {
      NODE_PATH: join(REPOSITORY, 'node_modules'),
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'nobody',
      ...env,
    });
  };

  test('is small, since the SDK is not in it', () => {
    expect(code).toContain('require("@aws-sdk/client-auto-scaling")');
    expect(bytes.length).toBeLessThan(30_000);
  });

  test('says what is wrong with its settings', () => {
    expect(runHandler({})).toBe('SETTINGS must be JSON, got nothing');
    expect(runHandler({ SETTINGS: '{"groupName":"a","metricsPort":0}' })).toContain(
      'SETTINGS.metricsPort must be a port, got 0',
    );
  });

  test('says that it has no way to an API', () => {
    const settings = {
      groupName: 'acme-dev-linux',
      metricsPort: 9252,
      namespace: 'GitLabRunner',
      headroomJobs: 2,
      idleTimeSeconds: 120,
      capacityPerInstance: 4,
    };
    const nobody = { SETTINGS: JSON.stringify(settings), AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
    expect(runHandler(nobody)).toMatch(
      /^Amazon EC2 Auto Scaling does not answer: .* \(interface endpoint autoscaling, or NAT\): .*ECONNREFUSED/,
    );
  });
});
