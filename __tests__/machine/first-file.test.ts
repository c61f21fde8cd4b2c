import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  PACKER,
  calls,
  discardMachines,
  filesUnder,
  newMachine,
  readIfThere,
  run,
  stub,
  type Machine,
  type Outcome,
} from '../support/machine';

/**
 * The file that gitlab-runner finds when it starts. It opens its ports by that one only: with none, a machine whose
 * token comes later would never have metrics or sessions.
 */

const LOADER = path.join(PACKER, 'files/usr/local/lib/gitlab-runner-aws/load-tokens.sh');
const TOKEN = 'glrt-canary_one-0123456789.AB';
const GLOBAL = `concurrent = 4
listen_address = ":9252"

[session_server]
listen_address = ":8093"

`;
const TEMPLATE = `${GLOBAL}#: runner default secretsmanager acme-dev-token
[[runners]]
  token = "@token@"
`;

let machine: Machine;

beforeEach(() => {
  machine = newMachine();
  stub(machine, 'aws', `echo ${TOKEN}`);
  fs.writeFileSync(path.join(machine.dir, 'template'), TEMPLATE);
});

afterEach(discardMachines);

const config = (): string => path.join(machine.runDir, 'config.toml');

const load = (option: string): Outcome =>
  run(machine, ['bash', LOADER, option], {
    RUN_DIR: machine.runDir,
    TEMPLATE: path.join(machine.dir, 'template'),
  });

test('has what stands before the runners, and needs no answer of AWS', () => {
  const { status, stdout, stderr } = load('--first');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/ wrote \S+config\.toml: no runner yet\n$/);
  expect(readIfThere(config())).toBe(GLOBAL);
  expect(fs.statSync(config()).mode & 0o777).toBe(0o600);
  expect(filesUnder(machine.runDir)).toEqual([config()]);
  expect(calls(machine, 'aws')).toEqual([]);
});

test('gets its runners from the loader, as a file that gitlab-runner takes for newer', () => {
  load('--first');
  const before = fs.statSync(config(), { bigint: true });
  expect(load('--once').status).toBe(0);
  expect(readIfThere(config())).toBe(TEMPLATE.replace('@token@', TOKEN));
  expect(fs.statSync(config(), { bigint: true }).mtimeNs).toBeGreaterThan(before.mtimeNs);
});

test('is left alone where the loader was faster', () => {
  load('--once');
  const { ino } = fs.statSync(config());
  const { status, stdout } = load('--first');
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  expect(readIfThere(config())).toContain(TOKEN);
  expect(fs.statSync(config()).ino).toBe(ino);
  expect(filesUnder(machine.runDir)).toEqual([config()]);
});

test('fails where there is no template, so that gitlab-runner is started again later', () => {
  fs.rmSync(path.join(machine.dir, 'template'));
  const { status, stderr } = load('--first');
  expect(status).toBe(1);
  expect(stderr).toContain("template can't be read: user data writes it");
  expect(fs.existsSync(config())).toBe(false);
});
