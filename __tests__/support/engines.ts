import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What tests run against and a machine may lack. */
export type Engine = 'terraform' | 'moto' | 'packer' | 'shellcheck';

interface Probed {
  /** How it is called; of moto, the Python that has it. */
  readonly path?: string;
  readonly missing?: string;
}

/** Preparing moto for the first time takes pip a minute or two. */
const TIMEOUT_SECONDS = 300;

const known = new Map<Engine, Probed>();

const probeNow = (engines: readonly Engine[]): Readonly<Record<string, Probed>> => {
  const loader = pathToFileURL(require.resolve('tsx')).href;
  const script = [join(__dirname, 'probe-engines.ts'), ...engines];
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', loader, ...script], {
    encoding: 'utf8',
    timeout: TIMEOUT_SECONDS * 1000,
  });
  if (stdout === '') {
    throw new Error(`The engines cannot be looked for: ${stderr}`);
  }
  return JSON.parse(stdout) as Record<string, Probed>;
};

/** Each engine is looked for once in a test file. */
const probe = <E extends Engine>(engines: readonly E[]): Readonly<Record<E, Probed>> => {
  const unknown = engines.filter((engine) => !known.has(engine));
  if (unknown.length > 0) {
    Object.entries(probeNow(unknown)).forEach(([engine, probed]) => known.set(engine as Engine, probed));
  }
  return Object.fromEntries(engines.map((engine) => [engine, known.get(engine)])) as Record<E, Probed>;
};

/**
 * A `describe` whose tests need these engines, and get their paths. Where one is missing the tests are
 * skipped and the name says why; with `CI=true` that is a failure, so that a pipeline can't skip unnoticed.
 */
export const describeWith = <E extends Engine>(
  engines: readonly E[],
  name: string,
  body: (paths: Readonly<Record<E, string>>) => void,
): void => {
  const probed = probe(engines);
  const missing = engines.map((engine) => probed[engine].missing).filter((reason) => reason !== undefined);
  if (missing.length === 0) {
    const paths = Object.fromEntries(engines.map((engine) => [engine, probed[engine].path]));
    describe(name, () => body(paths as Record<E, string>));
  } else if (process.env['CI'] === 'true') {
    test(name, () => {
      throw new Error(`CI=true and an engine is missing: ${missing.join(' ')}`);
    });
  } else {
    describe.skip(`${name} (skipped: ${missing.join(' ')})`, () => body({} as Record<E, string>));
  }
};
