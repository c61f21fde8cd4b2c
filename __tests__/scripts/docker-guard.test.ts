import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { guardPrograms } from '../../scripts/emulate/guard';
import { removeShells, shell, type Shell } from './commands';

/** What commands of an emulated AWS find as `docker`. */

afterEach(removeShells);

/** A user whose Docker has its engine there. */
function userOf(engine: string, script = ''): Shell {
  const at = shell();
  at.stub('docker', `[[ $1 != context ]] || echo '${engine}'\n${script}`);
  return at;
}

const guardOf = (at: Shell): string =>
  join(guardPrograms(join(at.folder, "the guard's folder"), join(at.folder, 'bin')), 'docker');

const docker = (at: Shell, ...args: readonly string[]) => at.run([guardOf(at), ...args]);

const local = 'unix:///run/user/1000/docker.sock';
const inspected = 'docker context inspect --format {{.Endpoints.docker.Host}}';

test.each([
  ['its version', ['version', '--format', '{{json .}}']],
  ['its version in short', ['--version']],
  ['the version of what builds', ['buildx', 'version']],
])('Docker itself answers %s, with its own exit code', async (_, args) => {
  const at = userOf(local, '[[ $1 == context ]] || { echo "$3"; exit 3; }');
  expect(await docker(at, ...args)).toMatchObject({ code: 3, stdout: `${args[2] ?? ''}\n` });
  expect(at.calls.filter((call) => call !== inspected)).toEqual([`docker ${args.join(' ')}`]);
});

test.each([
  'login --username AWS --password-stdin 123456789012.dkr.ecr.eu-central-1.amazonaws.com',
  'push 123456789012.dkr.ecr.eu-central-1.amazonaws.com/acme-prod-worker:abc',
  'pull alpine',
  'build .',
  'buildx build --push .',
  'buildx imagetools inspect alpine',
  'run alpine',
  'image pull alpine',
  'manifest inspect alpine',
  'search alpine',
  'compose up',
  'context use elsewhere',
  '--context elsewhere version',
  '--host tcp://192.0.2.1:2375 version',
  '--config /tmp login',
])('docker %s is refused before Docker is asked', async (command) => {
  const at = userOf(local);
  const args = command.split(' ');
  expect(await docker(at, ...args)).toMatchObject({
    code: 1,
    stdout: '',
    stderr: `docker ${args[0]} is refused on the emulated AWS: its registries have the addresses of real ones. What can be checked here is checked by npm run docker:build -- <environment> --dry-run.\n`,
  });
  expect(at.calls).toEqual([]);
});

test.each(['tcp://192.0.2.1:2376', 'ssh://ci@builder.example.com', 'unix', ''])(
  'an engine at "%s" is not asked for its version',
  async (engine) => {
    const at = userOf(engine);
    expect(await docker(at, 'version')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `docker version is refused on the emulated AWS: its engine is not on this machine but at ${engine}.\n`,
    });
    expect(at.calls).toEqual([inspected]);
  },
);

test('a Docker that does not know its engine says so itself', async () => {
  const at = userOf(local, `echo 'context "x": context not found' >&2; exit 4`);
  expect(await docker(at, 'version')).toMatchObject({ code: 4, stderr: 'context "x": context not found\n' });
  expect(at.calls).toEqual([inspected]);
});

test('there is none where the user has none, nor one that is found from the working directory', () => {
  const at = userOf(local);
  mkdirSync(join(at.folder, 'empty'));
  const path = [join(at.folder, 'empty'), 'bin', '.'].join(delimiter);
  expect(existsSync(join(guardPrograms(join(at.folder, 'guards'), path), 'docker'))).toBe(false);
});
