import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { environmentsFolder, loadEnvironments } from '../../src/config/load';
import { REPOSITORY, discardFolders, fileOf, messagesOf, newFolder } from '../support/folders';
import { minimal, withFleet, withImage, withRunner } from '../support/environments';

afterEach(discardFolders);

const sound = fileOf(minimal());
const notTypeScript = 'is not valid TypeScript; npm run check:types shows the line';
const noDefault =
  'must export the environment as its default: export default { … } satisfies EnvironmentInput';
const noModule =
  'imports a module that cannot be found; an environment imports only files of its folder that start with _';
const naming =
  'must be named like an environment (lower-case letters, digits and hyphens, then .ts), or start with _ and end with .ts to be shared by them';
const noEnvironment = '<folder>: must have a file for at least one environment, such as dev.ts';

describe('a folder', () => {
  test('makes each file an environment, called as the file, in the order of names', () => {
    const folder = newFolder({ 'prod.ts': sound, 'dev-2.ts': sound, 'dev.ts': sound });
    expect(loadEnvironments(folder, folder).map(({ name, prefix }) => [name, prefix])).toEqual([
      ['dev-2', 'acme-dev-2'],
      ['dev', 'acme-dev'],
      ['prod', 'acme-prod'],
    ]);
  });

  test('that is missing is refused', () => {
    const folder = path.join(newFolder(), 'no');
    expect(messagesOf(folder)).toEqual([
      '<folder>: must be a folder with a file for each environment; make it, or set ENVIRONMENTS_DIR',
    ]);
  });

  test('that is a file is refused', () => {
    const folder = path.join(newFolder({ 'a.ts': sound }), 'a.ts');
    expect(messagesOf(folder)).toEqual([
      '<folder>: must be a folder with a file for each environment; make it, or set ENVIRONMENTS_DIR',
    ]);
  });

  test('without environments is refused', () => {
    expect(messagesOf(newFolder())).toEqual([noEnvironment]);
    expect(messagesOf(newFolder({ '_shared.ts': sound, 'examples/dev.ts': sound }))).toEqual([noEnvironment]);
  });

  test.each([
    'Prod.ts',
    'prod.js',
    'prod.json',
    '2.ts',
    'a_b.ts',
    'prod.d.ts',
    'README.md',
    '.DS_Store',
    '_shared.js',
    'prod.ts~',
  ])('with a stranger %s is refused', (name) => {
    expect(messagesOf(newFolder({ 'dev.ts': sound, [name]: sound }))).toEqual([
      `<folder>/${name}: ${naming}`,
    ]);
  });

  test('may have folders, which are not read', () => {
    const folder = newFolder({
      'dev.ts': sound,
      'examples/broken.ts': 'export default {',
      'Examples/README.md': '',
    });
    expect(loadEnvironments(folder, folder).map(({ name }) => name)).toEqual(['dev']);
  });

  test('may have shared files, which environments import', () => {
    const folder = newFolder({
      '_shared.ts': `export const base = ${JSON.stringify(minimal())};\n`,
      'dev.ts': "import { base } from './_shared';\nexport default { ...base, project: 'shared' };\n",
    });
    expect(loadEnvironments(folder, folder).map(({ project }) => project)).toEqual(['shared']);
  });

  test('may be named by ENVIRONMENTS_DIR', () => {
    const before = process.env.ENVIRONMENTS_DIR;
    try {
      delete process.env.ENVIRONMENTS_DIR;
      expect(environmentsFolder()).toBe('environments');
      process.env.ENVIRONMENTS_DIR = '';
      expect(environmentsFolder()).toBe('environments');
      process.env.ENVIRONMENTS_DIR = 'environments/examples';
      expect(environmentsFolder()).toBe('environments/examples');
    } finally {
      if (before === undefined) delete process.env.ENVIRONMENTS_DIR;
      else process.env.ENVIRONMENTS_DIR = before;
    }
  });
});

describe('the environments of this repository', () => {
  test.each([
    ['environments', ['dev', 'prod']],
    ['environments/examples', ['ami-fleet']],
  ])('%s is sound', (folder, names) => {
    const loaded = loadEnvironments(path.join(REPOSITORY, folder), REPOSITORY);
    expect(loaded.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
  });

  test('are named as they stand in the repository', () => {
    const folder = 'environments';
    expect(path.resolve(folder)).toBe(path.join(REPOSITORY, folder));
    expect(loadEnvironments(folder, REPOSITORY).length).toBeGreaterThan(1);
  });
});

describe('a file', () => {
  test.each([
    ['does not parse', 'export default {', notTypeScript],
    ['has text that is no TypeScript', 'hello there, this is not code', notTypeScript],
    ['exports nothing', 'const a = 1;\nvoid a;\n', noDefault],
    ['exports another name', 'export const environment = {};\n', noDefault],
    ['is empty', '', noDefault],
    ['exports as CommonJS a value without default', 'module.exports = 5;\n', noDefault],
    ['imports a package that is missing', "import 'no-such-package';\nexport default {};\n", noModule],
    ['imports a file that is missing', "import { a } from './_missing';\nexport default a;\n", noModule],
    ['throws', "throw new Error('no luck');\n", 'throws while it is loaded: no luck'],
    ['throws several lines', "throw new Error('one\\ntwo');\n", 'throws while it is loaded: one'],
    ['throws no error', "throw 'no luck';\n", 'throws while it is loaded'],
    ['throws a token', "throw new Error('bad glrt-SECRET');\n", 'throws while it is loaded: bad [redacted]'],
    [
      'reads a property of nothing',
      'const a: any = undefined;\nexport default a.b;\n',
      "throws while it is loaded: Cannot read properties of undefined (reading 'b')",
    ],
    [
      'calls what throws',
      "JSON.parse('{');\nexport default {};\n",
      expect.stringMatching(/: throws while it is loaded: .*JSON/),
    ],
  ])('that %s is refused', (_, content, message: unknown) => {
    const expected = typeof message === 'string' ? `<folder>/dev.ts: ${message}` : message;
    expect(messagesOf(newFolder({ 'dev.ts': content }))).toEqual([expected]);
  });

  test('whose shared file throws is refused in words of our own', () => {
    const folder = newFolder({
      '_shared.ts': "throw new Error('no luck');\n",
      'dev.ts': "import { a } from './_shared';\nexport default a;\n",
    });
    expect(messagesOf(folder)).toEqual(['<folder>/dev.ts: throws while it is loaded: no luck']);
  });

  test.each([
    ['undefined', 'is required, got undefined'],
    ['null', 'must be an object, got null'],
    ['[]', 'must be an object, got []'],
    ['5', 'must be an object, got 5'],
    ["'dev'", 'must be an object, got "dev"'],
  ])('that exports %s is refused', (value, message) => {
    expect(messagesOf(newFolder({ 'dev.ts': `export default ${value};\n` }))).toEqual([
      `<folder>/dev.ts: ${message}`,
    ]);
  });
});

test('all errors of all files come at once, beside strangers', () => {
  const folder = newFolder({
    'a.ts': fileOf({ ...minimal(), project: 'A', logs: { retentionDays: 2.5 } }),
    'b.ts': sound,
    'c.ts': 'export default {',
    'd.ts': fileOf({ ...minimal(), extra: true }),
    'README.md': '',
  });
  expect(messagesOf(folder)).toEqual([
    `<folder>/README.md: ${naming}`,
    expect.stringMatching(/^<folder>\/a\.ts: project must start with a letter .*, got "A"$/),
    expect.stringMatching(/^<folder>\/a\.ts: logs\.retentionDays must be one of .*, got 2\.5$/),
    `<folder>/c.ts: ${notTypeScript}`,
    '<folder>/d.ts: extra is not a known key, got true',
  ]);
});

describe('two environments that claim the account’s session document', () => {
  const claim = (aws: object) =>
    fileOf({ ...minimal(), aws, sessionLogging: { document: 'account-default' } });
  const message =
    '<folder>/two.ts: sessionLogging.document must not be account-default in two environments of one account and region: there is only one such document (<folder>/one.ts), got "account-default"';
  const one = { region: 'eu-central-1', accountId: '111122223333' };

  test.each([
    ['of the same account', one, one],
    ['of an unknown account', one, { region: 'eu-central-1' }],
    ['of two unknown accounts', { region: 'eu-central-1' }, { region: 'eu-central-1' }],
  ])('%s are refused', (_, first, second) => {
    expect(messagesOf(newFolder({ 'one.ts': claim(first), 'two.ts': claim(second) }))).toEqual([message]);
  });

  test.each([
    ['accounts', one, { ...one, accountId: '444455556666' }],
    ['regions', one, { ...one, region: 'eu-west-1' }],
  ])('in two %s are fine', (_, first, second) => {
    expect(messagesOf(newFolder({ 'one.ts': claim(first), 'two.ts': claim(second) }))).toEqual([]);
  });

  test('one claim beside an own document is fine', () => {
    expect(messagesOf(newFolder({ 'one.ts': claim(one), 'two.ts': sound }))).toEqual([]);
  });
});

describe('two environments that make one name', () => {
  const fleet = minimal().fleets.linux;
  const region = { region: 'eu-central-1' };

  test('for fleets are refused', () => {
    const folder = newFolder({
      'prod.ts': fileOf({ ...minimal(), fleets: { 'eu-linux': fleet } }),
      'prod-eu.ts': fileOf({ ...minimal(), fleets: { linux: fleet } }),
    });
    const [first, ...more] = messagesOf(folder);
    expect(first).toBe(
      '<folder>/prod.ts: fleets.eu-linux makes the name acme-prod-eu-linux, as another environment of the same account and region does (<folder>/prod-eu.ts), got "eu-linux"',
    );
    for (const message of more) expect(message).toContain('acme-prod-eu-linux');
  });

  test('for IAM roles are refused in different regions too: roles belong to an account', () => {
    const folder = newFolder({
      'prod.ts': fileOf({ ...minimal(), fleets: { 'eu-linux': fleet } }),
      'prod-eu.ts': fileOf({ ...minimal(), aws: { region: 'eu-west-1' }, network: minimal().network }),
    });
    expect(messagesOf(folder)[0]).toContain('acme-prod-eu-linux');
  });

  test('for secrets are refused', () => {
    const folder = newFolder({
      'prod.ts': fileOf(withRunner({ token: { secretName: 'eu-token' } })),
      'prod-eu.ts': fileOf(withRunner({ token: { secretName: 'token' } })),
    });
    expect(messagesOf(folder)[0]).toContain('acme-prod-eu-token');
  });

  test('for the log group of sessions are refused', () => {
    const folder = newFolder({
      'prod.ts': fileOf({ ...minimal(), fleets: { 'eu-ec2-session': fleet } }),
      'prod-eu.ts': sound,
    });
    expect(messagesOf(folder)[0]).toContain('acme-prod-eu-ec2-session');
  });

  test('for everything are refused', () => {
    const folder = newFolder({
      'x.ts': fileOf({ ...minimal(), project: 'acme-prod', fleets: { a: fleet } }),
      'prod-x.ts': fileOf({ ...minimal(), fleets: { b: fleet } }),
    });
    expect(messagesOf(folder)[0]).toContain('acme-prod-x');
  });

  test('in two accounts are fine', () => {
    const folder = newFolder({
      'prod.ts': fileOf({
        ...minimal(),
        aws: { ...region, accountId: '111122223333' },
        fleets: { 'eu-linux': fleet },
      }),
      'prod-eu.ts': fileOf({ ...minimal(), aws: { ...region, accountId: '444455556666' } }),
    });
    expect(messagesOf(folder)).toEqual([]);
  });

  test('are fine where nothing is the same', () => {
    expect(messagesOf(newFolder({ 'prod.ts': sound, 'prod-eu.ts': sound }))).toEqual([]);
  });
});

describe('files that environments refer to', () => {
  const none = 'must be a file inside the repository; there is none';
  const link = 'must be a file inside the repository; it is a link out of it';
  const script = (source: string) => fileOf(withImage({ scripts: [source] }));

  test('are taken from the repository', () => {
    const folder = newFolder({ 'env/dev.ts': script('images/a.sh'), 'images/a.sh': '' });
    expect(messagesOf(path.join(folder, 'env'), folder)).toEqual([]);
  });

  test.each([
    ['are refused when they are missing', 'images/b.sh', none],
    ['are refused when they are folders', 'images', none],
    ['are refused when they link out of it', 'images/link.sh', link],
    ['are refused behind a folder that links out of it', 'out/a.sh', link],
    ['are refused when their link leads nowhere', 'images/dangling.sh', none],
  ])('%s', (_, source, rule) => {
    const outside = newFolder({ 'a.sh': '' });
    const folder = newFolder({ 'env/dev.ts': script(source), 'images/a.sh': '' });
    fs.symlinkSync(path.join(outside, 'a.sh'), path.join(folder, 'images/link.sh'));
    fs.symlinkSync(outside, path.join(folder, 'out'));
    fs.symlinkSync(path.join(outside, 'no'), path.join(folder, 'images/dangling.sh'));
    expect(messagesOf(path.join(folder, 'env'), folder)).toEqual([
      `${path.join(folder, 'env')}/dev.ts: images.base.scripts[0] ${rule}, got "${source}"`.replace(
        path.join(folder, 'env'),
        '<folder>',
      ),
    ]);
  });

  test('may be links inside it', () => {
    const folder = newFolder({ 'env/dev.ts': script('images/link.sh'), 'images/a.sh': '' });
    fs.symlinkSync('a.sh', path.join(folder, 'images/link.sh'));
    expect(messagesOf(path.join(folder, 'env'), folder)).toEqual([]);
  });

  test('are looked at for stock images, source by source', () => {
    const files = [
      { source: 'a', destination: '/a' },
      { source: 'b', destination: '/b' },
    ];
    const folder = newFolder({
      a: '',
      'env/dev.ts': fileOf(withFleet({ image: { stock: 'amazon-linux-2023', files } })),
    });
    expect(messagesOf(path.join(folder, 'env'), folder)).toEqual([
      `<folder>/dev.ts: fleets.linux.image.files[1].source ${none}, got "b"`,
    ]);
  });
});

describe('the app', () => {
  interface Result {
    readonly status: number | null;
    readonly stdout: string;
    readonly stderr: string;
  }

  /** What `cdktf synth` runs. */
  function synth(environments: string, outdir: string, cwd = REPOSITORY): Result {
    const env = { ...process.env, ENVIRONMENTS_DIR: environments, CDKTF_OUTDIR: outdir };
    const loader = require.resolve('tsx');
    const command = ['--import', loader, path.join(REPOSITORY, 'main.ts')];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, {
      cwd,
      env,
      encoding: 'utf8',
      timeout: 60_000,
    });
    return { status, stdout, stderr: stderr.replaceAll(environments, '<folder>') };
  }

  test('writes sound environments, and takes all of them away when one is broken', () => {
    const outdir = newFolder();
    const first = synth(newFolder({ 'one.ts': sound, 'two.ts': sound }), outdir);
    expect(first).toMatchObject({ status: 0, stderr: '' });
    for (const name of ['one', 'two'])
      expect(fs.existsSync(path.join(outdir, 'stacks', name, 'cdk.tf.json'))).toBe(true);

    const broken = newFolder({
      'one.ts': sound,
      'two.ts': fileOf({ ...minimal(), extra: 1 }),
      'three.ts': 'export default {',
      'four.ts': "import { a } from './_four';\nexport default a;\n",
      '_four.ts': 'export const a = {',
      'five.ts': "import './missing';\nexport default {};\n",
      'six.ts': "throw new Error('no luck');\n",
      'README.md': '',
    });
    const second = synth(broken, outdir);
    expect(second.stderr.trimEnd().split('\n')).toEqual([
      `<folder>/README.md: ${naming}`,
      `<folder>/five.ts: ${noModule}`,
      `<folder>/four.ts: ${notTypeScript}`,
      '<folder>/six.ts: throws while it is loaded: no luck',
      `<folder>/three.ts: ${notTypeScript}`,
      '<folder>/two.ts: extra is not a known key, got 1',
    ]);
    expect(second).toMatchObject({ status: 1, stdout: '' });
    expect(fs.existsSync(path.join(outdir, 'stacks'))).toBe(false);
    expect(fs.existsSync(path.join(outdir, 'manifest.json'))).toBe(false);
  }, 30_000);

  test('refuses user data that is too large in the same way, with the number', () => {
    const outdir = newFolder();
    const noise = Array.from({ length: 12000 }, (_, index) => Math.sin(index).toString(36).slice(2)).join('');
    const environments = newFolder({
      'dev.ts': fileOf(withRunner({ preBuildScript: noise })),
      'two.ts': sound,
    });
    const result = synth(environments, outdir);
    expect(result.stderr).toMatch(
      /^<folder>\/dev\.ts: fleets\.linux must not make user data larger than 16384 bytes \(build an image with Packer, or carry less\), got \d{5,6}\n$/,
    );
    expect(result.status).toBe(1);
    expect(fs.readdirSync(outdir)).toEqual([]);
  }, 30_000);

  test('leaves nothing that deploy would take when it fails over something unforeseen either', () => {
    const outdir = newFolder({ 'stacks/dev/cdk.tf.json': '{}', 'manifest.json': '{}' });
    const file = "export default { get project() { throw new Error('no luck'); } };\n";
    const result = synth(newFolder({ 'dev.ts': file }), outdir);
    expect(result.stderr).toContain('no luck');
    expect(result.status).toBe(1);
    expect(fs.existsSync(path.join(outdir, 'stacks'))).toBe(false);
  }, 30_000);

  test('reads scripts from the repository whatever the working directory is', () => {
    const outdir = newFolder();
    const environments = newFolder({
      'dev.ts': fileOf(withImage({ scripts: ['__tests__/fixtures/user/tools.sh'] })),
    });
    expect(synth(environments, outdir, newFolder())).toMatchObject({ status: 0, stderr: '' });
  }, 30_000);
});
