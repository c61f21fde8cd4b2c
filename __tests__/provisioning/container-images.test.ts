import * as fs from 'node:fs';
import * as path from 'node:path';
import type { BuiltContainerImage } from '../../src/config/fleet-model';
import { ecrRepositoryName, type ContainerImageKind } from '../../src/config/names';
import { containerImageContent, dockerfileOf } from '../../src/provisioning/container-images';
import { readProvisioning } from '../../src/provisioning/provisioning';
import { discardFolders, newFolder, REPOSITORY } from '../support/folders';

/** What container images are built from, and the hash that is their tag. */

afterAll(discardFolders);

const kinds: readonly ContainerImageKind[] = ['manager', 'worker'];

const loader = 'packer/files/usr/local/lib/gitlab-runner-aws/load-tokens.sh';

/** A small repository with everything that is read. */
const sources: Readonly<Record<string, string>> = {
  'docker/gitlab-runner.repo': '[gitlab-runner]\n',
  'docker/manager/Dockerfile': 'FROM scratch\n',
  'docker/manager/entrypoint.sh': '#!/bin/bash\n# manager\n',
  'docker/worker/Dockerfile': 'FROM scratch\n',
  'docker/worker/entrypoint.sh': '#!/bin/bash\n# worker\n',
  'docker/worker/ssh/sshd_config': 'Port 22\n',
  [loader]: '#!/bin/bash\n# tokens\n',
};

const filesOf: Readonly<Record<ContainerImageKind, readonly string[]>> = {
  manager: ['docker/manager/Dockerfile', 'docker/manager/entrypoint.sh', 'docker/gitlab-runner.repo', loader],
  worker: [
    'docker/worker/Dockerfile',
    'docker/worker/entrypoint.sh',
    'docker/worker/ssh/sshd_config',
    'docker/gitlab-runner.repo',
  ],
};

const builtImage = (
  image: ContainerImageKind,
  fields: Partial<BuiltContainerImage> = {},
): BuiltContainerImage => ({
  kind: 'built',
  image,
  repository: `acme-prod-${image}`,
  gitlabRunnerVersion: '19.3.0',
  architecture: 'x86_64',
  ...fields,
});
const repository = newFolder(sources);
const hashOf = (
  kind: ContainerImageKind,
  folder = repository,
  fields: Partial<BuiltContainerImage> = {},
): string => containerImageContent(folder, builtImage(kind, fields)).hash;

describe.each(kinds)('the image of the %s', (kind) => {
  const { files, hash } = containerImageContent(repository, builtImage(kind));

  test('has its own files and those that it shares, by their paths in the repository', () => {
    expect(files.map(({ path: name, bytes }) => [name, bytes.toString()])).toEqual(
      filesOf[kind].map((name) => [name, sources[name]]),
    );
  });

  test('has modes by what is run', () => {
    const run = files.filter(({ mode }) => mode === '0755').map(({ path: name }) => name);
    expect(run).toEqual(filesOf[kind].filter((name) => name.endsWith('.sh')));
  });

  test('has a hash of 32 hexadecimal digits, the same every time and everywhere', () => {
    expect(hash).toMatch(/^[0-9a-f]{32}$/);
    expect(hashOf(kind)).toBe(hash);
    expect(hashOf(kind, newFolder(sources))).toBe(hash);
  });

  test.each(filesOf[kind])('has another hash with each byte of %s', (name) => {
    const content = sources[name] ?? '';
    for (const other of [`${content} `, content.slice(0, -1), content.replace(/.$/m, '~')]) {
      expect(other).not.toBe(content);
      expect(hashOf(kind, newFolder({ ...sources, [name]: other }))).not.toBe(hash);
    }
  });

  test('has another hash with a file more, and with a file that moves', () => {
    const { [`docker/${kind}/entrypoint.sh`]: content = '', ...rest } = sources;
    expect(hashOf(kind, newFolder({ ...sources, [`docker/${kind}/new`]: '' }))).not.toBe(hash);
    expect(hashOf(kind, newFolder({ ...rest, [`docker/${kind}/start.sh`]: content }))).not.toBe(hash);
  });

  test.each<[string, Partial<BuiltContainerImage>]>([
    ['version of gitlab-runner', { gitlabRunnerVersion: '19.3.1' }],
    ['architecture', { architecture: 'arm64' }],
  ])('has another hash with another %s', (_, fields) => {
    expect(hashOf(kind, repository, fields)).not.toBe(hash);
  });

  test('has the same hash in every environment', () => {
    expect(hashOf(kind, repository, { repository: `acme-dev-${kind}` })).toBe(hash);
  });

  test('is the one that a stack looks for', () => {
    const image = builtImage(kind);
    const { hash: wanted } = readProvisioning(REPOSITORY).containerImage(image);
    expect(wanted).toBe(containerImageContent(REPOSITORY, image).hash);
  });

  test('has the same hash whatever the umask is, and with files of others', () => {
    const folder = newFolder({
      ...sources,
      [`docker/${kind}/.entrypoint.sh.swp`]: 'x',
      'docker/other/Dockerfile': 'x',
      'packer/files/usr/local/lib/gitlab-runner-aws/drain.sh': 'x',
      'README.md': 'x',
    });
    for (const [index, name] of Object.keys(sources).entries())
      fs.chmodSync(path.join(folder, name), [0o600, 0o755, 0o777][index % 3] ?? 0);
    expect(hashOf(kind, folder)).toBe(hash);
  });
});

test('the two images have two hashes, and repositories of their environment', () => {
  expect(hashOf('manager')).not.toBe(hashOf('worker'));
  expect(kinds.map((kind) => ecrRepositoryName('acme-prod', kind))).toEqual([
    'acme-prod-manager',
    'acme-prod-worker',
  ]);
});

/** Sources of COPY in a Dockerfile, without those from other stages; a name may have `*`. */
const copied = (dockerfile: string): string[] =>
  dockerfile
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
    .flatMap((line) =>
      line
        .split(/\s+/)
        .slice(1, -1)
        .filter((word) => !word.startsWith('--')),
    );

const isMeant = (pattern: string, name: string): boolean => {
  const [start = '', end] = pattern.split('*');
  if (end === undefined) return name === pattern;
  const isInFolder = path.dirname(name) === path.dirname(pattern);
  return isInFolder && name.startsWith(start) && name.endsWith(end);
};

describe.each(kinds)('this repository’s Dockerfile of the %s', (kind) => {
  const names = containerImageContent(REPOSITORY, builtImage(kind)).files.map(({ path: name }) => name);
  const patterns = copied(fs.readFileSync(path.join(REPOSITORY, dockerfileOf(kind)), 'utf8'));

  test('finds in the build context everything that it copies', () => {
    expect(patterns).not.toEqual([]);
    expect(patterns.filter((pattern) => !names.some((name) => isMeant(pattern, name)))).toEqual([]);
  });

  test('copies everything in the build context: nothing changes the tag and not the image', () => {
    const unused = names.filter((name) => !patterns.some((pattern) => isMeant(pattern, name)));
    expect(unused).toEqual([dockerfileOf(kind)]);
  });
});
