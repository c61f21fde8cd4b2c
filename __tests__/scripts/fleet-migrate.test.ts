import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { parsed, refusals, minimal } from '../support/environments';
import { REPOSITORY } from '../support/folders';
import { removeShells, shell } from './commands';

/** `npm run fleet -- migrate`, as a user starts it. */

jest.setTimeout(60_000);
afterEach(removeShells);

const aws = readFileSync(join(__dirname, '..', 'fixtures', 'docker-machine-config.toml'), 'utf8');

/** What must be nowhere: each stands in the fixture. */
const secrets = [
  'glrt-t0ken0fTheOldRunner',
  'AKIAABCDEFGHIJKLMNOP',
  'sEcReTaCcEsSkEy',
  'bG9naW46cGFzc3dvcmQ=',
  'npm_t0ken',
  'pa55w0rd',
  'glrt-t0ken0fAnotherRunner',
];

const run = (text: string, ...args: string[]) => {
  const at = shell();
  at.write('config.toml', text);
  return at.start('scripts/fleet.ts', ['migrate', 'config.toml', ...args]).ended;
};

/** What stands on stdout, as data. */
const pasted = (text: string): object =>
  JSON.parse(runInNewContext(`JSON.stringify({ ${text} })`) as string) as object;

const inFile = (entry: string): string =>
  `export default {\n  fleets: {\n${entry.replace(/^(?=.)/gm, '    ')}  },\n};\n`;

describe.each(['docker-autoscaler', 'docker-machine'])('as %s', (type) => {
  test('prints a fleet that can be pasted, and notes beside it', async () => {
    const { code, stdout, stderr } = await run(aws, '--type', type);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^builds: \\{\n {2}type: '${type}',\n`));
    const environment = { ...minimal(), fleets: pasted(stdout) };
    expect(refusals(environment)).toEqual([]);
    expect(parsed(environment).fleets).toMatchObject([{ name: 'builds', type, concurrent: 50 }]);
    for (const line of stderr.trim().split('\n')) expect(line).toMatch(/^config\.toml: [a-z]\S* \S/);
  });

  test('is formatted as this project formats', async () => {
    const { stdout } = await run(aws, '--type', type);
    const prettier = join(REPOSITORY, 'node_modules', 'prettier', 'bin', 'prettier.cjs');
    const formatted = spawnSync(process.execPath, [prettier, '--stdin-filepath', 'environments/x.ts'], {
      cwd: REPOSITORY,
      input: inFile(stdout),
      encoding: 'utf8',
    });
    expect(formatted.stderr).toBe('');
    expect(inFile(stdout)).toBe(formatted.stdout);
  });

  test('prints the same as JSON, for programs', async () => {
    const [json, text] = await Promise.all([run(aws, '--type', type, '--json'), run(aws, '--type', type)]);
    expect({ code: json.code, stderr: json.stderr }).toEqual({ code: 0, stderr: '' });
    const { fleet, notes } = JSON.parse(json.stdout) as { fleet: object; notes: object[] };
    expect({ builds: fleet }).toEqual(pasted(text.stdout));
    expect(notes).toHaveLength(text.stderr.trim().split('\n').length);
    expect(notes).toContainEqual({
      path: 'runners[0].machine.OffPeakPeriods',
      value: ['* * 0-9,18-23 * * mon-fri *'],
      note: 'has no successor: gitlab-runner has not read it since 14.0; periods with other numbers are [[runners.machine.autoscaling]]',
    });
  });

  test('has no secret in any output', async () => {
    const outputs = await Promise.all([run(aws, '--type', type), run(aws, '--type', type, '--json')]);
    for (const secret of secrets) {
      expect(aws).toContain(secret);
      for (const { stdout, stderr } of outputs) expect(stdout + stderr).not.toContain(secret);
    }
    expect(outputs[0].stderr).toContain('runners[0].token is a secret');
  });
});

test('makes docker-autoscaler of it unless it is told otherwise', async () => {
  const { stdout } = await run(aws, '--name', 'linux-builds');
  expect(stdout).toMatch(/^'linux-builds': \{\n {2}type: 'docker-autoscaler',\n/);
});

test('the whole autoscaler fleet of a usual file', async () => {
  const { stdout } = await run(aws, '--json');
  expect((JSON.parse(stdout) as { fleet: object }).fleet).toEqual({
    type: 'docker-autoscaler',
    logLevel: 'warning',
    tags: { team: 'platform' },
    runners: {
      'aws-builds-spot': {
        limit: 50,
        requestConcurrency: 2,
        environment: { DOCKER_DRIVER: 'overlay2', GREETING: "it's" },
        docker: {
          disableCache: true,
          image: 'ruby:3.3',
          privileged: true,
          pullPolicy: ['if-not-present'],
          volumes: ['/cache', '/certs/client'],
        },
        workers: {
          instanceTypes: ['m5.2xlarge'],
          spot: {},
          subnetIds: ['subnet-0a1b2c3d4e5f60719'],
          rootVolume: { sizeGib: 100 },
          maxUseCount: 10,
          policies: [
            { idleCount: 2, idleTimeSeconds: 1800 },
            {
              periods: ['* 9-17 * * mon-fri'],
              timezone: 'Europe/Berlin',
              idleCount: 5,
              idleTimeSeconds: 3600,
              scaleFactor: 1.5,
              scaleFactorLimit: 15,
            },
            { periods: ['* * * * sat,sun'], timezone: 'Europe/Berlin', idleTimeSeconds: 60 },
          ],
        },
      },
    },
  });
});

describe('refuses, with exit code 1 and without a stack trace or any of the text,', () => {
  const cases: [string, string, string[], string][] = [
    [
      'what is no TOML',
      'concurrent = 1\n[[runners]]\n  token = glrt-t0ken0fTheOldRunner\n',
      [],
      'config.toml: is not valid TOML: line 3, column 11',
    ],
    [
      'a key that stands twice',
      'token = "a"\ntoken = "glrt-t0ken0fTheOldRunner"\n',
      [],
      'config.toml: is not valid TOML: line 2, column 1',
    ],
    [
      'a file without Docker Machine',
      '[[runners]]\nexecutor = "shell"\n[[runners]]\nexecutor = "docker"\n',
      [],
      'config.toml: must have a runner whose executor is docker+machine; it has shell, docker',
    ],
    [
      'a file without runners',
      'concurrent = 1\n',
      [],
      'config.toml: must have a runner whose executor is docker+machine',
    ],
    [
      'a name that no fleet can have',
      '[[runners]]\nexecutor = "docker+machine"\n',
      ['--name', 'a b'],
      '--name must start with a letter and have only lower-case letters, digits and hyphens, got "a b"',
    ],
  ];
  test.each(cases)('%s', async (_, text, args, message) => {
    expect(await run(text, ...args)).toEqual({ code: 1, signal: null, stdout: '', stderr: `${message}\n` });
  });

  test('a file that is not there', async () => {
    const ended = await shell().start('scripts/fleet.ts', ['migrate', 'nowhere.toml']).ended;
    expect(ended).toMatchObject({
      code: 1,
      stdout: '',
      stderr: "nowhere.toml: can't be read: there is no such file\n",
    });
  });

  test('a name with which AWS names would be too long', async () => {
    const { code, stdout, stderr } = await run(
      '[[runners]]\nexecutor = "docker+machine"\n',
      '--name',
      'a'.repeat(70),
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^the fleet can't be printed: fleets\.a{70} makes the IAM role name .* AWS takes 64, got "a{70}"\n$/,
    );
  });
});

test.each([
  ['another type', ['--type', 'fargate']],
  ['no file', []],
])('refuses %s as wrong usage', async (_, args) => {
  const { code, stdout } = await shell().start('scripts/fleet.ts', ['migrate', ...args]).ended;
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});
