import * as fs from 'node:fs';
import * as path from 'node:path';
import { tags as machineTags } from '../../src/functions/machine-orphans/reading';
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

/** The instance's id in config.toml, by which machines that Docker Machine starts name their manager. */

const LOADER = path.join(PACKER, 'files/usr/local/lib/gitlab-runner-aws/load-tokens.sh');
/** As the options of machines are rendered. */
const instancePlaceholder = '@instance-id@';
const TOKEN = 'glrt-canary_one-0123456789.AB';
const INSTANCE = 'i-0123456789abcdef0';

let machine: Machine;
let loader: Background;

beforeEach(() => {
  machine = newMachine();
  stub(
    machine,
    'aws',
    `case "$*" in
      *get-secret-value*) echo ${TOKEN} ;;
      *'--query Account') echo 111122223333 ;;
      *'--query UserId') cat '${machine.aws}/identity' ;;
    esac`,
  );
  identity(`AROAEXAMPLEEXAMPLEEX:${INSTANCE}`);
});

afterEach(async () => {
  loader.kill('SIGTERM');
  await until('the loader ends', () => loader.ended !== undefined);
  discardMachines();
});

const identity = (text: string): void => fs.writeFileSync(path.join(machine.aws, 'identity'), `${text}\n`);
const config = (): string => path.join(machine.runDir, 'config.toml');
const asked = (): string[] =>
  calls(machine, 'aws').flatMap((call) => /get-caller-identity --query (\w+)$/.exec(call)?.[1] ?? []);

const template = (id: string): string => `#: runner default secretsmanager acme-dev-token
[[runners]]
  token = "@token@"
  pre_build_script = "echo ${instancePlaceholder}"
  [runners.machine]
    MachineName = "${instancePlaceholder}-%s"
    MachineOptions = [ "amazonec2-region=eu-central-1", "amazonec2-tags=team,ci,${machineTags.manager},${id}" ]
`;

function start(text: string): void {
  const file = path.join(machine.dir, 'config.template.toml');
  fs.writeFileSync(file, text);
  const settings = { RUN_DIR: machine.runDir, TEMPLATE: file, RETRY_SECONDS: '0.05', REFRESH_SECONDS: '1' };
  loader = new Background(machine, ['bash', LOADER], settings);
}

test('stands in the options of machines, and nothing else is touched', async () => {
  start(template(instancePlaceholder));
  await until('config.toml', () => fs.existsSync(config()));
  expect(readIfThere(config())).toBe(template(INSTANCE).replace('"@token@"', `"${TOKEN}"`));
  await until('a second look', () => calls(machine, 'aws').length > 3);
  expect(asked()).toEqual(['UserId']);
});

test('stands beside the account of the cache', async () => {
  start(`${template(instancePlaceholder)}  [runners.cache.s3]\n    BucketName = "acme-@account-id@"\n`);
  await until('config.toml', () => fs.existsSync(config()));
  expect(readIfThere(config())).toContain(`${machineTags.manager},${INSTANCE}"`);
  expect(readIfThere(config())).toContain('BucketName = "acme-111122223333"');
});

test.each(['AIDAEXAMPLE', 'AROAEXAMPLE:somebody', 'AROAEXAMPLE:i-0123', 'None', ''])(
  'is waited for, and no machine can be started without it, where AWS answers "%s"',
  async (answer) => {
    identity(answer);
    start(template(instancePlaceholder));
    await until('three tries', () => asked().length > 2);
    expect(fs.existsSync(config())).toBe(false);
    expect(loader.output).toMatch(
      / the id of this instance is not known \(not in the answer\): \S+ is not written\n$/,
    );
    identity(`AROAEXAMPLE:${INSTANCE}`);
    await until('config.toml', () => fs.existsSync(config()));
  },
);
