import { withImage } from '../support/environments';
import { removeShells, shell, stubPacker } from './commands';

/** What every command has in common: usage, exit codes, and messages for people. */

jest.setTimeout(60_000);
afterEach(removeShells);

const acme = () => shell({ dev: withImage(), prod: withImage() });

const scripts = ['scripts/packer.ts', 'scripts/emulate.ts', 'scripts/fleet.ts'];

test.each(scripts)('%s --help tells what it does, and does nothing', async (script) => {
  const at = acme();
  at.stub('packer', stubPacker());
  const { code, stdout, stderr } = await at.start(script, ['--help']).ended;
  expect({ code, stderr, calls: at.calls }).toEqual({ code: 0, stderr: '', calls: [] });
  expect(stdout).toMatch(/Options:/);
});

test.each([
  ['no command', 'packer', [], 'Name a command.'],
  ['a build of everything', 'packer', ['build'], 'Not enough non-option arguments: got 0, need at least 1'],
  ['too many arguments', 'packer', ['template', 'dev', 'base', 'more'], 'Unknown argument: more'],
  ['an unknown option of its own', 'emulate', ['--frob', 'ls'], 'Unknown argument: frob'],
])('refuses %s with exit code 2, in English everywhere', async (_, name, args, message) => {
  const at = acme();
  const ended = await at.start(`scripts/${name}.ts`, args, { LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8' })
    .ended;
  expect(ended).toEqual({
    code: 2,
    signal: null,
    stdout: '',
    stderr: `${message}\n${name} --help tells more.\n`,
  });
});

test.each(['template', 'build'])('packer %s names what there is where a name is unknown', async (command) => {
  const at = acme();
  at.stub('packer', stubPacker());
  const [environment, image] = await Promise.all([
    at.packer([command, 'staging']),
    at.packer([command, 'dev', 'ghost']),
  ]);
  expect(environment).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'There is no environment staging; there is: dev, prod\n',
  });
  expect(image).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'There is no image ghost in dev; there is: base\n',
  });
  expect(at.calls).toEqual([]);
});

describe.each(['packer', 'emulate'])('%s with broken environments', (name) => {
  const args = name === 'packer' ? ['validate'] : ['ls'];
  test('prints every reason in all of them, exits with 1, and starts nothing', async () => {
    const at = shell({
      dev: { ...withImage(), project: 'Not A Name' },
      prod: 'throw new Error("no luck today");',
      sound: withImage(),
    });
    at.stub('packer', stubPacker());
    at.stub('python3', 'exit 1');
    at.stub('terraform', 'exit 1');
    const { code, stdout, stderr } = await at.start(`scripts/${name}.ts`, args).ended;
    expect({ code, stdout, calls: at.calls }).toEqual({ code: 1, stdout: '', calls: [] });
    const lines = stderr.trim().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^environments\/dev\.ts: project must /);
    expect(lines[1]).toBe('environments/prod.ts: throws while it is loaded: no luck today');
    expect(at.has('packer.out')).toBe(false);
  });

  test('reads the folder that ENVIRONMENTS_DIR names, relative or absolute', async () => {
    const at = shell({ dev: withImage() });
    at.write('elsewhere/broken.ts', 'export default {};\n');
    const folders = ['elsewhere', `${at.folder}/elsewhere`];
    const ended = await Promise.all(
      folders.map((ENVIRONMENTS_DIR) => at.start(`scripts/${name}.ts`, args, { ENVIRONMENTS_DIR }).ended),
    );
    expect(ended.map(({ code }) => code)).toEqual([1, 1]);
    for (const { stderr } of ended) expect(stderr).toMatch(/^elsewhere\/broken\.ts: /);
  });
});
