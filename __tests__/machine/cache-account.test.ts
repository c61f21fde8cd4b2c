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

/** The name of the cache's bucket in config.toml, where the account is known only on the machine. */

const LOADER = path.join(PACKER, 'files/usr/local/lib/gitlab-runner-aws/load-tokens.sh');
const TOKEN = 'glrt-canary_one-0123456789.AB';
const REFUSED = '\nAn error occurred (AccessDenied) when calling the GetCallerIdentity operation: some words';

let machine: Machine;

beforeEach(() => {
  machine = newMachine();
  stub(
    machine,
    'aws',
    `if [[ $* == *get-secret-value* ]]; then echo ${TOKEN}; exit; fi
    if [[ -e ${machine.aws}/error ]]; then cat '${machine.aws}/error' >&2; exit 254; fi
    cat '${machine.aws}/account'`,
  );
  fs.writeFileSync(path.join(machine.aws, 'account'), '111122223333\n');
});

afterEach(discardMachines);

const template = (bucket: string): string => `concurrent = 4

#: runner default secretsmanager acme-dev-token
[[runners]]
  token = "@token@"
  pre_build_script = "echo acme-dev-cache-@account-id@"
  [runners.cache.s3]
    BucketName = "${bucket}"
`;

const config = (): string => path.join(machine.runDir, 'config.toml');
const asked = (): number => calls(machine, 'aws').filter((call) => call.includes('sts')).length;

function start(bucket: string): Background {
  const file = path.join(machine.dir, 'config.template.toml');
  fs.writeFileSync(file, template(bucket));
  const settings = { RUN_DIR: machine.runDir, TEMPLATE: file, RETRY_SECONDS: '0.05', REFRESH_SECONDS: '1' };
  return new Background(machine, ['bash', LOADER], settings);
}

async function ended(loader: Background): Promise<void> {
  loader.kill('SIGTERM');
  await until('the loader ends', () => loader.ended !== undefined);
}

test('has the account that the machine is in, and nothing else is touched', async () => {
  const loader = start('acme-dev-cache-@account-id@');
  await until('config.toml', () => fs.existsSync(config()));
  expect(readIfThere(config())).toBe(
    template('acme-dev-cache-111122223333').replace('"@token@"', `"${TOKEN}"`),
  );
  await until('a second look', () => calls(machine, 'aws').length > 3);
  expect(asked()).toBe(1);
  await ended(loader);
});

test('stays as it is where the environment names the account; nobody is asked', async () => {
  const plain = template('acme-dev-cache-444455556666').replace('@account-id@', 'x');
  const file = path.join(machine.dir, 'plain.toml');
  fs.writeFileSync(file, plain);
  const loader = new Background(machine, ['bash', LOADER], { RUN_DIR: machine.runDir, TEMPLATE: file });
  await until('config.toml', () => fs.existsSync(config()));
  expect(readIfThere(config())).toContain('BucketName = "acme-dev-cache-444455556666"');
  expect(asked()).toBe(0);
  await ended(loader);
});

test('is waited for where AWS does not tell the account, and nothing is written meanwhile', async () => {
  fs.writeFileSync(path.join(machine.aws, 'error'), REFUSED);
  const loader = start('acme-dev-cache-@account-id@');
  await until('three tries', () => asked() > 2);
  expect(fs.existsSync(config())).toBe(false);
  expect(loader.output).toContain(
    `the account of the cache is not known (AccessDenied): ${config()} is not written`,
  );
  fs.rmSync(path.join(machine.aws, 'error'));
  await until('config.toml', () => fs.existsSync(config()));
  await ended(loader);
});

test('is not made of an answer that is no account', async () => {
  fs.writeFileSync(path.join(machine.aws, 'account'), 'None\n');
  const loader = start('acme-dev-cache-@account-id@');
  await until('three tries', () => asked() > 2);
  expect(fs.existsSync(config())).toBe(false);
  expect(loader.output).toContain('(not in the answer)');
  await ended(loader);
});
