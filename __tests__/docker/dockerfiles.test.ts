import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { REPOSITORY } from '../support/folders';
import {
  PACKER,
  calls,
  discardMachines,
  filesUnder,
  hasTool,
  newMachine,
  run,
  stub,
  type Outcome,
} from '../support/machine';
import {
  IMAGES,
  copiesOf,
  dockerfileOf,
  filesOf,
  finalStage,
  parse,
  stagesOf,
  type Instruction,
} from './dockerfile';

const DOCKER = path.join(REPOSITORY, 'docker');
const relative = (file: string): string => path.relative(REPOSITORY, file);
const files = filesUnder(DOCKER);
const scripts = files.filter((file) => file.endsWith('.sh'));

const textsOf = (instructions: readonly Instruction[], name: string): string[] =>
  instructions.filter((instruction) => instruction.name === name).map(({ text }) => text);

/** An image by a name and a version that never means another one: no `latest`, no bare major version. */
const PINNED = /^[a-z0-9./-]+:\d+\.\d+[A-Za-z0-9.-]*$/;

/** The images that a Dockerfile is built on, with the defaults of its arguments, and without its own stages. */
function basesOf(text: string): string[] {
  const defaults = new Map(textsOf(parse(text), 'ARG').map((arg) => [arg.split('=')[0], arg.split('=')[1]]));
  const froms = stagesOf(text).map((stage) => stage[0]?.text ?? '');
  const own = froms.map((from) => / AS (\S+)$/.exec(from)?.[1]);
  return froms
    .map((from) => from.split(' ')[0] ?? '')
    .map((base) => (base.startsWith('$') ? (defaults.get(base.slice(1)) ?? '') : base))
    .filter((base) => !own.includes(base));
}

const commandsOf = (text: string): string => textsOf(parse(text), 'RUN').join('\n');

/** A variable for a token in a layer, or a token itself. */
const isSecret = ({ name, text }: Instruction): boolean =>
  (['ARG', 'ENV'].includes(name) && /TOKEN|PASSWORD|SECRET|ACCESS_KEY|PRIVATE/.test(text)) ||
  /glrt-|GR1348941|AKIA[A-Z0-9]{8}|BEGIN [A-Z ]*PRIVATE KEY/.test(text);

/** Whether a Dockerfile has the fault. */
const RULES: Readonly<Record<string, (text: string) => boolean>> = {
  'a base that is not pinned': (text) => !basesOf(text).every((base) => PINNED.test(base)),
  ADD: (text) => textsOf(parse(text), 'ADD').length > 0,
  'a download that is run unseen': (text) => /(curl|wget)[^&;]*\|\s*(ba|da|z)?sh\b/.test(commandsOf(text)),
  'a download without a checksum': (text) =>
    /\b(curl|wget)\b .*(http|\$)/.test(commandsOf(text)) && !/\| sha256sum --check/.test(commandsOf(text)),
  'an unverified connection': (text) =>
    /--insecure|\bcurl\b[^&]* -\w*k|--nogpgcheck|--no-check-certificate|trusted=yes/.test(commandsOf(text)),
  latest: (text) => parse(text).some((instruction) => /\blatest\b/.test(instruction.text)),
  'no USER': (text) => textsOf(stagesOf(text).at(-1) ?? [], 'USER').length === 0,
  'a secret': (text) => parse(text).some(isSecret),
  'an entrypoint in a shell, which takes its signals': (text) =>
    !textsOf(parse(text), 'ENTRYPOINT').every((entrypoint) => entrypoint.startsWith('["/')),
};

/** What is wrong with a Dockerfile, by the rules that matter here. */
const faultsOf = (text: string): string[] =>
  Object.entries(RULES)
    .filter(([, hasFault]) => hasFault(text))
    .map(([fault]) => fault);

const SOUND = 'FROM public.example.com/base:1.2\nRUN true\nUSER somebody\nENTRYPOINT ["/entry"]\n';

describe('the rules for Dockerfiles', () => {
  test('pass a sound one', () => {
    expect(faultsOf(SOUND)).toEqual([]);
  });

  test.each([
    ['a base that is not pinned', SOUND.replace('public.example.com/base:1.2', 'debian')],
    ['a base that is not pinned', SOUND.replace('public.example.com/base:1.2', 'debian:12')],
    ['a base that is not pinned', `ARG BASE=debian:stable\n${SOUND.replace(/FROM .*/, 'FROM $BASE')}`],
    ['a base that is not pinned', `ARG BASE\n${SOUND.replace(/FROM .*/, 'FROM $BASE')}`],
    ['ADD', `${SOUND}ADD https://example.com/tool /tool\n`],
    ['a download that is run unseen', `${SOUND}RUN curl -sL x \\\n | bash && echo sha256sum --check\n`],
    ['a download without a checksum', `${SOUND}RUN curl -o /x https://example.com/x\n`],
    ['an unverified connection', `${SOUND}RUN dnf install --nogpgcheck x\n`],
    ['latest', `${SOUND}RUN install x@latest\n`],
    ['no USER', SOUND.replace('USER somebody\n', '')],
    ['a secret', `${SOUND}ENV RUNNER_TOKEN=\n`],
    ['a secret', `${SOUND}RUN echo glrt-abc\n`],
    ['an entrypoint in a shell, which takes its signals', `${SOUND}ENTRYPOINT /entry\n`],
  ])('find: %s', (fault, text) => {
    expect(faultsOf(text)).toEqual([fault]);
  });

  test.each(IMAGES)('find nothing in that of the %s', (image) => {
    expect(faultsOf(dockerfileOf(image))).toEqual([]);
  });
});

describe('both images', () => {
  test('take gitlab-runner in the version that is asked for, from the repository that the machines use', () => {
    const script = fs.readFileSync(
      path.join(PACKER, 'scripts/amazon-linux-2023/install-gitlab-runner.sh'),
      'utf8',
    );
    const repository = /<<'REPO'\n([^]*?)REPO\n/.exec(script)?.[1];
    expect(fs.readFileSync(path.join(DOCKER, 'gitlab-runner.repo'), 'utf8')).toBe(repository);
    for (const image of IMAGES) {
      const builder = stagesOf(dockerfileOf(image))[0] ?? [];
      expect(textsOf(builder, 'ARG')).toEqual(['GITLAB_RUNNER_VERSION']);
      expect(textsOf(builder, 'RUN')[0]).toContain('"gitlab-runner-$GITLAB_RUNNER_VERSION-1"');
      expect(textsOf(finalStage(image), 'COPY')).toContain(
        '--from=gitlab-runner /usr/bin/gitlab-runner /usr/bin/gitlab-runner',
      );
    }
  });

  test('are built on the same release of Amazon Linux', () => {
    const [manager, worker] = IMAGES.map((image) => /amazonlinux:(\S+)/.exec(dockerfileOf(image))?.[1]);
    expect(manager).toMatch(/^2023\.\d+\.\d{8}\.\d+$/);
    expect(worker).toBe(manager);
  });

  test.each(IMAGES)('copy only files that there are, and all scripts of the %s', (image) => {
    const copied = stagesOf(dockerfileOf(image))
      .flatMap(copiesOf)
      .flatMap(({ sources }) => sources.map((source) => [source, filesOf(source)] as const));
    expect(copied.filter(([, found]) => found.length === 0)).toEqual([]);
    const own = scripts.filter((file) => file.startsWith(path.join(DOCKER, image)));
    expect(own.length).toBeGreaterThan(0);
    expect(copied.flatMap(([, found]) => found)).toEqual(expect.arrayContaining(own));
  });

  test.each(IMAGES)('start a script that the image of the %s has, executable', (image) => {
    const [entrypoint] = textsOf(finalStage(image), 'ENTRYPOINT').map((text) => JSON.parse(text) as string[]);
    const [copy] = copiesOf(finalStage(image)).filter(({ sources }) =>
      sources.some((one) => one.endsWith('.sh')),
    );
    expect(entrypoint).toEqual([`${copy?.target ?? ''}entrypoint.sh`]);
    expect(copy?.mode).toBe(0o755);
  });
});

describe('the image of the manager', () => {
  const [, driver = []] = stagesOf(dockerfileOf('manager'));
  const [download = ''] = textsOf(driver, 'RUN');

  /** The defaults of a stage's arguments. */
  const argumentsOf = (stage: readonly Instruction[]): Record<string, string> =>
    Object.fromEntries(
      textsOf(stage, 'ARG').map((arg) => [arg.split('=')[0] ?? '', arg.split('=')[1] ?? '']),
    );

  /** Runs the driver's stage on a machine of that architecture; what it calls is played. */
  const build = (
    architecture: string,
    sums: Record<string, string>,
  ): Outcome & { readonly downloaded: string[] } => {
    const machine = newMachine();
    stub(machine, 'uname', `echo ${architecture}`);
    stub(machine, 'sha256sum', '[[ $* == "--check --strict" ]] && cat');
    for (const name of ['curl', 'chmod']) stub(machine, name);
    const outcome = run(machine, ['bash', '--norc', '-c', download], {
      ...argumentsOf(driver),
      ...sums,
    });
    return { ...outcome, downloaded: calls(machine, 'curl') };
  };

  afterEach(discardMachines);

  test('does not run as root', () => {
    expect(textsOf(finalStage('manager'), 'USER')).toEqual(['gitlab-runner']);
  });

  test('makes an identity for every task, since the image has none', () => {
    expect(textsOf(finalStage('manager'), 'RUN')[0]).toContain('truncate --size 0 /etc/machine-id');
  });

  test('says whether it is healthy by a script that it has', () => {
    const [check = ''] = textsOf(finalStage('manager'), 'HEALTHCHECK');
    expect(check).toContain('CMD ["/usr/local/lib/gitlab-runner-aws/healthy.sh"]');
  });

  test.each([
    ['x86_64', 'fargate-linux-amd64', 'aaa'],
    ['aarch64', 'fargate-linux-arm64', 'bbb'],
  ])('takes the driver of %s by its own checksum', (machine, file, sum) => {
    const sums = { FARGATE_DRIVER_SHA256_X86_64: 'aaa', FARGATE_DRIVER_SHA256_AARCH64: 'bbb' };
    const { status, stdout, downloaded } = build(machine, sums);
    expect(stdout).toBe(`${sum}  /fargate\n`);
    expect(downloaded).toHaveLength(1);
    expect(downloaded[0]).toMatch(/^curl --fail .*--proto =https --output \/fargate /);
    expect(downloaded[0]).toContain(
      ` https://gitlab-runner-custom-fargate-downloads.s3.amazonaws.com/v0.5.1/${file}`,
    );
    expect(status).toBe(0);
  });

  test.each(['x86_64', 'aarch64', 'riscv64'])('rejects a build for %s without a checksum', (machine) => {
    const { status, stderr, downloaded } = build(machine, {});
    expect(status).not.toBe(0);
    expect(stderr).toContain('sha256: is not set for this architecture, see the Dockerfile');
    expect(downloaded).toEqual([]);
  });

  test('has no checksum that nobody verified', () => {
    expect(textsOf(driver, 'ARG').filter((arg) => arg.includes('SHA256'))).toEqual([
      'FARGATE_DRIVER_SHA256_X86_64=',
      'FARGATE_DRIVER_SHA256_AARCH64=',
    ]);
  });
});

describe('the image of the worker', () => {
  test('has what a job needs, and no host key', () => {
    const [install = ''] = textsOf(finalStage('worker'), 'RUN');
    for (const name of ['ca-certificates', 'git', 'git-lfs', 'openssh-server', 'procps']) {
      expect(install.split(/\s+/)).toContain(name);
    }
    expect(install).toContain('rm -rf /var/lib/apt/lists/* /etc/ssh/ssh_host_*');
  });
});

describe('every script', () => {
  test('is found by these tests', () => {
    expect(scripts.map(relative)).toEqual(
      expect.arrayContaining(['docker/manager/entrypoint.sh', 'docker/worker/entrypoint.sh']),
    );
  });

  test.each(['manager/entrypoint.sh', 'manager/healthy.sh', 'worker/entrypoint.sh'])(
    'passes shellcheck with all that it sources: %s',
    (script) => {
      if (!hasTool('shellcheck')) return;
      const options = ['--external-sources', '--check-sourced'];
      const { status, stdout } = spawnSync('shellcheck', [...options, path.join('docker', script)], {
        cwd: REPOSITORY,
        encoding: 'utf8',
      });
      expect(stdout).toBe('');
      expect(status).toBe(0);
    },
  );

  test('is sourced by the entrypoint, or is a program of its own', () => {
    const entrypoint = fs.readFileSync(path.join(DOCKER, 'manager/entrypoint.sh'), 'utf8');
    const sourced = [...entrypoint.matchAll(/^\. "\$HERE\/(\S+)"$/gm)].map(([, name]) => name);
    const own = scripts.filter((file) => file.includes('/manager/')).map((file) => path.basename(file));
    expect([...sourced, 'entrypoint.sh', 'healthy.sh'].sort()).toEqual(own);
  });

  test.each(scripts.map(relative))(
    'stops at the first error, shows no trace, is executable: %s',
    (script) => {
      const file = path.join(REPOSITORY, script);
      const content = fs.readFileSync(file, 'utf8');
      expect(content).toMatch(/^#!\/bin\/bash\n#/);
      expect(content).toMatch(/^set -euo pipefail$/m);
      expect(content).not.toMatch(/set -\w*x|xtrace/);
      expect(fs.statSync(file).mode & 0o111).toBe(0o111);
    },
  );

  test('holds no secret and no name of an environment', () => {
    expect(files.length).toBeGreaterThan(8);
    const found = files.filter((file) => /glrt-[A-Za-z0-9]|acme|AKIA/.test(fs.readFileSync(file, 'utf8')));
    expect(found).toEqual([]);
  });
});
