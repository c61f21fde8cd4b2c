import { withCreated, withImage } from '../support/environments';
import { removeShells, shell, stubPacker, type Shell } from './commands';
import { StubAws, type StubAwsProps } from './stub-aws';

/** `packer:build` with a Packer and an AWS that only note what is asked of them. */

jest.setTimeout(60_000);

const account = '111122223333';
const subnet = 'subnet-0a1b2c3d4e5f60718';
const region = 'eu-central-1';

const servers: StubAws[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  removeShells();
});

const aws = async (props: StubAwsProps = {}): Promise<StubAws> => {
  const server = await StubAws.start({ subnetIds: [subnet], ...props });
  servers.push(server);
  return server;
};

/** As Packer leaves it after a second run: appended, with a copy in another region first. */
const manifest = JSON.stringify({
  builds: [
    { artifact_id: `${region}:ami-00000000000000001`, packer_run_uuid: 'first' },
    {
      artifact_id: `eu-west-1:ami-00000000000000002,${region}:ami-00000000000000003`,
      packer_run_uuid: 'second',
    },
    { artifact_id: `${region}:ami-00000000000000004`, packer_run_uuid: 'third' },
  ],
  last_run_uuid: 'second',
});

const building = `echo 'acme-base: output will be in this color.'
  echo '${manifest}' >"$folder/manifest.json"`;

/** Waits until it is stopped, and takes its time to clean up. */
const waiting = `trap 'echo "cleaned up after INT" >>"$folder/../../../end"; kill $!; exit 1' INT
  trap 'echo "cleaned up after TERM" >>"$folder/../../../end"; kill $!; exit 1' TERM
  sleep 50 & echo 'Launching a source AWS instance...'
  wait $!`;

/** A user with prod and everything that a build needs. */
function acme(build = building, environment: object = { aws: { region, accountId: account } }): Shell {
  const at = shell({ prod: withImage({}, environment) });
  at.stub('packer', stubPacker('1.16.0', build));
  at.stub('session-manager-plugin', 'exit 0');
  return at;
}

const hashIn = (text: string): string => /[0-9a-f]{32}/.exec(text)?.[0] ?? 'no hash';

test('builds, shows Packer’s progress, and prints AMI, hash and the next command alone', async () => {
  const [at, there] = [acme(), await aws()];
  const { code, stdout, stderr } = await at.packer(['build', 'prod'], there.env);
  expect(code).toBe(0);
  const hash = hashIn(stdout);
  expect(stdout).toBe(
    `prod base: built ami-00000000000000003 with the hash ${hash}.\nNext: npx cdktf diff prod\n`,
  );
  expect(stderr).toContain('acme-base: output will be in this color.');
  expect(stderr).toContain('The configuration is valid.');
  expect(at.calls).toEqual([
    'packer version',
    'session-manager-plugin --version',
    'packer version',
    'packer init packer.out/prod/base',
    'packer validate packer.out/prod/base',
    'packer build packer.out/prod/base',
  ]);
  expect(there.filter('DescribeImages', 'tag:gitlab-runner-aws:image-hash')).toBe(hash);
  expect(at.read('packer.out/prod/base/image.pkr.json')).toContain(hash);
});

test('prints nothing but JSON on stdout with --json', async () => {
  const [at, there] = [acme(), await aws()];
  const { code, stdout } = await at.packer(['build', 'prod', 'base', '--json'], there.env);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual([
    {
      environment: 'prod',
      image: 'base',
      hash: hashIn(stdout),
      amiId: 'ami-00000000000000003',
      outcome: 'built',
    },
  ]);
});

const existing = {
  images: [
    { id: 'ami-0000000000000000a', creationDate: '2026-01-01T00:00:00.000Z' },
    { id: 'ami-0000000000000000b', creationDate: '2026-03-01T00:00:00.000Z' },
    { id: 'ami-0000000000000000c', creationDate: '2026-02-01T00:00:00.000Z' },
  ],
};

test('does not build again what exists, and names the newest; --force builds another one', async () => {
  const [at, there] = [acme(), await aws(existing)];
  const { code, stdout } = await at.packer(['build', 'prod'], there.env);
  expect(code).toBe(0);
  expect(stdout).toBe(
    `prod base: ami-0000000000000000b has the hash ${hashIn(stdout)} already; --force builds another one.\nNext: npx cdktf diff prod\n`,
  );
  expect(at.calls).not.toContainEqual(expect.stringMatching(/^packer (init|validate|build)/));
  const forced = await at.packer(['build', 'prod', '--force'], there.env);
  expect(forced.code).toBe(0);
  expect(forced.stdout).toContain('built ami-00000000000000003');
});

test('checks everything and builds nothing with --dry-run; next comes the build of the same environments', async () => {
  const [at, there] = [acme(), await aws()];
  const env = { ...there.env, ENVIRONMENTS_DIR: './environments' };
  const { code, stdout } = await at.packer(['build', 'prod', '--dry-run'], env);
  expect(code).toBe(0);
  expect(stdout).toBe(
    `prod base: everything that a build needs is there; hash ${hashIn(stdout)}. Nothing was built (--dry-run).\nNext: ENVIRONMENTS_DIR=./environments npm run packer:build -- prod base\n`,
  );
  expect(at.calls).toContain('packer validate packer.out/prod/base');
  expect(at.calls).not.toContainEqual(expect.stringMatching(/^packer build/));
});

const plugin =
  'session-manager-plugin was not found; install it, or set images.base.build.sshInterface: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html';

test('reports everything that is missing at once, each thing once', async () => {
  const at = shell({
    prod: {
      ...withImage({}, { aws: { region, accountId: account } }),
      images: { base: {}, more: { build: { sshInterface: 'private_ip' } } },
    },
  });
  at.stub('packer', stubPacker('1.9.5'));
  const there = await aws({ account: '444455556666' });
  const { code, stdout, stderr } = await at.packer(['build', 'prod'], there.env);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr.trim().split('\n')).toEqual([
    'Packer 1.9 is too old: 1.10 or newer builds this template',
    plugin,
    `The credentials are of account 444455556666, and prod is in ${account}`,
  ]);
  expect(at.calls).toEqual(['packer version']);
});

test('reports a missing Packer and a missing subnet together', async () => {
  const at = acme();
  at.stub('packer', 'exit 0');
  const there = await aws({ subnetIds: [] });
  const { code, stderr } = await at.packer(['build', 'prod'], there.env);
  expect(code).toBe(1);
  expect(stderr.trim().split('\n')).toEqual([
    'Packer was not found; install Packer 1.10 or newer: https://developer.hashicorp.com/packer/install',
    `Subnet ${subnet} does not exist in ${region} of account ${account}; set images.base.build.subnetId`,
  ]);
});

describe('an image of an environment whose network is made', () => {
  const made = { aws: { region, accountId: account }, network: withCreated().network };

  test('is built in a default subnet, where there is one', async () => {
    const [at, there] = [acme(building, made), await aws()];
    const { code, stdout } = await at.packer(['build', 'prod'], there.env);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('built ami-') as string });
    expect(there.filter('DescribeSubnets', 'default-for-az')).toBe('true');
    expect(there.filter('DescribeSubnets', 'subnet-id')).toBeUndefined();
    const template = at.read('packer.out/prod/base/image.pkr.json');
    expect(template).toContain('"instance_type": "t3.large"');
    expect(template).not.toContain('subnet');
  });

  test('is refused where there is none, and nothing is built', async () => {
    const [at, there] = [acme(building, made), await aws({ subnetIds: [] })];
    const { code, stderr } = await at.packer(['build', 'prod'], there.env);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `${region} of account ${account} has no default VPC, and the network of prod is made by its deploy; set images.base.build.subnetId\n`,
    });
    expect(at.calls).toEqual(['packer version', 'session-manager-plugin --version']);
  });

  test('is built in a subnet that it names', async () => {
    const build = { subnetId: subnet };
    const [at, there] = [acme(building, { ...made, images: { base: { build } } }), await aws()];
    expect((await at.packer(['build', 'prod'], there.env)).code).toBe(0);
    expect(there.filter('DescribeSubnets', 'subnet-id')).toBe(subnet);
  });
});

test.each([
  ['nobody answers', { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }, /: .*ECONNREFUSED/],
  ['there are no credentials', { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }, /credentials/],
])('says why AWS could not be asked when %s', async (_, env, reason) => {
  const [at, there] = [acme(), await aws()];
  const { code, stderr } = await at.packer(['build', 'prod'], { ...there.env, ...env });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^AWS could not be asked with the credentials of this shell: .*\n$/);
  expect(stderr).toMatch(reason);
});

test('says what AWS refuses after the checks, without a stack trace', async () => {
  const [at, there] = [acme(), await aws({ refused: ['DescribeImages'] })];
  const { code, stderr } = await at.packer(['build', 'prod'], there.env);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr:
      'AWS could not be asked with the credentials of this shell: You are not allowed to DescribeImages\n',
  });
});

test('fails when Packer’s manifest has no AMI of the region', async () => {
  const there = await aws();
  const at = acme(`echo '{"builds":[],"last_run_uuid":"x"}' >"$folder/manifest.json"`);
  const { code, stdout, stderr } = await at.packer(['build', 'prod'], there.env);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr.trim().split('\n').at(-1)).toBe(
    `packer build ended well, and packer.out/prod/base/manifest.json names no AMI of ${region}`,
  );
});

test('waits for Packer’s own clean-up after Ctrl-C, SIGTERM and the end of the terminal', async () => {
  const there = await aws();
  const stopped = async (signal: NodeJS.Signals, who: 'it alone' | 'its group') => {
    const at = acme(waiting);
    const running = at.start('scripts/packer.ts', ['build', 'prod'], there.env);
    await running.says('Launching a source AWS instance...');
    running.interrupt(signal, who);
    const { code, stdout, stderr } = await running.ended;
    return { code, stdout, last: stderr.trim().split('\n').at(-1), end: at.read('end') };
  };
  const end = (signal: string, seen: string) => ({
    code: 1,
    stdout: '',
    last: `packer build was stopped by ${signal}`,
    end: `cleaned up after ${seen}\n`,
  });
  expect(
    await Promise.all([
      stopped('SIGINT', 'its group'),
      stopped('SIGTERM', 'it alone'),
      stopped('SIGHUP', 'it alone'),
    ]),
  ).toEqual([end('SIGINT', 'INT'), end('SIGTERM', 'TERM'), end('SIGHUP', 'TERM')]);
});

test('begins no further step when it was stopped, even if Packer ends well', async () => {
  const [at, there] = [acme(), await aws()];
  const script = stubPacker().replace(
    "validate) echo 'The configuration is valid.'",
    `validate) trap 'kill $!; exit 0' INT; sleep 50 & echo looking; wait $!`,
  );
  at.stub('packer', script);
  const running = at.start('scripts/packer.ts', ['build', 'prod'], there.env);
  await running.says('looking');
  running.interrupt('SIGINT', 'its group');
  expect(await running.ended).toMatchObject({ code: 1 });
  expect(at.calls).not.toContainEqual(expect.stringMatching(/^packer build/));
});

test('prints what was built also where a later image fails', async () => {
  const there = await aws();
  const at = acme(`case $folder in *base) ${building} ;; *) exit 1 ;; esac`);
  at.write(
    'environments/prod.ts',
    `export default ${JSON.stringify({ ...withImage(), images: { base: {}, more: { packages: ['jq'] } } })};`,
  );
  const { code, stdout, stderr } = await at.packer(['build', 'prod'], there.env);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^prod base: built ami-00000000000000003 /);
  expect(stderr.trim().split('\n').at(-1)).toBe('packer build failed; what it said stands above');
});
