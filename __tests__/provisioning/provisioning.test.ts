import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { EnvironmentInput } from '../../src/config/environment';
import type { Image } from '../../src/config/image-model';
import { readProvisioning, type FirstBootPart } from '../../src/provisioning/provisioning';
import { REPOSITORY, discardFolders, newFolder } from '../support/folders';
import { KEY_ARN, minimal, parsed, withFleet, withImage } from '../support/environments';

/** The bytes that go onto a machine, and the hash of an image. */

afterAll(discardFolders);

type ImageInput = NonNullable<Parameters<typeof withImage>[0]>;

/** A small repository with everything that is read. */
const sources = {
  'packer/scripts/provision.sh': '#!/bin/bash\n',
  'packer/scripts/amazon-linux-2023/steps': 'install-docker\n',
  'packer/scripts/amazon-linux-2023/install-docker.sh': '#!/bin/bash\n# docker\n',
  'packer/scripts/clean-up.sh': '#!/bin/bash\n# clean\n',
  'packer/scripts/check-clean.sh': '#!/bin/bash\n# check\n',
  'packer/files/etc/docker/daemon.json': '{}\n',
  'packer/files/usr/local/bin/tool': '#!/bin/bash\n',
  'images/one.sh': 'echo one\n',
  'images/two.sh': 'echo two\n',
  'images/ca.pem': 'certificate\n',
  'images/other.pem': 'certificate\n',
};

const user: ImageInput = {
  packages: ['git-lfs', 'jq'],
  scripts: ['images/one.sh', 'images/two.sh'],
  files: [{ source: 'images/ca.pem', destination: '/etc/ca.pem', mode: '0644' }],
};

/** What only images on Ubuntu carry. */
const ofUbuntu = {
  'packer/scripts/ubuntu-24.04/steps': 'install-docker\n',
  'packer/scripts/ubuntu-24.04/install-docker.sh': '#!/bin/bash\n# apt\n',
};

function imageOf(image: ImageInput, fields: Partial<EnvironmentInput> = {}, name = 'dev'): Image {
  const [first] = parsed(withImage(image, fields), name).images;
  if (first === undefined) throw new Error('there is no image');
  return first;
}
const repository = newFolder(sources);
const hashOf = (image: Image, folder = repository): string => readProvisioning(folder).hashOf(image);
const base = hashOf(imageOf(user));

const everything: readonly FirstBootPart[] = ['runner', 'worker', 'predecessor', 'machines', 'registry'];

describe('the hash of an image', () => {
  test('is 32 hexadecimal digits, and the same every time and everywhere', () => {
    expect(base).toMatch(/^[0-9a-f]{32}$/);
    expect(hashOf(imageOf(user))).toBe(base);
    expect(hashOf(imageOf(user), newFolder(sources))).toBe(base);
  });

  test.each<[string, ImageInput]>([
    ['a package more', { ...user, packages: ['git-lfs', 'jq', 'zip'] }],
    ['a package less', { ...user, packages: ['git-lfs'] }],
    ['the version of gitlab-runner', { ...user, gitlabRunnerVersion: '19.3.1' }],
    ['the checksum of Docker Machine', { ...user, dockerMachineSha256: 'a'.repeat(64) }],
    ['the architecture', { ...user, architecture: 'arm64' }],
    ['the size of the root volume', { ...user, rootVolumeGib: 31 }],
    ['a script less', { ...user, scripts: ['images/one.sh'] }],
    ['the order of scripts', { ...user, scripts: ['images/two.sh', 'images/one.sh'] }],
    ['a file less', { ...user, files: [] }],
    [
      'the mode of a file',
      { ...user, files: [{ source: 'images/ca.pem', destination: '/etc/ca.pem', mode: '0600' }] },
    ],
    [
      'the destination of a file',
      { ...user, files: [{ source: 'images/ca.pem', destination: '/etc/ca2.pem' }] },
    ],
    [
      'a second file',
      {
        ...user,
        files: [
          { source: 'images/ca.pem', destination: '/etc/ca.pem' },
          { source: 'images/ca.pem', destination: '/etc/b.pem' },
        ],
      },
    ],
  ])('changes with %s', (_, image) => {
    expect(hashOf(imageOf(image))).not.toBe(base);
  });

  const all = Object.keys(sources).filter((name) => name !== 'images/other.pem');
  test.each(all)('changes with each byte of %s', (name) => {
    const content = sources[name as keyof typeof sources];
    const changed = [`${content} `, content.slice(0, -1), content.replace(/.$/m, '~')];
    for (const other of changed) {
      expect(other).not.toBe(content);
      expect(hashOf(imageOf(user), newFolder({ ...sources, [name]: other }))).not.toBe(base);
    }
  });

  const added = ['packer/scripts/new.sh', 'packer/scripts/amazon-linux-2023/new.sh', 'packer/files/etc/new'];
  test.each(added)('changes with a new file %s', (name) => {
    expect(hashOf(imageOf(user), newFolder({ ...sources, [name]: '' }))).not.toBe(base);
  });

  test('does not change with what only images on Ubuntu carry', () => {
    expect(hashOf(imageOf(user), newFolder({ ...sources, ...ofUbuntu }))).toBe(base);
  });

  test('changes when a file of ours moves, with the same bytes', () => {
    const { 'packer/files/etc/docker/daemon.json': content, ...rest } = sources;
    expect(hashOf(imageOf(user), newFolder({ ...rest, 'packer/files/etc/docker.json': content }))).not.toBe(
      base,
    );
  });

  test('changes when a file of ours is run instead of read', () => {
    const content = sources['packer/files/usr/local/bin/tool'];
    const quiet = newFolder({ ...sources, 'packer/files/usr/local/bin/tool': content.replace('#!', '##') });
    expect(
      readProvisioning(quiet)
        .filesForImage(imageOf(user))
        .find(({ path: name }) => name.endsWith('/tool'))?.mode,
    ).toBe('0644');
  });

  test.each<[string, Image]>([
    ['the project', imageOf(user, { project: 'other' })],
    ['the environment', imageOf(user, {}, 'prod')],
    [
      'the region and the account',
      imageOf(user, { aws: { region: 'us-east-1', accountId: '444455556666' } }),
    ],
    ['a key', imageOf(user, { encryption: { kmsKeyArn: KEY_ARN } })],
    ['tags', imageOf(user, { tags: { team: 'x' } })],
    [
      'sharing',
      imageOf({ ...user, shareWithAccountIds: ['444455556666'] }, { encryption: { kmsKeyArn: KEY_ARN } }),
    ],
    ['copies', imageOf({ ...user, copyToRegions: { 'eu-west-1': {} } })],
    ['deprecation', imageOf({ ...user, deprecateAfterDays: 1 })],
    [
      'the build instance',
      imageOf({
        ...user,
        build: {
          instanceType: 'c6i.large',
          subnetId: 'subnet-0a1b2c3d',
          iamInstanceProfile: 'x',
          sshInterface: 'public_ip',
        },
      }),
    ],
    [
      'defaults that are written out',
      imageOf({
        ...user,
        gitlabRunnerVersion: '19.3.0',
        rootVolumeGib: 30,
        architecture: 'x86_64',
        base: 'amazon-linux-2023',
      }),
    ],
  ])('does not change with %s', (_, image) => {
    expect(hashOf(image)).toBe(base);
  });

  test('does not change with the name of the image', () => {
    const [renamed] = parsed({ ...withFleet({}), images: { other: user } }).images;
    expect(renamed?.name).toBe('other');
    if (renamed !== undefined) expect(hashOf(renamed)).toBe(base);
  });

  test('does not change with files that no image uses', () => {
    expect(hashOf(imageOf(user), newFolder({ ...sources, 'images/other.pem': 'x', 'README.md': 'x' }))).toBe(
      base,
    );
  });

  test('does not change with the umask of whoever cloned the repository', () => {
    const folder = newFolder(sources);
    for (const [index, name] of Object.keys(sources).entries())
      fs.chmodSync(path.join(folder, name), [0o600, 0o755, 0o777][index % 3] ?? 0);
    expect(hashOf(imageOf(user), folder)).toBe(base);
  });

  test('of this repository’s own environments can be made', () => {
    expect(readProvisioning(REPOSITORY).hashOf(imageOf({}))).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('the provisioning folder', () => {
  const provisioning = readProvisioning(repository);
  const files = provisioning.filesForImage(imageOf(user));
  const at = (name: string) => files.find(({ path: found }) => found === name);

  test('has everything under its own path, with modes by what is run', () => {
    expect(files.map(({ path: name, mode }) => [name, mode])).toEqual([
      ['scripts/check-clean.sh', '0755'],
      ['scripts/clean-up.sh', '0755'],
      ['scripts/install-docker.sh', '0755'],
      ['scripts/provision.sh', '0755'],
      ['scripts/steps', '0644'],
      ['root/etc/docker/daemon.json', '0644'],
      ['root/usr/local/bin/tool', '0755'],
      ['settings.env', '0644'],
      ['files.tsv', '0644'],
      ['user-files/00-ca.pem', '0644'],
      ['user-scripts/00-one.sh', '0755'],
      ['user-scripts/01-two.sh', '0755'],
    ]);
  });

  test('has the bytes of the sources', () => {
    expect(at('scripts/provision.sh')?.bytes.toString()).toBe('#!/bin/bash\n');
    expect(at('root/etc/docker/daemon.json')?.bytes.toString()).toBe('{}\n');
    expect(at('user-scripts/01-two.sh')?.bytes.toString()).toBe('echo two\n');
    expect(at('user-files/00-ca.pem')?.bytes.toString()).toBe('certificate\n');
  });

  test('tells versions, packages and where files go', () => {
    expect(at('settings.env')?.bytes.toString()).toBe(
      "GITLAB_RUNNER_VERSION='19.3.0'\nPACKAGES='git-lfs jq'\n",
    );
    const checked = provisioning.filesForImage(imageOf({ dockerMachineSha256: 'a'.repeat(64) }));
    expect(checked.find(({ path: name }) => name === 'settings.env')?.bytes.toString()).toBe(
      `GITLAB_RUNNER_VERSION='19.3.0'\nDOCKER_MACHINE_SHA256='${'a'.repeat(64)}'\nPACKAGES=''\n`,
    );
    expect(at('files.tsv')?.bytes.toString()).toBe('0644\t/etc/ca.pem\tuser-files/00-ca.pem\n');
  });

  test('carries our scripts to a first boot without their comments, and what people write as it is', () => {
    const commented = '#!/bin/bash\n# why\nset -e\n  # more\necho "# no comment" # nor this\n';
    const carried = readProvisioning(
      newFolder({ ...sources, 'packer/scripts/provision.sh': commented, 'images/tools.sh': commented }),
    ).filesForFirstBoot(imageOf({ scripts: ['images/tools.sh'] }), everything);
    const textOf = (name: string) => carried.find((file) => file.path === name)?.bytes.toString();
    expect(textOf('scripts/provision.sh')).toBe('#!/bin/bash\nset -e\necho "# no comment" # nor this\n');
    expect(textOf('user-scripts/00-tools.sh')).toBe(commented);
  });

  test('makes of our scripts no others when it leaves out their comments', () => {
    const own = readProvisioning(REPOSITORY).filesForFirstBoot(imageOf({}), everything);
    const scripts = own.filter(({ path: name }) => name.endsWith('.sh'));
    expect(scripts.length).toBeGreaterThan(8);
    for (const { bytes } of scripts)
      expect(spawnSync('bash', ['-n'], { input: bytes, encoding: 'utf8' })).toMatchObject({
        status: 0,
        stderr: '',
      });
  });

  test('leaves out the clean-up at first boot, and nothing else', () => {
    const firstBoot = provisioning.filesForFirstBoot(imageOf(user), everything).map(({ path: name }) => name);
    const imageOnly = ['scripts/check-clean.sh', 'scripts/clean-up.sh'];
    expect(firstBoot).toEqual(
      files.map(({ path: name }) => name).filter((name) => !imageOnly.includes(name)),
    );
  });

  test.each<[FirstBootPart, string[]]>([
    [
      'runner',
      [
        'etc/systemd/system/gitlab-runner-drain.service',
        'etc/systemd/system/gitlab-runner-firewall.service',
        'etc/systemd/system/gitlab-runner-token.service',
        'etc/systemd/system/gitlab-runner.service.d/10-gitlab-runner-aws.conf',
        ...['boot', 'drain', 'firewall', 'load-tokens', 'registry-credentials'].map(
          (name) => `usr/local/lib/gitlab-runner-aws/${name}.sh`,
        ),
      ],
    ],
    ['worker', ['usr/local/lib/gitlab-runner-aws/worker.sh']],
    [
      'predecessor',
      [
        'etc/systemd/system/gitlab-runner-predecessor.service',
        'usr/local/lib/gitlab-runner-aws/wait-for-predecessor.sh',
      ],
    ],
    [
      'machines',
      ['etc/systemd/system/gitlab-runner-machines.service', 'usr/local/lib/gitlab-runner-aws/machines.sh'],
    ],
    [
      'registry',
      ['etc/systemd/system/gitlab-runner-registry.service', 'usr/local/lib/gitlab-runner-aws/registry.sh'],
    ],
  ])(
    'carries what only a %s needs to no other machine at its first boot, and to every image',
    (part, own) => {
      const real = readProvisioning(REPOSITORY);
      const carried = (parts: readonly FirstBootPart[]) =>
        real.filesForFirstBoot(imageOf({}), parts).map(({ path: name }) => name);
      const others = carried(everything.filter((other) => other !== part));
      const only = carried(everything).filter((name) => !others.includes(name));
      expect(only).toEqual(own.map((name) => `root/${name}`));
      expect(real.filesForImage(imageOf({})).map(({ path: name }) => name)).toEqual(
        expect.arrayContaining(only),
      );
    },
  );

  test.each([12, 120])('keeps %d scripts in their order, also for a shell that sorts names', (count) => {
    const names = Array.from({ length: count }, (_, index) => `images/s${String((index * 7) % count)}.sh`);
    const many = newFolder({ ...sources, ...Object.fromEntries(names.map((name) => [name, name])) });
    const scripts = readProvisioning(many)
      .filesForImage(imageOf({ scripts: [...new Set(names)] }))
      .filter(({ path: name }) => name.startsWith('user-scripts/'));
    expect(scripts).toHaveLength(count);
    const sorted = [...scripts].sort((one, other) => (one.path < other.path ? -1 : 1));
    expect(sorted.map(({ bytes }) => bytes.toString())).toEqual([...new Set(names)]);
  });

  test('keeps two files of one name apart', () => {
    const twice = newFolder({ ...sources, 'a/x.conf': 'a', 'b/x.conf': 'b' });
    const found = readProvisioning(twice).filesForImage(
      imageOf({
        files: [
          { source: 'a/x.conf', destination: '/etc/a' },
          { source: 'b/x.conf', destination: '/etc/b' },
        ],
      }),
    );
    const paths = found.map(({ path: name }) => name);
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths).toEqual(expect.arrayContaining(['user-files/00-x.conf', 'user-files/01-x.conf']));
  });

  test.each(['amazon-linux-2023', 'ubuntu-24.04'] as const)(
    'of this repository has every step of %s, and one to install packages',
    (name) => {
      const [image] = parsed({ ...minimal(), images: { base: { base: name } } }).images;
      if (image === undefined) throw new Error('there is no image');
      const own = readProvisioning(REPOSITORY).filesForImage(image);
      const steps = own.find(({ path: file }) => file === 'scripts/steps')?.bytes.toString() ?? '';
      expect(steps).toMatch(/^([a-z-]+\n){2,}$/);
      for (const step of [...steps.trimEnd().split('\n'), 'install-packages'])
        expect(own.map((file) => file.path)).toContain(`scripts/${step}.sh`);
    },
  );
});

describe('the provisioning folder of an image on Ubuntu', () => {
  const both = newFolder({ ...sources, ...ofUbuntu });
  const onUbuntu = (fields: ImageInput = user): Image => {
    const [image] = parsed({ ...minimal(), images: { base: { base: 'ubuntu-24.04', ...fields } } }).images;
    if (image === undefined) throw new Error('there is no image');
    return image;
  };

  test('has the steps of Ubuntu and of both, what people add, and nothing of gitlab-runner', () => {
    const carried = readProvisioning(both).filesForImage(onUbuntu());
    expect(carried.map(({ path: name }) => name)).toEqual([
      'scripts/check-clean.sh',
      'scripts/clean-up.sh',
      'scripts/install-docker.sh',
      'scripts/provision.sh',
      'scripts/steps',
      'settings.env',
      'files.tsv',
      'user-files/00-ca.pem',
      'user-scripts/00-one.sh',
      'user-scripts/01-two.sh',
    ]);
    const textOf = (name: string) => carried.find((file) => file.path === name)?.bytes.toString();
    expect(textOf('scripts/install-docker.sh')).toBe('#!/bin/bash\n# apt\n');
    expect(textOf('settings.env')).toBe("PACKAGES='git-lfs jq'\n");
  });

  const hash = hashOf(onUbuntu(), both);

  test.each(['packer/scripts/clean-up.sh', ...Object.keys(ofUbuntu), 'images/one.sh'])(
    'has a hash that changes with %s',
    (name) => {
      expect(hash).not.toBe(hashOf(imageOf(user), both));
      expect(hashOf(onUbuntu(), newFolder({ ...sources, ...ofUbuntu, [name]: '#!/bin/bash\n:\n' }))).not.toBe(
        hash,
      );
    },
  );

  test.each(['packer/scripts/amazon-linux-2023/install-docker.sh', 'packer/files/etc/docker/daemon.json'])(
    'has a hash that does not change with %s',
    (name) => {
      expect(hashOf(onUbuntu(), newFolder({ ...sources, ...ofUbuntu, [name]: '#!/bin/bash\n:\n' }))).toBe(
        hash,
      );
    },
  );

  test('has a hash that does not change with the version of gitlab-runner, which is not there', () => {
    expect(hashOf(onUbuntu({ ...user, gitlabRunnerVersion: '18.2.1' }), both)).toBe(hash);
  });
});
