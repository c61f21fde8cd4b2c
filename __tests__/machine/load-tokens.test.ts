import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  Background,
  PACKER,
  calls,
  discardMachines,
  filesUnder,
  filesWith,
  folderOnDisk,
  newMachine,
  readIfThere,
  run,
  stub,
  until,
  watch,
  type Machine,
  type Outcome,
} from '../support/machine';

const LOADER = path.join(PACKER, 'files/usr/local/lib/gitlab-runner-aws/load-tokens.sh');
const TOKEN = 'glrt-canary_one-0123456789.AB';
const OTHER = 'glrt-canary_two-9876543210.CD';
const THIRD = 'glrt-canary_six-5555555555.EF';
const SECRET_ARN = 'arn:aws:secretsmanager:eu-west-3:111122223333:secret:given-AbCdEf';
const PARAMETER_ARN = 'arn:aws-us-gov:ssm:us-gov-west-1:111122223333:parameter/ci/token';
const NO_VALUE =
  "An error occurred (ResourceNotFoundException) when calling the GetSecretValue operation: Secrets Manager can't find the specified secret value for staging label: AWSCURRENT";
const failure = (code: string): string =>
  `\nAn error occurred (${code}) when calling the GetSecretValue operation: some words`;

/** Everything that the loader starts besides `aws`. */
const OTHER_COMMANDS = ['cut', 'mktemp', 'mv', 'paste', 'rm', 'sleep', 'stat', 'touch'];

let machine: Machine;

beforeEach(() => {
  machine = newMachine();
  for (const name of OTHER_COMMANDS) watch(machine, name);
  const body = `
    for ((i = 1; i <= $#; i++)); do [[ \${!i} == --secret-id || \${!i} == --name ]] && n=$((i + 1)); done
    id=\${!n} file='${machine.aws}'/\${id//[:\\/]/_}
    if [[ -e $file.hang ]]; then exec sleep 60; fi
    if [[ -e $file.error ]]; then cat "$file.error" >&2; exit 254; fi
    if [[ -e $file ]]; then cat "$file"; echo; exit; fi
    echo "${NO_VALUE}" >&2
    exit 254`;
  stub(machine, 'aws', body);
});

afterEach(discardMachines);

const answer = (id: string): string => path.join(machine.aws, id.replace(/[:/]/g, '_'));

/** Sets what AWS says of a secret or parameter, in one step, as AWS does. */
function set(id: string, value: string): void {
  fs.rmSync(`${answer(id)}.error`, { force: true });
  fs.writeFileSync(`${answer(id)}.new`, value);
  fs.renameSync(`${answer(id)}.new`, answer(id));
}

function fail(id: string, message: string): void {
  fs.writeFileSync(`${answer(id)}.error`, message);
}

const config = (): string => path.join(machine.runDir, 'config.toml');
const template = (): string => path.join(machine.dir, 'config.template.toml');

function block(name: string, source: string, token: string): string {
  return `#: runner ${name} ${source}
[[runners]]
  name = "acme-prod-linux-${name}"
  token = "${token}"
  environment = ["A=@token@", "@token@"]
  [runners.docker]
    image = "alpine:3.22"
`;
}

type Runners = Record<string, { source: string; token?: string }>;

const text = (runners: Runners): string =>
  'concurrent = 4\nlog_format = "json"\n\n' +
  Object.entries(runners)
    .map(([name, { source, token }]) => block(name, source, token ?? '@token@'))
    .join('\n');

const ONE: Runners = { default: { source: 'secretsmanager acme-prod-token' } };
const TWO: Runners = {
  first: { source: 'secretsmanager acme/first' },
  second: { source: 'secretsmanager acme/second' },
};

const settings = (): Record<string, string> => ({
  RUN_DIR: machine.runDir,
  TEMPLATE: template(),
  RETRY_SECONDS: '0.05',
  REFRESH_SECONDS: '1',
  AWS_REGION: 'eu-central-1',
});

function once(runners: Runners, bash: string[] = [], extra: Record<string, string> = {}): Outcome {
  fs.writeFileSync(template(), text(runners), { mode: 0o600 });
  return run(machine, ['bash', ...bash, LOADER, '--once'], { ...settings(), ...extra });
}

function loop(runners: Runners, extra: Record<string, string> = {}): Background {
  fs.writeFileSync(template(), text(runners), { mode: 0o600 });
  return new Background(machine, ['bash', LOADER], { ...settings(), ...extra });
}

const written = (): string => fs.readFileSync(config(), 'utf8');
const identity = (): { inode: bigint; mtime: bigint } => {
  const { ino, mtimeNs } = fs.statSync(config(), { bigint: true });
  return { inode: ino, mtime: mtimeNs };
};
const withTokens = (runners: Runners, tokens: string[]): string =>
  text(
    Object.fromEntries(
      Object.entries(runners).map(([name, { source }], index) => [
        name,
        { source, token: tokens[index] ?? '' },
      ]),
    ),
  );

/** Whether a `sleep` that this machine's loader started still runs. */
function sleeping({ dir }: Machine): boolean {
  const processes = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return processes.some((id) => {
    try {
      const of = (file: string): string => fs.readFileSync(`/proc/${id}/${file}`, 'utf8');
      return of('cmdline').includes('sleep') && of('environ').includes(dir);
    } catch {
      return false; // ended meanwhile
    }
  });
}

/** The promise about tokens: nowhere but in the one file in memory. */
function expectNoTokenOutside(said: string): void {
  for (const token of [TOKEN, OTHER, THIRD]) {
    expect(filesWith(machine.dir, token)).toEqual([]);
    expect(filesWith(machine.runDir, token).filter((file) => file !== config())).toEqual([]);
    expect(said).not.toContain(token);
  }
  expect(calls(machine, 'aws ').length).toBeGreaterThan(0);
  expect(readIfThere(path.join(machine.dir, 'records.environment'))).toContain('AWS_REGION=eu-central-1');
}

describe('the token loader writes the configuration', () => {
  test('with the token when there is one, readable by its owner only', () => {
    set('acme-prod-token', TOKEN);
    const { status, stdout, stderr } = once(ONE);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(written()).toBe(withTokens(ONE, [TOKEN]));
    expect(fs.statSync(config()).mode & 0o777).toBe(0o600);
    expect(filesUnder(machine.runDir)).toEqual([config()]);
    expect(stdout).toContain('runner default: ok, token read from acme-prod-token');
    expectNoTokenOutside(stdout + stderr);
  });

  test('whatever white space stands around the token', () => {
    set('acme-prod-token', ` \t\n${TOKEN} \r\n\n`);
    expect(once(ONE).status).toBe(0);
    expect(written()).toBe(withTokens(ONE, [TOKEN]));
  });

  test('for every runner, from Secrets Manager and Parameter Store', () => {
    const runners: Runners = {
      secret: { source: 'secretsmanager acme-prod-token' },
      given: { source: `secretsmanager ${SECRET_ARN}` },
      parameter: { source: `ssm ${PARAMETER_ARN}` },
    };
    set('acme-prod-token', TOKEN);
    set(SECRET_ARN, OTHER);
    set(PARAMETER_ARN, THIRD);
    expect(once(runners).status).toBe(0);
    expect(written()).toBe(withTokens(runners, [TOKEN, OTHER, THIRD]));
    const [byName, byArn, parameter] = calls(machine, 'aws ');
    expect(byName).toContain(
      'secretsmanager get-secret-value --query SecretString --secret-id acme-prod-token',
    );
    expect(byName).not.toContain('--region');
    expect(byArn).toContain(`--region eu-west-3 secretsmanager get-secret-value`);
    expect(byArn).toContain(`--secret-id ${SECRET_ARN}`);
    expect(parameter).toContain('--region us-gov-west-1 ssm get-parameter --with-decryption');
    expect(parameter).toContain(`--query Parameter.Value --name ${PARAMETER_ARN}`);
    for (const call of [byName, byArn, parameter]) {
      expect(call).toMatch(/--cli-connect-timeout \d+ --cli-read-timeout \d+ --output text/);
    }
  });

  test('again when the value changes, as a new file with a newer time', () => {
    set('acme-prod-token', TOKEN);
    once(ONE);
    const before = identity();
    set('acme-prod-token', OTHER);
    expect(once(ONE).status).toBe(0);
    expect(written()).toBe(withTokens(ONE, [OTHER]));
    expect(identity().inode).not.toBe(before.inode);
    expect(identity().mtime).toBeGreaterThan(before.mtime);
  });

  test('with a newer time even after the clock was set back', () => {
    set('acme-prod-token', TOKEN);
    once(ONE);
    const future = new Date(Date.now() + 3_600_000);
    fs.utimesSync(config(), future, future);
    const before = identity();
    set('acme-prod-token', OTHER);
    once(ONE);
    expect(written()).toContain(OTHER);
    expect(identity().mtime).toBeGreaterThan(before.mtime);
  });

  test('not again when nothing has changed', () => {
    set('acme-prod-token', TOKEN);
    once(ONE);
    const before = identity();
    const { status, stdout } = once(ONE);
    expect(status).toBe(0);
    expect(calls(machine, 'aws ')).toHaveLength(2);
    expect(identity()).toEqual(before);
    expect(stdout).not.toContain('wrote');
  });

  test('without a runner that has no value yet, so that the others start', () => {
    set('acme/second', TOKEN);
    const { status, stdout } = once(TWO);
    expect(status).toBe(1);
    expect(stdout).toContain('runner first: no value yet in acme/first, waiting for it');
    expect(stdout).toContain('runner second: ok');
    expect(stdout).toContain('1 of 2 runners have a token');
    expect(written()).toBe(withTokens({ second: { source: 'secretsmanager acme/second' } }, [TOKEN]));
    set('acme/first', OTHER);
    expect(once(TWO).status).toBe(0);
    expect(written()).toBe(withTokens(TWO, [OTHER, TOKEN]));
  });
});

describe('the token loader keeps the present token and says why', () => {
  const REFUSED = 'runner default: value of acme-prod-token refused: not an authentication token (glrt-…)';
  test.each([
    ['a registration token', 'GR1348941canary_Registration'],
    ['a token made by registration', 'glrtr-canary_registered'],
    ['an empty value', ''],
    ['white space', ' \n\t'],
    ['two lines', `glrt-canary_line1\nglrt-canary_line2`],
    ['TOML after the token', `glrt-canary"\nurl = "https://evil.example`],
    ['a JSON document', `{"token":"glrt-canary_json"}`],
    ['letters outside of ASCII', 'glrt-canaryé'],
    ['nothing but the prefix', 'glrt-'],
  ])('when the value is %s', (_what, value) => {
    set('acme-prod-token', TOKEN);
    once(ONE);
    const before = identity();
    set('acme-prod-token', value);
    const { status, stdout, stderr } = once(ONE);
    expect(status).toBe(1);
    expect(stdout).toContain(REFUSED);
    expect(stdout).toContain(
      'Registration tokens (GR1348941…) and glrtr-… are not accepted: create the runner',
    );
    expect(stdout).toContain('the present token stays');
    expect(stdout + stderr).not.toContain('canary');
    expect(written()).toBe(withTokens(ONE, [TOKEN]));
    expect(identity()).toEqual(before);
  });

  test.each([
    ['AWS throttles', failure('ThrottlingException'), 'ThrottlingException'],
    ['access is denied', failure('AccessDeniedException'), 'AccessDeniedException'],
    [
      'the secret does not exist',
      "An error occurred (ResourceNotFoundException) when calling the GetSecretValue operation: Secrets Manager can't find the specified secret.",
      'ResourceNotFoundException',
    ],
    [
      'the machine has no role',
      'Unable to locate credentials. You can configure credentials',
      'Unable to locate credentials',
    ],
    ['AWS is out of reach', 'Could not connect to the endpoint URL: "https://x"', 'Could not connect'],
    ['the call says nothing known', 'Segmentation fault', 'exit status 254'],
  ])('when %s', (_what, message, code) => {
    set('acme-prod-token', TOKEN);
    once(ONE);
    const before = identity();
    fail('acme-prod-token', message);
    const { status, stdout } = once(ONE);
    expect(status).toBe(1);
    expect(stdout).toContain(
      `runner default: could not be read from acme-prod-token (${code}); the present token stays`,
    );
    expect(identity()).toEqual(before);
  });

  test('of one runner while another gets a new one', () => {
    set('acme/first', TOKEN);
    set('acme/second', OTHER);
    once(TWO);
    fail('acme/first', failure('ThrottlingException'));
    set('acme/second', THIRD);
    expect(once(TWO).status).toBe(1);
    expect(written()).toBe(withTokens(TWO, [TOKEN, THIRD]));
  });

  test('but never that of another secret', () => {
    set('acme-prod-token', TOKEN);
    once(ONE);
    const moved: Runners = {
      default: { source: 'secretsmanager acme-prod-moved' },
      more: { source: 'secretsmanager acme/first' },
    };
    set('acme/first', OTHER);
    once(moved);
    expect(written()).not.toContain(TOKEN);
    expect(written()).toContain(OTHER);
  });
});

describe('the token loader refuses', () => {
  test('to write to a disk, before it has read a token', () => {
    const folder = folderOnDisk();
    if (folder === undefined) {
      console.warn('skipped: no folder here is on a disk');
      return;
    }
    const onDisk = fs.mkdtempSync(path.join(folder, 'machine-disk-'));
    try {
      set('acme-prod-token', TOKEN);
      const { status, stderr } = once(ONE, [], { RUN_DIR: onDisk });
      expect(status).toBe(1);
      expect(stderr).toContain(`${onDisk} is not in memory (tmpfs): no token is written to a disk`);
      expect(calls(machine, 'aws ')).toEqual([]);
      expect(fs.readdirSync(onDisk)).toEqual([]);
    } finally {
      fs.rmSync(onDisk, { recursive: true });
    }
  });

  test('a folder that is missing', () => {
    const { status, stderr } = once(ONE, [], { RUN_DIR: path.join(machine.runDir, 'missing') });
    expect(status).toBe(1);
    expect(stderr).toContain('is missing: systemd-tmpfiles makes it');
  });

  test.each([
    ['without runners', 'concurrent = 1\n', 'no runner in it'],
    [
      'with a marker that it does not know',
      '#: runner a vault b\n',
      "not a runner's marker: #: runner a vault b",
    ],
    ['with a runner without token line', '#: runner a ssm b\n[[runners]]\n', 'one token line, got 0'],
    [
      'with two token lines in one runner',
      '#: runner a ssm b\ntoken = "@token@"\n token = "@token@"\n',
      'one token line, got 2',
    ],
  ])('a template %s', (_what, content, message) => {
    fs.writeFileSync(template(), content);
    const { status, stderr } = run(machine, ['bash', LOADER, '--once'], settings());
    expect(status).toBe(1);
    expect(stderr).toContain(message);
    expect(calls(machine, 'aws ')).toEqual([]);
  });
});

describe('the token loader, running', () => {
  test('says once what it waits for, and picks up a value that is set later', async () => {
    const loader = loop(ONE);
    await until('several looks', () => calls(machine, 'aws ').length > 4);
    expect(fs.existsSync(config())).toBe(false);
    const said = loader.output.split('\n').filter((line) => line !== '');
    expect(said).toHaveLength(2);
    expect(said[0]).toContain('runner default: no value yet in acme-prod-token, waiting for it');
    expect(said[1]).toContain('no runner has a token');
    expect(said[1]).toMatch(/Looking every 0\.05 s for: acme-prod-token$/);
    set('acme-prod-token', TOKEN);
    await until('the configuration', () => readIfThere(config()) !== '');
    expect(written()).toBe(withTokens(ONE, [TOKEN]));
    await until('the next message', () => loader.output.includes('wrote'));
    expect(loader.ended).toBeUndefined();
    expectNoTokenOutside(loader.output);
  });

  test('picks up a value that is changed, and says each failure once', async () => {
    set('acme-prod-token', TOKEN);
    const loader = loop(ONE);
    await until('the configuration', () => readIfThere(config()).includes(TOKEN));
    fail('acme-prod-token', failure('ThrottlingException'));
    await until('the failure', () =>
      loader.output.includes('(ThrottlingException); the present token stays'),
    );
    const looks = calls(machine, 'aws ').length;
    await until('more looks', () => calls(machine, 'aws ').length > looks + 3);
    expect(loader.output.match(/ThrottlingException/g)).toHaveLength(1);
    expect(written()).toContain(TOKEN);
    set('acme-prod-token', OTHER);
    await until('the new token', () => written().includes(OTHER));
    expectNoTokenOutside(loader.output);
  });

  test('looks often while a value is missing, and seldom, with jitter, after that', async () => {
    loop(ONE);
    await until('waiting', () => calls(machine, 'sleep ').length > 1);
    set('acme-prod-token', TOKEN);
    await until('rest', () => calls(machine, 'sleep ').filter((call) => call !== 'sleep 0.05').length > 1);
    const pauses = calls(machine, 'sleep ').map((call) => Number(call.slice('sleep '.length)));
    expect(pauses[0]).toBe(0.05);
    for (const pause of pauses.filter((seconds) => seconds !== 0.05)) {
      expect(pause).toBeGreaterThanOrEqual(0.8);
      expect(pause).toBeLessThanOrEqual(1.2);
    }
  });

  test('looks every 30 seconds, then every 5 minutes, unless it is told otherwise', () => {
    const script = fs.readFileSync(LOADER, 'utf8');
    expect(script).toContain('RETRY_SECONDS=${RETRY_SECONDS:-30}');
    expect(script).toContain('REFRESH_SECONDS=${REFRESH_SECONDS:-300}');
  });

  test.each([['while it sleeps', false] as const, ['while AWS does not answer', true] as const])(
    'ends at once on SIGTERM %s, and leaves nothing behind',
    async (_when, hanging) => {
      set('acme-prod-token', TOKEN);
      if (hanging) fs.writeFileSync(`${answer('acme-prod-token')}.hang`, '');
      const loader = loop(ONE, { REFRESH_SECONDS: '60' });
      // Sleeping: the stub that plays AWS when it hangs, or the loader's own pause.
      await until('sleep', () => calls(machine, 'sleep ').length > 0);
      loader.kill('SIGTERM');
      await until('the end', () => loader.ended !== undefined, 5_000);
      expect(loader.ended).toBe(0);
      await until('the end of its child', () => !sleeping(machine), 5_000);
      expect(filesUnder(machine.runDir)).toEqual(hanging ? [] : [config()]);
    },
  );
});

describe('no token gets out of the token loader', () => {
  test('by its own process or its children while it runs', async () => {
    set('acme-prod-token', TOKEN);
    const loader = loop(ONE);
    await until('the configuration', () => readIfThere(config()).includes(TOKEN));
    await until('sleep', () => calls(machine, 'sleep ').length > 0);
    const proc = (file: string): string => fs.readFileSync(`/proc/${String(loader.pid)}/${file}`, 'utf8');
    expect(proc('environ')).toContain('AWS_REGION');
    expect(proc('environ') + proc('cmdline')).not.toContain(TOKEN);
    expectNoTokenOutside(loader.output);
  });

  test.each([
    ['traced by bash -x', ['-x'], {}],
    ['traced by bash -xv', ['-xv'], {}],
    ['traced by its environment', [], { SHELLOPTS: 'xtrace:verbose' }],
    ['told to export all variables', ['-a'], {}],
    [
      'started with variables of the names that it uses',
      [],
      { value: 'x', content: 'x', line: 'x', present: 'x', known: 'x', tokens: 'x', marker: 'x', keep: 'x' },
    ],
  ])('when it is %s', (_how, bash, extra: Record<string, string>) => {
    set('acme/first', TOKEN);
    set('acme/second', OTHER);
    const first = once(TWO, bash, extra);
    set('acme/second', THIRD);
    fail('acme/first', failure('AccessDeniedException'));
    const second = once(TWO, bash, extra);
    expect(written()).toBe(withTokens(TWO, [TOKEN, THIRD]));
    expectNoTokenOutside(first.stdout + first.stderr + second.stdout + second.stderr);
  });

  test('unseen by these tests: the search finds the token in the one file that has it', () => {
    set('acme-prod-token', TOKEN);
    once(ONE);
    expect(filesWith(machine.runDir, TOKEN)).toEqual([config()]);
    expect(calls(machine, 'mv ')).toHaveLength(1);
  });

  test('through commands that these tests do not watch', () => {
    const script = fs.readFileSync(LOADER, 'utf8');
    const unwatched =
      /\b(env|printenv|tee|logger|curl|sed|awk|grep|cp|install|jq|python3?|xargs|eval|export)\b/;
    const code = script.replace(/^\s*#.*$| # .*$/gm, '').replace(/"[^"]*"/g, '""');
    expect(code).toContain('mktemp ""');
    expect(code).not.toMatch(unwatched);
    expect(code).not.toMatch(/(^|[\s(;|&])\/(usr|bin|sbin)\//m);
    expect(script).not.toContain('<<');
  });
});
