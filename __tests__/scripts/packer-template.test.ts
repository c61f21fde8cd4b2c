import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readProvisioning } from '../../src/provisioning/provisioning';
import { imageHashTag } from '../../src/rendering/packer-template';
import { parsed, withImage } from '../support/environments';
import { maximal } from '../support/maximal';
import { REPOSITORY } from '../support/folders';
import { removeShells, shell, stubPacker, type Shell } from './commands';

/** `packer:template` and `packer:validate` with a Packer that only notes how it is called. */

jest.setTimeout(60_000);
afterEach(removeShells);

const folder = 'packer.out/prod/base';

/** A user who stands in a folder with prod, and everything that it carries along. */
function acme(input: unknown = maximal()): Shell {
  const at = shell({ prod: input });
  at.copy('__tests__/fixtures/user');
  return at;
}

const filesUnder = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();

const strings = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(strings) : [];
};

test('packer:template prints the path of each template, of every environment and image', async () => {
  const two = { ...withImage(), images: { base: {}, more: { packages: ['jq'] } } };
  const at = shell({ dev: two, plain: withImage() });
  const { code, stdout, stderr } = await at.packer(['template']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const paths = ['dev/base', 'dev/more', 'plain/base'].map((name) => `packer.out/${name}/image.pkr.json`);
  expect(stdout.trim().split('\n')).toEqual(paths);
  for (const path of paths) expect(JSON.parse(at.read(path))).toHaveProperty('build');
  expect(
    await at.packer(['template', 'dev', 'more']).then(({ stdout: one }) => one.trim().split('\n')),
  ).toEqual(['packer.out/dev/more/image.pkr.json']);
});

test('packer:template writes everything that the template refers to', async () => {
  const at = acme();
  expect(await at.packer(['template', 'prod'])).toMatchObject({ code: 0 });
  const written = strings(JSON.parse(at.read(`${folder}/image.pkr.json`))).filter((text) =>
    text.startsWith('${path.root}/'),
  );
  expect(written.sort()).toEqual(['${path.root}/manifest.json', '${path.root}/provisioning']);
  expect(statSync(join(at.folder, folder, 'provisioning')).isDirectory()).toBe(true);
  expect(JSON.parse(at.read(`${folder}/plugins.pkr.json`))).toHaveProperty('packer');
  const image = parsed(maximal(), 'prod').images[0];
  if (image === undefined) throw new Error('there is no image');
  const expected = readProvisioning(REPOSITORY).filesForImage(image);
  expect(expected.length).toBeGreaterThan(10);
  const root = join(at.folder, folder, 'provisioning');
  expect(filesUnder(root)).toEqual(expected.map(({ path }) => path).sort());
  for (const { path, bytes } of expected)
    expect({ path, same: readFileSync(join(root, path)).equals(bytes) }).toEqual({ path, same: true });
});

test('packer:template writes files with the modes that the hash holds, whatever the umask', async () => {
  const at = acme();
  const umask = process.umask(0o077);
  const running = at.packer(['template', 'prod']);
  process.umask(umask);
  expect(await running).toMatchObject({ code: 0 });
  const mode = (path: string) => (statSync(join(at.folder, folder, path)).mode & 0o777).toString(8);
  expect(mode('provisioning/scripts/provision.sh')).toBe('755');
  expect(mode('provisioning/settings.env')).toBe('644');
  expect(mode('image.pkr.json')).toBe('644');
});

test('packer:template leaves nothing of an earlier one, and nothing half-written', async () => {
  const at = acme();
  at.write(`${folder}/old.pkr.json`, 'not a template');
  at.write(`${folder}/provisioning/scripts/old.sh`, 'rm -rf /');
  at.write('packer.out/prod/.base/provisioning/interrupted', '');
  expect(await at.packer(['template'])).toMatchObject({ code: 0 });
  expect(readdirSync(join(at.folder, 'packer.out/prod'))).toEqual(['base']);
  expect(readdirSync(join(at.folder, folder)).sort()).toEqual([
    'image.pkr.json',
    'plugins.pkr.json',
    'provisioning',
  ]);
  expect(at.has(`${folder}/provisioning/scripts/old.sh`)).toBe(false);
});

test('packer:template puts the hash into the tags that come last, and nowhere else', async () => {
  const at = acme();
  await at.packer(['template']);
  const { source } = JSON.parse(at.read(`${folder}/image.pkr.json`)) as {
    source: { 'amazon-ebs': { base: Record<string, Record<string, string>> } };
  };
  const { tags, run_tags: runTags, snapshot_tags: snapshotTags } = source['amazon-ebs'].base;
  expect(tags?.[imageHashTag]).toMatch(/^[0-9a-f]{32}$/);
  expect(runTags).not.toHaveProperty([imageHashTag]);
  expect(snapshotTags).not.toHaveProperty([imageHashTag]);
});

test('packer:validate lets a current Packer fetch its plugins and look at each template', async () => {
  const at = shell({ dev: withImage(), prod: withImage() });
  at.stub('packer', stubPacker());
  const { code, stdout } = await at.packer(['validate']);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: 'The configuration is valid.\nThe configuration is valid.\n',
  });
  expect(at.calls).toEqual([
    'packer version',
    'packer init packer.out/dev/base',
    'packer validate packer.out/dev/base',
    'packer init packer.out/prod/base',
    'packer validate packer.out/prod/base',
  ]);
});

test('packer:validate leaves out what an old Packer cannot know, says so, and leaves no copy', async () => {
  const at = shell({ prod: withImage() });
  at.stub(
    'packer',
    `case $1 in
  version) echo 'Packer v1.6.6' ;;
  validate) ls "$2"; cat "$2/image.pkr.json" ;;
esac`,
  );
  at.write('tmp/.keep', '');
  const { code, stdout, stderr } = await at.packer(['validate'], { TMPDIR: join(at.folder, 'tmp') });
  expect(code).toBe(0);
  expect(stderr).toContain(
    'Packer 1.6 does not know, and does not see: plugins.pkr.json, deprecate_at, imds_support, metadata_options, ',
  );
  expect(at.calls).toHaveLength(2);
  const [first, second, ...template] = stdout.split('\n');
  expect([first, second]).toEqual(['image.pkr.json', 'provisioning']);
  const seen = Object.keys(
    (JSON.parse(template.join('\n')) as { source: { 'amazon-ebs': { base: object } } }).source['amazon-ebs']
      .base,
  );
  expect(seen).toContain('source_ami_filter');
  for (const field of ['deprecate_at', 'imds_support', 'metadata_options']) {
    expect(seen).not.toContain(field);
    expect(at.read(`${folder}/image.pkr.json`)).toContain(field);
  }
  expect(readdirSync(join(at.folder, 'tmp'))).not.toContainEqual(expect.stringMatching(/^packer-/));
});

test.each([
  ['the plugins cannot be had', 'init', 'packer init failed; what it said stands above\n'],
  ['a template is refused', 'validate', 'packer validate failed; what it said stands above\n'],
])('packer:validate fails when %s', async (_, failing, message) => {
  const at = shell({ prod: withImage() });
  at.stub('packer', `[ "$1" = version ] && echo 'Packer v1.16.0'; [ "$1" != ${failing} ] || exit 1`);
  const { code, stderr } = await at.packer(['validate']);
  expect({ code, last: stderr.endsWith(message) }).toEqual({ code: 1, last: true });
});

test('packer:validate says how to get Packer where there is none', async () => {
  const at = shell({ prod: withImage() });
  at.stub('packer', 'echo "another program of that name"');
  expect(await at.packer(['validate'])).toMatchObject({
    code: 1,
    stderr:
      'Packer was not found; install Packer 1.10 or newer: https://developer.hashicorp.com/packer/install\n',
  });
});
