import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from '../../src/config/primitives';
import { containerImageTag } from '../../src/rendering/container-image-tag';
import { KEY_ARN, minimal } from '../support/environments';
import { shell, type Shell } from './commands';
import { DIGEST, PASSWORD, type StubDockerProps } from './docker-registry';
import {
  ACCOUNT,
  acme,
  build,
  CHECKED,
  contentOf,
  discard,
  prod,
  REGION,
  registry,
  REGISTRY,
  start,
} from './docker-shell';
import { until } from './project-copy';

/** `docker:build`: what it asks of Docker and of AWS, and what it leaves. */

jest.setTimeout(60_000);

afterEach(discard);

const checksum = 'c0ffee'.repeat(10) + 'cafe';

/** What commands left in the folder for temporary files; tools of Node keep caches there. */
const leftovers = (at: Shell): string[] =>
  readdirSync(`${at.folder}/tmp`).filter((name) => !/^(keep|tsx-\d+|node-compile-cache)$/.test(name));

/** Calls of Docker, with the name of the temporary folder replaced. */
const calls = (at: Shell): string[] =>
  at.calls.map((call) => call.replaceAll(/\/\S+\/docker-build-[^/]+/g, '<workspace>'));

const [manager, worker] = [contentOf('manager'), contentOf('worker')];

const hashIn = (text: string): string => /[0-9a-f]{32}/.exec(text)?.[0] ?? 'no hash';

/** Everything of a build but its name. */
const both = ['prod', '--driver-sha256', checksum];

test('makes the repository, builds, logs in, pushes, and prints tag, digest and the next command alone', async () => {
  const [at, there] = [acme(), await registry()];
  const { code, stdout, stderr } = await build(
    at,
    ['prod', 'manager', '--driver-sha256', checksum],
    there.env,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('#1 building') as string });
  const reference = `${REGISTRY}/acme-prod-manager:${hashIn(stdout)}`;
  expect(stdout).toBe(
    `prod manager (x86_64): pushed ${reference}, digest ${DIGEST}.\nNext: npx cdktf diff prod\n`,
  );
  expect(calls(at)).toEqual([
    ...CHECKED,
    `docker build --platform linux/amd64 --build-arg GITLAB_RUNNER_VERSION=19.3.0 --build-arg FARGATE_DRIVER_SHA256_X86_64=${checksum} --file <workspace>/context/docker/manager/Dockerfile --tag ${reference} <workspace>/context`,
    `docker login --username AWS --password-stdin ${REGISTRY}`,
    `docker push ${reference}`,
    `docker image rm ${reference}`,
  ]);
  expect(there.changes).toEqual(['CreateRepository', 'PutLifecyclePolicy', 'PutImage', 'TagResource']);
});

test('builds all images by default, and prints nothing but JSON on stdout with --json', async () => {
  const [at, there] = [acme(), await registry()];
  const { code, stdout } = await build(at, [...both, '--json'], there.env);
  expect(code).toBe(0);
  const result = (image: string, tag: string) => {
    const repository = `acme-prod-${image}`;
    const uri = `${REGISTRY}/${repository}`;
    const architecture = 'x86_64';
    return {
      ...{ environment: 'prod', image, architecture, repository, tag },
      ...{ uri, digest: DIGEST, outcome: 'pushed' },
    };
  };
  expect(JSON.parse(stdout)).toEqual([result('manager', manager.hash), result('worker', worker.hash)]);
});

test('gives Docker exactly the files that the tag is the hash of, with their modes', async () => {
  const [at, there] = [acme(), await registry()];
  const { code } = await build(at, ['prod', 'worker'], there.env);
  expect(code).toBe(0);
  const files = readdirSync(join(at.folder, 'context'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((file) => ({
      path: file.slice(join(at.folder, 'context').length + 1),
      mode: `0${(statSync(file).mode & 0o777).toString(8)}`,
      bytes: readFileSync(file),
    }));
  const byPath = (one: { path: string }, other: { path: string }) => (one.path < other.path ? -1 : 1);
  expect(files.sort(byPath)).toEqual([...worker.files].sort(byPath));
});

test('makes a repository with immutable tags, scans, expiry, the environment’s tags, and AWS’s own key', async () => {
  const [at, there] = [acme({}, { tags: { team: 'platform' } }), await registry()];
  await build(at, ['prod', 'worker'], there.env);
  expect(there.asked('CreateRepository')).toEqual({
    repositoryName: 'acme-prod-worker',
    imageTagMutability: 'IMMUTABLE',
    imageScanningConfiguration: { scanOnPush: true },
    encryptionConfiguration: { encryptionType: 'AES256' },
    tags: [
      { Key: 'team', Value: 'platform' },
      { Key: 'gitlab-runner-aws:project', Value: 'acme' },
      { Key: 'gitlab-runner-aws:environment', Value: 'prod' },
    ],
  });
  const policy = there.asked('PutLifecyclePolicy')?.lifecyclePolicyText as string;
  expect(JSON.parse(policy)).toMatchObject({
    rules: [
      {
        selection: {
          tagStatus: 'untagged',
          countType: 'sinceImagePushed',
          countUnit: 'days',
          countNumber: 7,
        },
        action: { type: 'expire' },
      },
      {
        selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 20 },
        action: { type: 'expire' },
      },
    ],
  });
});

test('encrypts a repository with the environment’s given key', async () => {
  const [at, there] = [acme({}, { encryption: { kmsKeyArn: KEY_ARN } }), await registry()];
  await build(at, ['prod', 'worker'], there.env);
  expect(there.asked('CreateRepository')).toMatchObject({
    encryptionConfiguration: { encryptionType: 'KMS', kmsKey: KEY_ARN },
  });
});

test.each([
  ['without a policy gets one', undefined, ['PutLifecyclePolicy', 'PutImage', 'TagResource']],
  ['with a policy of the user’s keeps it', '{"rules":[]}', ['PutImage', 'TagResource']],
])('a repository that exists %s', async (_, policy, changes) => {
  const repositories = { 'acme-prod-worker': [] };
  const [at, there] = [acme(), await registry({ repositories, ...(policy === undefined ? {} : { policy }) })];
  const { code } = await build(at, ['prod', 'worker'], there.env);
  expect({ code, changes: there.changes }).toEqual({ code: 0, changes });
});

test('builds nothing where the images exist and stacks find them', async () => {
  const repositories = { 'acme-prod-manager': [manager.hash], 'acme-prod-worker': ['another', worker.hash] };
  const [at, there] = [acme(), await registry({ repositories })];
  const first = await build(at, ['prod'], there.env);
  const line = (image: string, tag: string) =>
    `prod ${image} (x86_64): ${REGISTRY}/acme-prod-${image}:${tag} exists already, digest ${DIGEST}.\n`;
  const stdout = line('manager', manager.hash) + line('worker', worker.hash) + 'Next: npx cdktf diff prod\n';
  expect(first).toMatchObject({ code: 0, stdout });
  expect(there.changes).toEqual(['TagResource', 'TagResource']);
  const second = await build(at, ['prod'], there.env);
  expect(second).toMatchObject({ code: 0, stdout });
  expect({ calls: at.calls, changes: there.changes }).toEqual({
    calls: [...CHECKED, ...CHECKED],
    changes: ['TagResource', 'TagResource'],
  });
});

test('refuses --force where one image exists, names the way out, and builds neither', async () => {
  const repositories = { 'acme-prod-worker': [worker.hash] };
  const [at, there] = [acme(), await registry({ repositories })];
  const { code, stdout, stderr } = await build(at, [...both, '--force'], there.env);
  expect({ code, stdout, stderr }).toEqual({
    code: 1,
    stdout: '',
    stderr: `${REGISTRY}/acme-prod-worker:${worker.hash} exists, and tags are immutable: --force can't replace it. Delete it first, if no task needs it: aws ecr batch-delete-image --region ${REGION} --repository-name acme-prod-worker --image-ids imageTag=${worker.hash}\n`,
  });
  expect({ calls: at.calls, changes: there.changes }).toEqual({ calls: CHECKED, changes: [] });
});

test.each([
  ['that are to be built', {}],
  ['that exist', { 'acme-prod-manager': [manager.hash], 'acme-prod-worker': [worker.hash] }],
])('checks everything and makes nothing with --dry-run for images %s', async (_, repositories) => {
  const [at, there] = [acme(), await registry({ repositories })];
  const env = { ...there.env, ENVIRONMENTS_DIR: './environments' };
  const { code, stdout } = await build(at, [...both, '--dry-run'], env);
  const said = (image: string, tag: string) =>
    Object.keys(repositories).length === 0
      ? `prod ${image} (x86_64): everything that a build needs is there; acme-prod-${image}:${tag}.\n`
      : `prod ${image} (x86_64): ${REGISTRY}/acme-prod-${image}:${tag} exists already, digest ${DIGEST}.\n`;
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `${said('manager', manager.hash)}${said('worker', worker.hash)}Nothing was built or changed (--dry-run).\nNext: ENVIRONMENTS_DIR=./environments npm run docker:build -- prod --driver-sha256 ${checksum}\n`,
  });
  expect({ calls: at.calls, changes: there.changes }).toEqual({ calls: CHECKED, changes: [] });
});

test('names one image again in the command that comes after --dry-run', async () => {
  const { stdout } = await build(acme(), ['prod', 'worker', '--dry-run'], (await registry()).env);
  expect(stdout).toContain('\nNext: npm run docker:build -- prod worker\n');
});

test('builds a worker for each instruction set of the jobs, and says when the engine has to emulate it', async () => {
  const task = (architecture: Architecture, image?: string) => ({ task: { architecture, image } });
  const fleets = {
    jobs: { type: 'fargate', runners: { arm: task('arm64'), intel: task('x86_64') } },
    more: { type: 'fargate', runners: { arm: task('arm64'), own: task('arm64', 'ci/node:22') } },
  };
  const [at, there] = [acme({}, { fleets }), await registry()];
  const { code, stdout, stderr } = await build(at, ['prod', 'worker'], there.env);
  const said = (architecture: Architecture) =>
    `prod worker (${architecture}): pushed ${REGISTRY}/acme-prod-worker:${contentOf('worker', architecture).hash}, digest ${DIGEST}.\n`;
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `${said('arm64')}${said('x86_64')}Next: npx cdktf diff prod\n`,
  });
  expect(stderr.match(/The Docker engine is \w+, and builds \w+ by emulation/g)).toEqual([
    'The Docker engine is amd64, and builds arm64 by emulation',
  ]);
  const platforms = at.calls.flatMap((call) => /docker build --platform (\S+)/.exec(call)?.[1] ?? []);
  expect(platforms).toEqual(['linux/arm64', 'linux/amd64']);
  expect(there.tagsOf('acme-prod-worker')).toMatchObject({
    [containerImageTag(contentOf('worker', 'arm64').hash)]: 'arm64',
    [containerImageTag(worker.hash)]: 'x86_64',
  });
});

describe('refuses, before it asks Docker or AWS, when', () => {
  const given = { managers: { image: 'ci/manager:1' }, runners: { node: { task: { image: 'ci/node:22' } } } };
  test.each<[string, object, readonly string[], string]>([
    [
      'the environment has no Fargate fleet',
      minimal().fleets,
      ['prod'],
      'prod has no Fargate fleet, and only those have container images',
    ],
    [
      'all images are given',
      { jobs: { type: 'fargate', ...given } },
      ['prod'],
      'There is nothing to build: every Fargate fleet of prod has given container images',
    ],
    [
      'the wanted image is given',
      { jobs: { type: 'fargate', runners: given.runners } },
      ['prod', 'worker'],
      'There is nothing to build: every Fargate fleet of prod has given worker images',
    ],
  ])('%s', async (_, fleets, args, message) => {
    const [at, there] = [acme({}, { fleets }), await registry()];
    const { code, stdout, stderr } = await build(at, args, there.env);
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: `${message}\n` });
    expect({ calls: at.calls, asked: there.calls }).toEqual({ calls: [], asked: [] });
  });
});

test('builds with BuildKit in the user’s engine: one manifest, and not in another builder', async () => {
  const [at, there] = [acme(), await registry()];
  const env = { ...there.env, BUILDX_BUILDER: 'elsewhere', DOCKER_CONFIG: at.folder, DOCKER_BUILDKIT: '0' };
  const { stderr } = await build(at, ['prod', 'worker'], env);
  expect(at.read('build.env').trim().split('\n')).toEqual([
    'BUILDX_NO_DEFAULT_ATTESTATIONS=1',
    'DOCKER_BUILDKIT=1',
    `DOCKER_CONFIG=${at.folder}`,
  ]);
  expect(stderr).not.toContain('emulation');
});

describe('the password of the registry', () => {
  test('goes over standard input, and is in no argument, message or file afterwards', async () => {
    const [at, there] = [acme(), await registry()];
    const { code, stdout, stderr } = await build(at, both, there.env);
    expect(code).toBe(0);
    expect(at.read('password')).toBe(PASSWORD);
    expect([...at.calls, stdout, stderr].join('\n')).not.toContain(PASSWORD);
    expect([...at.calls, stdout, stderr].join('\n')).not.toContain(
      Buffer.from(PASSWORD).toString('base64').slice(0, 20),
    );
    expect(leftovers(at)).toEqual([]);
  });

  test('stays in a configuration of its own, out of keychains, that reaches the user’s engine', async () => {
    const at = acme({ context: 'colima' });
    const there = await registry();
    const own = { auths: { 'registry.example.com': { auth: 'dXNlcjpvd24=' } }, credsStore: 'desktop' };
    at.write('own/config.json', JSON.stringify(own));
    at.write('own/contexts/meta/colima/meta.json', '{"Name":"colima"}');
    const env = { ...there.env, DOCKER_CONFIG: join(at.folder, 'own') };
    const { code } = await build(at, ['prod', 'worker'], env);
    expect(code).toBe(0);
    expect(at.read('configuration.mode')).toBe('700\n');
    expect(JSON.parse(at.read('configuration/config.json'))).toEqual({ auths: { [REGISTRY]: {} } });
    expect(at.read('configuration/contexts/meta/colima/meta.json')).toBe('{"Name":"colima"}');
    expect(Object.keys((JSON.parse(at.read('pushed-with.json')) as { auths: object }).auths)).toEqual([
      REGISTRY,
    ]);
    expect(at.read('pushed-to')).toBe('colima\n');
    expect(JSON.parse(at.read('own/config.json'))).toEqual(own);
  });
});

describe('checks', () => {
  test.each([
    [
      'there is no Docker',
      undefined,
      'Docker was not found; install it: https://docs.docker.com/engine/install/',
    ],
    [
      'its engine does not answer',
      `echo '{"Client":{},"Server":null}'; echo 'Cannot connect to the Docker daemon at unix:///x.' >&2; exit 1`,
      'The Docker engine does not answer: Cannot connect to the Docker daemon at unix:///x.',
    ],
    [
      'its engine is one of Windows',
      `echo '{"Client":{},"Server":{"Os":"windows","Arch":"amd64"}}'`,
      'The Docker engine must be one of linux, not of windows',
    ],
    [
      'it can’t read our Dockerfiles',
      `[[ $1 == version ]] && echo '{"Client":{},"Server":{"Os":"linux","Arch":"amd64"}}'`,
      'docker buildx was not found, which the Dockerfiles need: https://docs.docker.com/go/buildx/',
    ],
  ])('say that %s, and that the account is another, at once', async (_, docker, message) => {
    const at = shell({ prod: prod() });
    at.write('tmp/keep', '');
    if (docker !== undefined) at.stub('docker', docker);
    const there = await registry({ account: '444455556666' });
    const { code, stdout, stderr } = await build(at, ['prod'], {
      ...there.env,
      ...(docker === undefined ? { PATH: join(at.folder, 'bin') } : {}),
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.trim().split('\n')).toEqual([
      message,
      `The credentials are of account 444455556666, and prod is in ${ACCOUNT}`,
    ]);
    expect(there.calls).toEqual([]);
  });

  test.each([
    ['nobody answers', { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }, /: .*ECONNREFUSED/],
    ['there are no credentials', { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }, /credentials/],
  ])('say why AWS could not be asked when %s', async (_, env, reason) => {
    const [at, there] = [acme(), await registry()];
    const { code, stderr } = await build(at, ['prod'], { ...there.env, ...env });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^AWS could not be asked with the credentials of this shell: .*\n$/);
    expect(stderr).toMatch(reason);
  });

  test('say before a build what AWS refuses, without a stack trace', async () => {
    const actions = [
      'DescribeRepositories',
      'CreateRepository',
      'PutLifecyclePolicy',
      'GetAuthorizationToken',
    ];
    const refused = async (action: string) => {
      const [at, there] = [acme(), await registry({ refused: [action] })];
      const { code, stdout, stderr } = await build(at, both, there.env);
      return { code, stdout, stderr, calls: at.calls };
    };
    expect(await Promise.all(actions.map(refused))).toEqual(
      actions.map((action) => ({
        code: 1,
        stdout: '',
        stderr: `AWS could not be asked with the credentials of this shell: You are not allowed to ${action}\n`,
        calls: CHECKED,
      })),
    );
  });

  test.each([
    [
      'a build without a checksum of the driver',
      [],
      'The checksum of the Fargate driver is missing: verify it as docker/manager/Dockerfile says, and write it there as FARGATE_DRIVER_SHA256_X86_64, or give it with --driver-sha256',
    ],
    [
      'a build with a checksum that is none',
      ['--driver-sha256', 'latest'],
      '--driver-sha256 must be 64 hexadecimal digits, got "latest"',
    ],
  ])('refuse %s before anything is made', async (_, args, message) => {
    const [at, there] = [acme(), await registry()];
    const { code, stderr } = await build(at, ['prod', 'manager', ...args], there.env);
    expect({ code, stderr }).toEqual({ code: 1, stderr: `${message}\n` });
    expect({ calls: at.calls, changes: there.changes }).toEqual({ calls: CHECKED, changes: [] });
  });

  test('need no checksum for a worker, nor for a manager that exists', async () => {
    const there = await registry({ repositories: { 'acme-prod-manager': [manager.hash] } });
    const { code, stdout } = await build(acme(), ['prod'], there.env);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^prod manager .* exists already.*\nprod worker .* pushed /) as string,
    });
  });

  test('name the environments that there are, and the images', async () => {
    const [at, there] = [acme(), await registry()];
    const [environment, image] = await Promise.all([
      build(at, ['staging'], there.env),
      build(at, ['prod', 'ghost'], there.env),
    ]);
    expect(environment).toMatchObject({
      code: 1,
      stderr: 'There is no environment staging; there is: prod\n',
    });
    expect(image).toMatchObject({ code: 2, stdout: '' });
    expect(image.stderr).toContain('Choices: "manager", "worker"');
    expect(at.calls).toEqual([]);
  });
});

describe('leaves nothing behind, and goes no further', () => {
  test.each<[string, StubDockerProps, string]>([
    ['build', { build: 'exit 3' }, 'docker build failed; what it said stands above'],
    [
      'login',
      { login: `echo 'WARNING' >&2; echo 'no such host' >&2; exit 1` },
      `docker login to ${REGISTRY} failed: no such host`,
    ],
    ['push', { push: 'exit 1' }, 'docker push failed; what it said stands above'],
  ])('when %s fails', async (step, docker, message) => {
    const [at, there] = [acme(docker), await registry()];
    const { code, stdout, stderr } = await build(at, ['prod', 'worker'], there.env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.trim().split('\n').at(-1)).toBe(message);
    expect(at.calls.at(-2)).toMatch(new RegExp(`^docker ${step} `));
    expect(at.calls.at(-1)).toBe(`docker image rm ${REGISTRY}/acme-prod-worker:${worker.hash}`);
    expect(leftovers(at)).toEqual([]);
  });

  /** Waits until it is stopped, and ends as Docker does. */
  const waiting = `trap 'kill $!; exit 130' INT TERM; sleep 50 & echo waiting >&2; wait $!`;

  test.each(['build', 'push'] as const)('when a signal ends it in docker %s', async (step) => {
    const there = await registry();
    const stopped = async (signal: NodeJS.Signals, who: 'it alone' | 'its group') => {
      const at = acme({ [step]: waiting });
      const running = start(at, ['prod', 'worker'], there.env);
      await running.says('waiting');
      running.interrupt(signal, who);
      const { code, stdout, stderr } = await running.ended;
      const last = stderr.trim().split('\n').at(-1);
      return { code, stdout, last, leftovers: leftovers(at), end: at.calls.at(-1) };
    };
    const expected = (signal: string) => ({
      code: 1,
      stdout: '',
      last: `docker ${step} was stopped by ${signal}`,
      leftovers: [],
      end: `docker image rm ${REGISTRY}/acme-prod-worker:${worker.hash}`,
    });
    expect(
      await Promise.all([
        stopped('SIGINT', 'its group'),
        stopped('SIGTERM', 'it alone'),
        stopped('SIGHUP', 'it alone'),
      ]),
    ).toEqual(['SIGINT', 'SIGTERM', 'SIGHUP'].map(expected));
  });

  test.each([
    ['and it fails', 'exit 130'],
    ['and it ends well', 'exit 0'],
  ])('when Ctrl-C comes in docker login, %s', async (_, end) => {
    const there = await registry();
    // Nobody hears a login: the file tells that it waits.
    const waiting = `trap 'kill $!; ${end}' INT; sleep 50 & touch "$(dirname "$0")/waiting"; wait $!`;
    const at = acme({ login: waiting });
    const running = start(at, ['prod', 'worker'], there.env);
    await until(
      () => at.has('bin/waiting'),
      30,
      () => at.calls.join('\n'),
    );
    running.interrupt('SIGINT', 'its group');
    const { code, stderr } = await running.ended;
    expect({ code, last: stderr.trim().split('\n').at(-1) }).toEqual({
      code: 1,
      last: 'docker:build was stopped by SIGINT',
    });
    expect(at.calls).not.toContainEqual(expect.stringMatching(/^docker push/));
    expect(leftovers(at)).toEqual([]);
  });

  test('when ECR has no image after a push', async () => {
    const [at, there] = [acme({ push: 'exit 0' }), await registry()];
    const { code, stdout, stderr } = await build(at, ['prod', 'worker'], there.env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.trim().split('\n').at(-1)).toBe(
      `docker push ended well, and ECR has no acme-prod-worker:${worker.hash}`,
    );
  });
});

test('prints what was pushed also where a later image fails', async () => {
  const [at, there] = [acme({ build: '[[ $* != *worker* ]] || exit 1' }), await registry()];
  const { code, stdout } = await build(at, both, there.env);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^prod manager \(x86_64\): pushed .*\n$/);
  const json = await build(at, [...both, '--json'], there.env);
  expect(JSON.parse(json.stdout)).toMatchObject([{ image: 'manager', outcome: 'exists' }]);
});
