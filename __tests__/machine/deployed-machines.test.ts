import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  Background,
  PACKER,
  calls,
  discardMachines,
  newMachine,
  readIfThere,
  stub,
  until,
  type Machine,
} from '../support/machine';

/** What only a deploy knows of a runner's machines: read from a parameter, and put into the options of Docker Machine. */

const LOADER = path.join(PACKER, 'files/usr/local/lib/gitlab-runner-aws/load-tokens.sh');
const TOKEN = 'glrt-canary_one-0123456789.AB';
const PATH = '/acme-dev-builds/deployment';

let machine: Machine;

beforeEach(() => {
  machine = newMachine();
  stub(
    machine,
    'aws',
    `if [[ $* == *get-secret-value* ]]; then echo ${TOKEN}; exit; fi
    [[ $* =~ --name\\ ${PATH}/([a-z]+) ]] || exit 9
    name=\${BASH_REMATCH[1]}
    if [[ -e ${machine.aws}/error ]]; then cat '${machine.aws}/error' >&2; exit 254; fi
    cat "${machine.aws}/$name"`,
  );
});

afterEach(discardMachines);

const runner = (name: string) => `#: runner ${name} secretsmanager acme-dev-${name}
[[runners]]
  token = "@token@"
  pre_build_script = "echo @ami@"
  [runners.machine]
    MachineOptions = [ "amazonec2-ami=@ami@", "amazonec2-security-group=@security-group-0@" ]
`;
const filled = (name: string, ami: string, group: string) =>
  runner(name)
    .replace('"@token@"', `"${TOKEN}"`)
    .replace('"amazonec2-ami=@ami@"', `"amazonec2-ami=${ami}"`)
    .replace('@security-group-0@', group);

const config = (): string => path.join(machine.runDir, 'config.toml');
const present = (): string => readIfThere(config());
const deploy = (name: string, ami: string, group = 'acme-dev-builds-1') =>
  fs.writeFileSync(path.join(machine.aws, name), `ami=${ami}\nsecurity-group-0=${group}\n`);
const refuse = (words: string) =>
  fs.writeFileSync(
    path.join(machine.aws, 'error'),
    `\nAn error occurred (${words}) when calling the GetParameter operation: x`,
  );

function start(...names: string[]): Background {
  const file = path.join(machine.dir, 'config.template.toml');
  fs.writeFileSync(file, `concurrent = 4\n\n${names.map(runner).join('\n')}`);
  return new Background(machine, ['bash', LOADER], {
    RUN_DIR: machine.runDir,
    TEMPLATE: file,
    DEPLOYMENT_PATH: PATH,
    RETRY_SECONDS: '0.05',
    REFRESH_SECONDS: '1',
  });
}

async function ended(loader: Background): Promise<void> {
  loader.kill('SIGTERM');
  await until('the loader ends', () => loader.ended !== undefined);
}

test('each runner has its own, in the options of its machines only', async () => {
  deploy('linux', 'ami-1', 'a & b {!$*}');
  deploy('tools', 'ami-2');
  const loader = start('linux', 'tools');
  await until('config.toml', () => fs.existsSync(config()));
  expect(present()).toBe(
    `concurrent = 4\n\n${filled('linux', 'ami-1', 'a & b {!$*}')}\n${filled('tools', 'ami-2', 'acme-dev-builds-1')}`,
  );
  await ended(loader);
});

test('another image is taken over without a new manager', async () => {
  deploy('linux', 'ami-1');
  const loader = start('linux');
  await until('config.toml', () => present().includes('ami-1'));
  deploy('linux', 'ami-2');
  await until('the new image', () => present().includes('amazonec2-ami=ami-2'));
  await ended(loader);
});

test('a runner waits until it is there, and another one does not wait for it', async () => {
  deploy('tools', 'ami-2');
  fs.writeFileSync(path.join(machine.aws, 'linux'), '');
  const loader = start('linux', 'tools');
  await until('config.toml', () => present().includes('ami-2'));
  expect(present()).not.toContain('linux');
  expect(loader.output).toContain(
    `runner linux: settings of its machines could not be read from ${PATH}/linux (not key=value: )`,
  );
  deploy('linux', 'ami-1');
  await until('the other runner', () => present().includes('amazonec2-ami=ami-1'));
  await ended(loader);
});

test('what was read stays while AWS refuses it, and nothing is written anew', async () => {
  deploy('linux', 'ami-1');
  const loader = start('linux');
  await until('config.toml', () => present().includes('ami-1'));
  refuse('AccessDeniedException');
  await until('the refusal', () =>
    loader.output.includes(
      `runner linux: settings of its machines could not be read from ${PATH}/linux (AccessDeniedException)`,
    ),
  );
  expect(present()).toContain('amazonec2-ami=ami-1');
  await ended(loader);
});

test.each(['ami=a"b', 'ami=a\\b', 'Ami=a', 'nothing'])(
  '%j is no value that could get into TOML',
  async (line) => {
    fs.writeFileSync(path.join(machine.aws, 'linux'), `${line}\n`);
    const loader = start('linux');
    await until('the refusal', () => loader.output.includes(`(not key=value: ${line})`));
    expect(fs.existsSync(config())).toBe(false);
    await ended(loader);
  },
);

test('a loader that starts anew keeps the options that it finds while AWS refuses them', async () => {
  deploy('linux', 'ami-1');
  deploy('tools', 'ami-2');
  const first = start('linux', 'tools');
  await until('config.toml', () => present().includes('ami-1') && present().includes('ami-2'));
  await ended(first);
  const before = present();
  refuse('ThrottlingException');
  const second = start('linux', 'tools');
  await until('the refusals', () => second.output.split('(ThrottlingException)').length > 2);
  expect(present()).toBe(before);
  await ended(second);
});

test('a value that is missing is none: nothing gets to Docker Machine that it would take for a name', async () => {
  deploy('linux', 'ami-1');
  const loader = start('linux');
  await until('config.toml', () => present().includes('ami-1'));
  fs.writeFileSync(path.join(machine.aws, 'linux'), 'ami=ami-3\n');
  await until('the refusal', () =>
    loader.output.includes(
      `runner linux: settings of its machines could not be read from ${PATH}/linux (no value of @security-group-0@)`,
    ),
  );
  expect(present()).toContain('amazonec2-ami=ami-1');
  expect(present()).not.toContain('@security-group-0@');
  await ended(loader);
});

test('where a manager has no such machines nobody is asked', async () => {
  const file = path.join(machine.dir, 'config.template.toml');
  fs.writeFileSync(file, runner('linux'));
  const loader = new Background(machine, ['bash', LOADER], { RUN_DIR: machine.runDir, TEMPLATE: file });
  await until('config.toml', () => fs.existsSync(config()));
  expect(calls(machine, 'aws').filter((call) => call.includes('ssm'))).toEqual([]);
  await ended(loader);
});
