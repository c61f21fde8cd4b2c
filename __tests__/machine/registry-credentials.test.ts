import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  Background,
  PACKER,
  calls,
  discardMachines,
  filesUnder,
  filesWith,
  hasTool,
  newMachine,
  readIfThere,
  run,
  stub,
  until,
  watch,
  type Machine,
  type Outcome,
} from '../support/machine';

/** Docker's credentials of registries, in memory beside the tokens. */

const LOADER = path.join(PACKER, 'files/usr/local/lib/gitlab-runner-aws/load-tokens.sh');
const TOKEN = 'glrt-canary_one-0123456789.AB';
const HUB = 'https://index.docker.io/v1/';
const HUB_ARN = 'arn:aws:secretsmanager:eu-west-3:111122223333:secret:hub-AbCdEf';
const OWN = 'registry.example.com:5000';
const OWN_ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:own-AbCdEf';
const ECR = '111122223333.dkr.ecr.eu-central-1.amazonaws.com';
/** Everything that shells, TOML or JSON could take for something else. */
const PASSWORD = 'canary"\\$(id)`\'é:{"password":1}\n%s';
const DENIED =
  '\nAn error occurred (AccessDeniedException) when calling the GetSecretValue operation: some words';
const NO_VALUE =
  "An error occurred (ResourceNotFoundException) when calling the GetSecretValue operation: Secrets Manager can't find the specified secret value for staging label: AWSCURRENT";

/** The machine has jq, and so must one that tests it. */
const describeMachine = hasTool('jq') ? describe : describe.skip;

let machine: Machine;

beforeEach(() => {
  machine = newMachine();
  for (const name of ['jq', 'mktemp', 'mv', 'rm', 'sleep', 'stat', 'touch']) watch(machine, name);
  stub(
    machine,
    'aws',
    `id=\${!#} file='${machine.aws}'/\${id//[:\\/]/_}
    if [[ -e $file.error ]]; then cat "$file.error" >&2; exit 254; fi
    cat "$file"; echo`,
  );
  set('acme-dev-token', TOKEN);
});

afterEach(discardMachines);

const answer = (id: string): string => path.join(machine.aws, id.replace(/[:/]/g, '_'));

function set(id: string, value: string): void {
  fs.rmSync(`${answer(id)}.error`, { force: true });
  fs.writeFileSync(answer(id), value);
}

const fail = (id: string, message: string): void => fs.writeFileSync(`${answer(id)}.error`, message);

const secret = (username: string, password: string): string => JSON.stringify({ username, password });
const auth = (username: string, password: string): { auth: string } => ({
  auth: Buffer.from(`${username}:${password}`).toString('base64'),
});

const dockerFile = (): string => path.join(machine.runDir, 'docker.json');
const config = (): string => path.join(machine.runDir, 'config.toml');
const written = (): unknown => JSON.parse(readIfThere(dockerFile()) || 'null');

function settings(lines: readonly string[]): Record<string, string> {
  const [template, registries] = ['template', 'registries'].map((name) => path.join(machine.dir, name)) as [
    string,
    string,
  ];
  fs.writeFileSync(
    template,
    '#: runner default secretsmanager acme-dev-token\n[[runners]]\ntoken = "@token@"\n',
  );
  if (lines.length > 0) fs.writeFileSync(registries, lines.map((line) => `${line}\n`).join(''));
  const times = { RETRY_SECONDS: '0.05', REFRESH_SECONDS: '1' };
  return { RUN_DIR: machine.runDir, TEMPLATE: template, REGISTRIES: registries, ...times };
}

const once = (lines: readonly string[], bash: string[] = [], extra: Record<string, string> = {}): Outcome =>
  run(machine, ['bash', ...bash, LOADER, '--once'], { ...settings(lines), ...extra });

const HUB_LINE = `${HUB} secretsmanager ${HUB_ARN}`;
const OWN_LINE = `${OWN} secretsmanager ${OWN_ARN}`;
const ECR_LINE = `${ECR} ecr-login`;

/** The promise about credentials: nowhere but in the one file in memory. */
function expectNoPasswordOutside(said: string): void {
  for (const text of ['canary', Buffer.from('me:canary').toString('base64').slice(0, 9)]) {
    expect(filesWith(machine.dir, text)).toEqual([]);
    expect(
      filesWith(machine.runDir, text).filter((file) => file !== dockerFile() && file !== config()),
    ).toEqual([]);
    expect(said).not.toContain(text);
  }
}

describeMachine('credentials of registries', () => {
  test("are written as Docker has them, readable by their owner only, with ECR's helper", () => {
    set(HUB_ARN, secret('me', PASSWORD));
    set(OWN_ARN, ` ${secret('you', 'canary2')}\n`);
    const { status, stdout, stderr } = once([HUB_LINE, OWN_LINE, ECR_LINE]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(written()).toEqual({
      auths: { [HUB]: auth('me', PASSWORD), [OWN]: auth('you', 'canary2') },
      credHelpers: { [ECR]: 'ecr-login' },
    });
    expect(fs.statSync(dockerFile()).mode & 0o777).toBe(0o600);
    expect(filesUnder(machine.runDir)).toEqual([config(), dockerFile()]);
    expect(stdout).toContain(`registry ${HUB}: ok, credentials read from ${HUB_ARN}`);
    expect(stdout).toContain(`wrote ${dockerFile()}: 3 registries`);
    expect(calls(machine, 'aws').join('\n')).toContain(
      `--region eu-west-3 secretsmanager get-secret-value --query SecretString --secret-id ${HUB_ARN}`,
    );
    expectNoPasswordOutside(stdout + stderr);
  });

  test('are not looked for on machines of which the model names none', () => {
    const { status } = once([]);
    expect(status).toBe(0);
    expect(filesUnder(machine.runDir)).toEqual([config()]);
    expect(calls(machine, 'aws')).toHaveLength(1);
    expect(calls(machine, 'jq')).toEqual([]);
  });

  test('are of ECR only, with no secret', () => {
    expect(once([ECR_LINE]).status).toBe(0);
    expect(written()).toEqual({ credHelpers: { [ECR]: 'ecr-login' } });
  });

  test('are written again when a secret changes, and not when nothing does', () => {
    set(HUB_ARN, secret('me', 'canary1'));
    once([HUB_LINE]);
    const before = fs.statSync(dockerFile()).ino;
    once([HUB_LINE]);
    expect(fs.statSync(dockerFile()).ino).toBe(before);
    set(HUB_ARN, secret('me', 'canary2'));
    expect(once([HUB_LINE]).status).toBe(0);
    expect(written()).toEqual({ auths: { [HUB]: auth('me', 'canary2') } });
    expect(once([OWN_LINE]).status).toBe(1);
    expect(written()).toEqual({});
  });

  test.each([
    ['no text', '{"username":"me","password":42}'],
    ['missing', '{"username":"me"}'],
    ['empty', '{"username":"me","password":""}'],
    ['with a colon in the name, where Docker would cut', '{"username":"m:e","password":"canary"}'],
    ['no object', '["canary"]'],
    ['no JSON', 'canary'],
    ['nothing', ''],
  ])('that are %s are refused: the runner starts all the same, and the others stay', (_what, value) => {
    set(OWN_ARN, secret('you', 'canary2'));
    set(HUB_ARN, value);
    const { status, stdout, stderr } = once([HUB_LINE, OWN_LINE]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(stdout).toContain(
      `registry ${HUB}: value of ${HUB_ARN} refused: not a JSON object with texts for username and password: jobs pull without credentials`,
    );
    expect(written()).toEqual({ auths: { [OWN]: auth('you', 'canary2') } });
    expect(readIfThere(config())).toContain(TOKEN);
    expectNoPasswordOutside(stdout);
  });

  test.each([
    ['may not be read', DENIED, `could not be read from ${HUB_ARN} (AccessDeniedException)`],
    ['have no value yet', NO_VALUE, `no value yet in ${HUB_ARN}`],
  ])('that %s stop no runner, and what was there stays', (_what, message, words) => {
    fail(HUB_ARN, message);
    const first = once([HUB_LINE]);
    expect(first.status).toBe(1);
    expect(first.stdout).toContain(`registry ${HUB}: ${words}: jobs pull without credentials`);
    expect(readIfThere(config())).toContain(TOKEN);
    set(HUB_ARN, secret('me', 'canary'));
    once([HUB_LINE]);
    fail(HUB_ARN, message);
    const { status, stdout } = once([HUB_LINE]);
    expect(status).toBe(1);
    expect(stdout).toContain(`registry ${HUB}: ${words}; the present credentials stay`);
    expect(written()).toEqual({ auths: { [HUB]: auth('me', 'canary') } });
  });

  test('are taken over while the loader runs, and each failure is said once', async () => {
    fail(HUB_ARN, DENIED);
    const loader = new Background(machine, ['bash', LOADER], settings([HUB_LINE]));
    await until('several looks', () => calls(machine, 'aws').length > 8);
    expect(loader.output.match(/AccessDeniedException/g)).toHaveLength(1);
    set(HUB_ARN, secret('me', PASSWORD));
    await until('the credentials', () => readIfThere(dockerFile()).includes('auths'));
    const proc = (file: string): string => fs.readFileSync(`/proc/${String(loader.pid)}/${file}`, 'utf8');
    expect(proc('environ') + proc('cmdline')).not.toContain('canary');
    expectNoPasswordOutside(loader.output);
    loader.kill('SIGTERM');
    await until('the end', () => loader.ended !== undefined);
  });

  test.each([
    ['traced by bash -xv', ['-xv'], {}],
    ['told to export all variables', ['-a'], {}],
    [
      'started with variables of the names that it uses',
      [],
      { entry: 'x', entries: 'x', value: 'x', id: 'x' },
    ],
  ])('do not get out of a loader that is %s', (_how, bash, extra: Record<string, string>) => {
    set(HUB_ARN, secret('me', PASSWORD));
    const first = once([HUB_LINE], bash, extra);
    set(HUB_ARN, 'canary');
    const second = once([HUB_LINE], bash, extra);
    expect(written()).toEqual({ auths: { [HUB]: auth('me', PASSWORD) } });
    expectNoPasswordOutside(first.stdout + first.stderr + second.stdout + second.stderr);
  });
});
