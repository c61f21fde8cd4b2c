import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { devNull } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { CommandError } from '../command-error';
import { withoutVariables } from './without-variables';

/** An image that exists before anything is deployed. */
export interface GivenImage {
  /** @default any id */
  readonly imageId?: string;
  /** Its name; without an id, what is given twice under one name is one image. */
  readonly name: string;
  /** @default the entry's account; tags of another account's image are not visible, as at AWS */
  readonly ownerAccountId?: string;
  /** The architecture of its instances. */
  readonly architecture: 'x86_64' | 'arm64';
  /** @default /dev/xvda */
  readonly rootDeviceName?: string;
  /** What finds it. @default none */
  readonly tags?: Readonly<Record<string, string>>;
  /** Deprecated since 2025: hidden from all but its owner. @default false */
  readonly deprecated?: boolean;
}

/** A container image that exists before anything is deployed. */
export interface GivenContainerImage {
  /** Name of its ECR repository, which is made if it is missing and gets the tag that stacks look for. */
  readonly repository: string;
  /** Its tag, the hash of what it is built from. */
  readonly tag: string;
  /** @default x86_64 */
  readonly architecture?: 'x86_64' | 'arm64';
}

/** What exists in one account and region before anything is deployed. The same id may be given twice. */
export interface Given {
  /** Twelve digits; ARNs may be of other accounts. */
  readonly accountId: string;
  /** A region that moto knows. */
  readonly region: string;
  /** VPCs and their subnets, in distinct availability zones while there are some, and route tables. */
  readonly vpcs?: readonly {
    readonly id: string;
    readonly subnetIds?: readonly string[];
    readonly routeTableIds?: readonly string[];
  }[];
  /** Subnets that no VPC lists: in the entry's first VPC, else in the default VPC. */
  readonly subnetIds?: readonly string[];
  /** In the entry's first VPC, else in the default VPC. */
  readonly securityGroupIds?: readonly string[];
  /** Names of SSH key pairs. */
  readonly keyNames?: readonly string[];
  /** AWS-managed ones exist by themselves; an unknown one is refused. */
  readonly policyArns?: readonly string[];
  /** Roles, which anybody can assume. */
  readonly roleArns?: readonly string[];
  /** Names; each with a role of its name. */
  readonly instanceProfiles?: readonly string[];
  /** Names; empty ones. */
  readonly buckets?: readonly string[];
  /** Secrets without a value. */
  readonly secretArns?: readonly string[];
  /** SSM parameters with a value of no meaning. */
  readonly parameterArns?: readonly string[];
  /** Keys, not aliases. */
  readonly kmsKeyArns?: readonly string[];
  /** Machine images. */
  readonly images?: readonly GivenImage[];
  /** ARNs of ECS clusters, whose tasks run on FARGATE unless they say otherwise. */
  readonly clusters?: readonly string[];
  /** Container images. */
  readonly containerImages?: readonly GivenContainerImage[];
  /** SSM documents in JSON, such as the account's session preferences. */
  readonly documents?: readonly { readonly name: string; readonly type: string; readonly content: string }[];
  /** Names of public SSM parameters, and the AMI that each stands for; that exists as AWS's own. */
  readonly publicParameters?: Readonly<Record<string, string>>;
}

/** What the emulator starts with. */
export interface StartEmulatorProps {
  /** A Python that has moto, from `preparePython`. */
  readonly python: string;
  /** What exists from the start. */
  readonly given: readonly Given[];
  /** The account of requests whose access key is not `EMULATED<account>`. */
  readonly defaultAccountId: string;
}

/** An emulated AWS that answers. */
export interface RunningEmulator {
  /** A free port of 127.0.0.1. */
  readonly port: number;
  /** The endpoint of every service, like `http://127.0.0.1:4711`. */
  readonly url: string;
  /** Ends it, and waits until it has ended. */
  stop(): Promise<void>;
}

type Emulator = ChildProcessByStdio<Writable, Readable, Readable>;

const START_TIMEOUT_SECONDS = 60;
const STOP_TIMEOUT_SECONDS = 5;

/** Nothing of the user's AWS settings: boto3 reads them when it is imported. */
const environment = (): NodeJS.ProcessEnv => ({
  ...withoutVariables(process.env, ['AWS_', 'MOTO_']),
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: devNull,
  AWS_EC2_METADATA_DISABLED: 'true',
  // No __pycache__ in the repository.
  PYTHONDONTWRITEBYTECODE: '1',
});

/** A process group of its own: Ctrl-C must leave it to Terraform's clean end, which still needs it. */
const spawnEmulator = (python: string): Emulator =>
  spawn(python, [join(__dirname, 'server', 'emulator.py')], {
    detached: true,
    env: environment(),
    stdio: ['pipe', 'pipe', 'pipe'],
  });

const parsedPort = (line: string): number | undefined => {
  try {
    return (JSON.parse(line) as { readonly port?: number }).port;
  } catch {
    return undefined;
  }
};

/** The port from the ready line, or the emulator's own words of why there is none. */
const whenReady = (emulator: Emulator): Promise<number> =>
  new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    const fail = (reason: string) => {
      clearTimeout(timer);
      reject(new CommandError(`The emulated AWS does not start: ${reason}`));
    };
    const timer = setTimeout(() => {
      emulator.kill('SIGKILL');
      fail(`not ready after ${START_TIMEOUT_SECONDS} seconds.`);
    }, START_TIMEOUT_SECONDS * 1000);
    emulator.stdout.on('data', (data: Buffer) => {
      stdout += data.toString();
      const port = stdout.includes('\n') ? parsedPort(stdout) : undefined;
      if (port !== undefined) {
        clearTimeout(timer);
        resolve(port);
      }
    });
    // Read on after that: a full pipe would stop the emulator.
    emulator.stderr.on('data', (data: Buffer) => (stderr = (stderr + data.toString()).slice(-10_000)));
    emulator.stdin.on('error', () => undefined);
    emulator.on('error', (error) => fail(error.message));
    emulator.on('close', (code) => fail(stderr.trim() || `it ended with code ${code ?? 'none'}.`));
  });

const stopEmulator = async (emulator: Emulator): Promise<void> => {
  if (emulator.exitCode !== null || emulator.signalCode !== null) {
    return;
  }
  const ended = once(emulator, 'exit');
  const timer = setTimeout(() => emulator.kill('SIGKILL'), STOP_TIMEOUT_SECONDS * 1000);
  emulator.stdin.end();
  await ended;
  clearTimeout(timer);
};

/**
 * Starts the emulated AWS on a free port of loopback. It ends with `stop()` or with this process, even if that
 * is killed: its standard input ends then.
 */
export const startEmulator = async (props: StartEmulatorProps): Promise<RunningEmulator> => {
  const emulator = spawnEmulator(props.python);
  const { defaultAccountId, given } = props;
  emulator.stdin.write(`${JSON.stringify({ defaultAccountId, given })}\n`);
  const port = await whenReady(emulator);
  return { port, url: `http://127.0.0.1:${port}`, stop: () => stopEmulator(emulator) };
};
