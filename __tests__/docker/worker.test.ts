import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  discardMachines,
  hasTool,
  processesOf,
  readIfThere,
  stub,
  until,
  type Background,
} from '../support/machine';
import {
  CREDENTIALS,
  METADATA,
  USER,
  WorkerTask,
  discardWorkers,
  freePort,
  newKey,
  type KeyPair,
} from './worker-task';

const SSHD = '/usr/sbin/sshd';
const isRoot = process.getuid?.() === 0;
// Debian and Amazon Linux have all of them in openssh-server and procps.
const canRun = ['sshd', 'ssh', 'ssh-keygen', 'ps'].map(hasTool).every(Boolean);

jest.setTimeout(60_000);

let keys: string;
let key: KeyPair;
let task: WorkerTask;

beforeAll(() => {
  keys = fs.mkdtempSync(path.join(os.tmpdir(), 'keys-'));
  if (canRun) key = newKey(keys);
});

afterAll(() => {
  fs.rmSync(keys, { recursive: true });
});

beforeEach(async () => {
  task = new WorkerTask(await freePort(), canRun ? key.publicKey : '');
});

afterEach(() => {
  discardWorkers();
  discardMachines();
});

/** A worker that listens. */
async function listening(extra: Record<string, string> = {}): Promise<Background> {
  const worker = task.start(extra);
  await until(
    'sshd listens',
    () => /Server listening on 0.0.0.0/.test(worker.output) || worker.ended !== undefined,
  );
  expect(worker.output).toContain('Server listening');
  return worker;
}

async function end(process: Background): Promise<number | string | undefined> {
  await until('the end', () => process.ended !== undefined);
  await setTimeout(20); // what it said last may still be in the pipe
  return process.ended;
}

/** Ends the worker as ECS does and shows that nothing of it is left running. */
async function stop(worker: Background): Promise<void> {
  worker.kill('SIGTERM');
  expect(await end(worker)).toBe(0);
  await until('nothing is left running', () => processesOf(task.machine).length === 0);
}

(canRun ? describe : describe.skip)('the sshd of a worker', () => {
  test('lets the key of the driver in, with the credentials of the task in the session', async () => {
    const worker = await listening();
    const session = task.login(key, 'env; echo done');
    expect([await end(session), session.output]).toEqual([0, expect.stringContaining('done')]);
    const lines = session.output.split('\n');
    expect(lines).toContain(`AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=${CREDENTIALS}`);
    expect(lines).toContain('AWS_REGION=eu-central-1');
    expect(lines).toContain(`ECS_CONTAINER_METADATA_URI_V4=${METADATA}`);
    expect(session.output).not.toMatch(/AWS_DEFAULT_REGION|PRIVATE_SETTING|canary/);
    await stop(worker);
  });

  test('lets the files of a job be readable, as in any other session', async () => {
    const worker = await listening();
    const session = task.login(key, 'umask');
    expect(await end(session)).toBe(0);
    expect(session.output).toContain('0022');
    await stop(worker);
  });

  test('hands the exit status of the job over', async () => {
    const worker = await listening();
    expect(await end(task.login(key, 'exit 42'))).toBe(42);
    await stop(worker);
  });

  test('hands over what else the image names, spaces included', async () => {
    const worker = await listening({
      SESSION_VARIABLES: 'JAVA_OPTIONS NOT_SET',
      JAVA_OPTIONS: '-Xmx1g -Dkey=value',
    });
    const session = task.login(key, 'echo "[$JAVA_OPTIONS]" "[${NOT_SET-none}]" "$AWS_REGION"');
    expect(await end(session)).toBe(0);
    expect(session.output).toContain('[-Xmx1g -Dkey=value] [none] eu-central-1');
    await stop(worker);
  });

  test('starts without any of those variables', async () => {
    const unset = {
      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '',
      AWS_REGION: '',
      ECS_CONTAINER_METADATA_URI_V4: '',
    };
    const worker = await listening(unset);
    expect(await end(task.login(key, 'true'))).toBe(0);
    await stop(worker);
  });

  test('takes no password and asks for nothing', async () => {
    const worker = await listening();
    const options = ['PreferredAuthentications=password,keyboard-interactive', 'PubkeyAuthentication=no'];
    const session = task.login(
      key,
      'echo in',
      options.flatMap((option) => ['-o', option]),
    );
    expect(await end(session)).toBe(255);
    expect(session.output).toContain('Permission denied (publickey).');
    await stop(worker);
  });

  test('takes no other key, and none in the home of the user', async () => {
    const worker = await listening();
    const session = task.login(newKey(keys, 'ed25519'), 'echo in');
    expect(await end(session)).toBe(255);
    expect(session.output).toContain('Permission denied (publickey).');
    await stop(worker);
  });

  test('takes no signature of the right key by SHA-1', async () => {
    const worker = await listening();
    const sha1 = task.login(key, 'echo in', ['-o', 'PubkeyAcceptedAlgorithms=ssh-rsa']);
    expect(await end(sha1)).toBe(255);
    expect(sha1.output).toContain('Permission denied (publickey).');
    const sha2 = task.login(key, 'echo in', ['-o', 'PubkeyAcceptedAlgorithms=rsa-sha2-256']);
    expect(await end(sha2)).toBe(0);
    await stop(worker);
  });

  // Only root can let others in, and nobody's shell lets nobody work: that it is reached is enough.
  (isRoot ? test : test.skip)(
    'lets the key in as another user, as whom an older manager may come',
    async () => {
      const worker = await listening();
      const session = task.login(key, 'echo in', [], 'nobody');
      await end(session);
      expect(session.output).not.toContain('Permission denied');
      expect(worker.output).toContain('Accepted publickey for nobody');
      await stop(worker);
    },
  );

  (isRoot ? test : test.skip)('lets another user in with no other key, and with no password', async () => {
    const worker = await listening();
    const session = task.login(newKey(keys, 'ed25519'), 'echo in', [], 'nobody');
    expect(await end(session)).toBe(255);
    expect(session.output).toContain('nobody@127.0.0.1: Permission denied (publickey).');
    expect(worker.output).not.toContain('Accepted');
    await stop(worker);
  });

  test('lets in no user that the image does not have', async () => {
    const worker = await listening();
    const session = task.login(key, 'echo in', [], 'no-such-user');
    expect(await end(session)).toBe(255);
    expect(session.output).toContain('no-such-user@127.0.0.1: Permission denied (publickey).');
    await stop(worker);
  });

  test('keeps the key where nobody else can change it, with the same settings for every user', async () => {
    const worker = await listening();
    expect(fs.statSync(task.state('authorized_keys')).mode & 0o777).toBe(0o644);
    expect(fs.statSync(task.stateDir).mode & 0o777).toBe(0o755);
    const settingsOf = (user: string): string =>
      spawnSync(SSHD, ['-T', '-f', task.state('sshd_config'), '-C', `user=${user}`], { encoding: 'utf8' })
        .stdout;
    expect(settingsOf('nobody')).toContain(`authorizedkeysfile ${task.state('authorized_keys')}\n`);
    expect(settingsOf('nobody')).toContain(`setenv AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=${CREDENTIALS}\n`);
    expect(settingsOf('nobody')).toBe(settingsOf(USER));
    await stop(worker);
  });

  test('is configured in its own words as it behaves', async () => {
    const worker = await listening();
    const { stdout, status } = spawnSync(SSHD, ['-T', '-f', task.state('sshd_config')], { encoding: 'utf8' });
    expect(status).toBe(0);
    const lines = stdout.split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'authenticationmethods publickey',
        'passwordauthentication no',
        'kbdinteractiveauthentication no',
        'permitrootlogin without-password',
        'permitemptypasswords no',
        'strictmodes yes',
        'disableforwarding yes',
        'clientaliveinterval 60',
        'clientalivecountmax 5',
      ]),
    );
    expect(lines.filter((line) => /^(allow|deny)(users|groups)/.test(line))).toEqual([]);
    const algorithms = lines.find((line) => line.startsWith('pubkeyacceptedalgorithms ')) ?? '';
    expect(algorithms).toContain('rsa-sha2-512');
    expect(algorithms).not.toContain('ssh-rsa');
    expect(readIfThere(task.state('sshd_config')).match(/^SetEnv/gm)).toHaveLength(1);
    await stop(worker);
  });

  test('makes its host key at every start', async () => {
    const first = await listening();
    const before = readIfThere(task.state('host_key.pub'));
    expect(fs.statSync(task.state('host_key')).mode & 0o777).toBe(0o600);
    await stop(first);
    const second = await listening();
    expect(before).toContain('ssh-ed25519 ');
    expect(readIfThere(task.state('host_key.pub'))).not.toBe(before);
    await stop(second);
  });
});

(canRun ? describe : describe.skip)('a worker', () => {
  test('ends by itself when nobody comes', async () => {
    const worker = await listening({ IDLE_SECONDS: '1' });
    expect(await end(worker)).toBe(0);
    expect(worker.output).toContain('no session for 1 s, this task ends');
    await until('nothing is left running', () => processesOf(task.machine).length === 0);
  });

  test('stays while a job runs, however long, and ends after the last session', async () => {
    const worker = await listening({ IDLE_SECONDS: '4' });
    const marker = task.file('go');
    const session = task.login(key, `until [ -e '${marker}' ]; do echo tick; sleep 0.25; done`);
    await until(
      'more than three seconds of the job',
      () => (session.output.match(/tick/g) ?? []).length > 13,
    );
    expect(worker.ended).toBeUndefined();
    fs.writeFileSync(marker, '');
    expect(await end(session)).toBe(0);
    expect(await end(worker)).toBe(0);
    expect(worker.output).toContain('this task ends');
  });

  test('is kept alive by no connection that does not log in', async () => {
    const worker = await listening({ IDLE_SECONDS: '3' });
    const socket = task.connect();
    expect(await end(worker)).toBe(0);
    socket.destroy();
    await until('nothing is left running', () => processesOf(task.machine).length === 0);
  });

  test('waits fifteen minutes, unless it is told otherwise', () => {
    const script = fs.readFileSync(task.file('image/usr/local/lib/gitlab-runner-aws/entrypoint.sh'), 'utf8');
    expect(script).toContain('IDLE_SECONDS=${IDLE_SECONDS:-900}');
  });

  test('is ended by ECS at once, together with the session of its job', async () => {
    const worker = await listening();
    const session = task.login(key, `echo started; exec -a ${task.file('job')} sleep 60`);
    await until('the job', () => session.output.includes('started'));
    await stop(worker);
    expect(await end(session)).toBe(255);
    expect(worker.output).toContain('stopped');
  });

  test('fails when its sshd does', async () => {
    const worker = task.start({ SSHD: '/bin/false' });
    expect(await end(worker)).toBe(1);
    expect(worker.output).toContain('sshd has ended');
  });

  test('takes the key of the driver also with a comment, and other types', async () => {
    for (const text of [key.publicKey.trim() + ' driver@manager', newKey(keys, 'ecdsa').publicKey]) {
      const worker = await listening({ SSH_PUBLIC_KEY: text });
      expect(readIfThere(task.state('authorized_keys'))).toBe(text.trim() + '\n');
      await stop(worker);
    }
  });

  test.each([
    ['no key', () => '', 'SSH_PUBLIC_KEY is not set'],
    ['a line end for a key', () => '\n', 'SSH_PUBLIC_KEY is not set'],
    ['two keys', () => key.publicKey + key.publicKey, 'not one public key'],
    ['a command before the key', () => `command="id" ${key.publicKey}`, 'not one public key'],
    ['a second line', () => `${key.publicKey}cert-authority x`, 'not one public key'],
    ['a private key', () => fs.readFileSync(key.file, 'utf8'), 'not one public key'],
    ['a key of DSA', () => 'ssh-dss AAAAB3NzaC1kc3MAAACBAK', 'not one public key'],
    ['half a key', () => key.publicKey.slice(0, 60), 'SSH_PUBLIC_KEY is damaged'],
    ['a key that claims another type', () => key.publicKey.replace('ssh-rsa', 'ssh-ed25519'), 'is damaged'],
  ])('rejects %s', async (_what, publicKey, words) => {
    const worker = task.start({ SSH_PUBLIC_KEY: publicKey() });
    expect(await end(worker)).toBe(1);
    expect(worker.output).toContain(words);
    expect(worker.output).not.toContain('Server listening');
  });

  test.each([
    ['AWS_REGION', 'eu"\nPermitEmptyPasswords yes'],
    ['AWS_REGION', 'a" B="c'],
    ['ECS_CONTAINER_METADATA_URI_V4', 'http://x/$(id)'],
    ['AWS_DEFAULT_REGION', 'a\\'],
  ])('rejects a value of %s that sshd would read otherwise: %j', async (name, value) => {
    const worker = task.start({ [name]: value });
    expect(await end(worker)).toBe(1);
    expect(worker.output).toContain(`${name} has characters that can't be handed to a session`);
  });

  test.each([
    [
      'a name that is none',
      { SESSION_VARIABLES: 'a[$(id)]' },
      'SESSION_VARIABLES: a[$(id)] is not the name of a variable',
    ],
    ['a user that is none', { SSH_USER: 'no-such-user' }, 'SSH_USER no-such-user is no user of this image'],
    ['what is no name of a user', { SSH_USER: 'root\nPort 1' }, 'SSH_USER is not the name of a user'],
  ])('rejects %s', async (_what, settings, words) => {
    const worker = task.start(settings);
    expect(await end(worker)).toBe(1);
    expect(worker.output).toContain(words);
  });

  test('rejects a user that sshd would refuse without a word', async () => {
    stub(task.machine, 'getent', `echo '${USER}:!:20000::::::'`);
    const worker = task.start();
    expect(await end(worker)).toBe(1);
    expect(worker.output).toContain(`SSH_USER ${USER} is locked`);
  });
});
