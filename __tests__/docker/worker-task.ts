import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { Background, newMachine, processesOf, type Machine } from '../support/machine';
import { layOut } from './dockerfile';

/** An ECS task with the image of the worker: its entrypoint and sshd on loopback, and clients of it. */

/** A user that may log in: who runs the tests. Only root can let others in. */
export const USER = os.userInfo().username;
export const CREDENTIALS = '/v2/credentials/01234567-89ab-cdef-0123-456789abcdef';
export const METADATA = 'http://169.254.170.2/v4/0123456789abcdef-0123456789';

/** One key pair, of the driver's type. */
export interface KeyPair {
  readonly file: string;
  readonly publicKey: string;
}

/** sshd wants no folder above a key that others could change, and root's home is closed to those who read the key. */
const newFolder = (): string =>
  fs.mkdtempSync(path.join(process.getuid?.() === 0 ? '/run' : os.homedir(), '.worker-test-'));

const folders: string[] = [];
const tasks: WorkerTask[] = [];

/** Ends what a failed test left running, and removes what sshd had. */
export function discardWorkers(): void {
  for (const id of tasks.splice(0).flatMap(({ machine }) => processesOf(machine))) {
    process.kill(Number(id), 'SIGKILL');
  }
  for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true, force: true });
}

export function newKey(folder: string, type = 'rsa'): KeyPair {
  const file = path.join(folder, `key-${type}-${String(fs.readdirSync(folder).length)}`);
  const options = [
    '-q',
    '-t',
    type,
    ...(type === 'rsa' ? ['-b', '2048'] : []),
    '-N',
    '',
    '-C',
    '',
    '-f',
    file,
  ];
  const { status, stderr } = spawnSync('ssh-keygen', options, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ssh-keygen: ${stderr}`);
  // As the driver hands it over: with a line end.
  return { file, publicKey: fs.readFileSync(`${file}.pub`, 'utf8').trim() + '\n' };
}

export const freePort = async (): Promise<number> => {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

/** The task; `start` runs its entrypoint. */
export class WorkerTask {
  readonly machine: Machine = newMachine();
  readonly stateDir = newFolder();

  constructor(
    private readonly port: number,
    private readonly publicKey: string,
  ) {
    folders.push(this.stateDir);
    tasks.push(this);
    layOut('worker', this.file('image'));
  }

  /** Runs the image's entrypoint with what ECS and the driver set. */
  start(extra: Record<string, string> = {}): Background {
    const entrypoint = this.file('image/usr/local/lib/gitlab-runner-aws/entrypoint.sh');
    return new Background(this.machine, [entrypoint], {
      SSH_PUBLIC_KEY: this.publicKey,
      SSH_USER: USER,
      SSH_PORT: String(this.port),
      STATE_DIR: this.stateDir,
      LOOK_SECONDS: '0.05',
      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: CREDENTIALS,
      AWS_REGION: 'eu-central-1',
      ECS_CONTAINER_METADATA_URI_V4: METADATA,
      PRIVATE_SETTING: 'canary',
      ...extra,
    });
  }

  /** What a client says and how it ends; `options` come first and win. */
  login(key: KeyPair, command: string, options: readonly string[] = [], user = USER): Background {
    const settings = [
      'StrictHostKeyChecking=no',
      'UserKnownHostsFile=/dev/null',
      'BatchMode=yes',
      'IdentitiesOnly=yes',
    ];
    const fixed = settings.flatMap((setting) => ['-o', setting]);
    const target = ['-i', key.file, '-p', String(this.port), `${user}@127.0.0.1`, command];
    return new Background(this.machine, ['ssh', '-F', 'none', ...options, ...fixed, ...target]);
  }

  /** A connection that says nothing. */
  connect(): net.Socket {
    return net.connect(this.port, '127.0.0.1').on('error', () => undefined);
  }

  /** A file of the task's disk. */
  file(name: string): string {
    return path.join(this.machine.dir, name);
  }

  state(name: string): string {
    return path.join(this.stateDir, name);
  }
}
