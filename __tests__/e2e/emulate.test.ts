import { delimiter, join } from 'node:path';
import { describeWith } from '../support/engines';
import { withFargate } from '../support/environments';
import { removeShells, shell, type Shell } from '../scripts/commands';
import { stubDocker } from '../scripts/docker-registry';
import { ProjectCopy, until } from '../scripts/project-copy';

/** `npm run emulate` as its users run it: in a clone of the project, whose path has a space. */

jest.setTimeout(180_000);

/** What would show, or break something, where a command of an emulated AWS still had it. */
const canaries = {
  AWS_PROFILE: 'canary',
  AWS_CANARY: 'canary',
  AWS_ENDPOINT_URL_EC2: 'http://127.0.0.1:9',
  AWS_SESSION_TOKEN: 'canary',
  AWS_CONFIG_FILE: '/nonexistent/canary',
  TF_CLI_ARGS: '-canary',
  TF_DATA_DIR: '/nonexistent/canary',
  TF_CLI_CONFIG_FILE: '/nonexistent/canary',
  TF_WORKSPACE: 'canary',
  CDKTF_OUTDIR: '/nonexistent/canary',
  CDKTF_CONTEXT_JSON: '{"canary":true}',
};

/** Asks without an SDK how many subnets of this id there are. */
const subnets = (id: string) => `node -e "
  const body = new URLSearchParams({ Action: 'DescribeSubnets', Version: '2016-11-15', 'Filter.1.Name': 'subnet-id', 'Filter.1.Value.1': '${id}' });
  const headers = { Authorization: 'AWS4-HMAC-SHA256 Credential=' + process.env.AWS_ACCESS_KEY_ID + '/20260101/eu-central-1/ec2/aws4_request, SignedHeaders=host, Signature=x' };
  fetch(process.env.AWS_ENDPOINT_URL, { method: 'POST', body, headers }).then((answer) => answer.text())
    .then((text) => console.log('subnets', (text.match(/<subnetId>/g) ?? []).length));
"`;

/** Terraform breaks its messages into lines, with a bar before each. */
const sentence = (output: string): string => output.replace(/[│\s]+/g, ' ');

describeWith(['terraform', 'moto'], 'npm run emulate', () => {
  let project: ProjectCopy;
  let before: string[];

  beforeAll(() => {
    project = new ProjectCopy();
    before = project.files;
  });

  afterEach(async () => {
    await until(
      () => project.processes.length === 0,
      10,
      () => `ended: ${project.processes.join('\n')}`,
    );
    expect(project.leftovers).toEqual([]);
    expect(project.files).toEqual(before);
  });

  afterAll(() => project.remove());

  test('takes a newcomer through synth, plan and apply, and says what now exists', async () => {
    const { code, stdout, stderr } = await project.run(['npm', 'run', '--silent', 'emulate'], canaries);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const steps = ['terraform init', 'terraform plan', 'terraform apply', 'terraform plan, once more'];
    for (const step of steps) expect(stderr).toMatch(new RegExp(`… ${step}\n✓ ${step} \\(\\d+\\.\\d s\\)\n`));
    expect(stderr).toMatch(/ {2}Plan: \d+ to add, 0 to change, 0 to destroy\.\n/);
    expect(stderr).toMatch(/ {2}No changes\. .*\n$/);
    expect(stdout).toMatch(/aws_autoscaling_group +acme-prod-gitlab-runner +keeps the runner machines/);
    expect(stdout).toMatch(/aws_secretsmanager_secret +acme-prod-gitlab-token +holds a runner token/);
    expect(stdout).toMatch(/aws_ssm_document +SSM-SessionManagerRunShell +makes Session Manager log/);
    expect(stdout).toContain('environments/prod.ts  what was asked for');
    expect(stdout).toContain('npm run emulate -- cdktf diff prod');
    expect(stdout + stderr).not.toContain('canary');
  });

  test('leaves nothing behind when it is stopped in the middle of an apply', async () => {
    const running = project.emulate([]);
    await running.says('… terraform apply');
    const applying = () => project.processes.some((line) => / apply .*tour\.tfplan/.test(line));
    await until(applying, 20, () => 'terraform apply runs');
    running.interrupt('SIGINT', 'its group');
    const { code, stdout, stderr } = await running.ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.trim().split('\n').at(-1)).toBe('Stopped by SIGINT');
  });

  test('leaves nothing behind when it is stopped while it starts, or its terminal goes away', async () => {
    const stopped = async (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', when: () => boolean) => {
      const running = project.emulate(['sh', '-c', 'echo never']);
      await until(when, 30, () => `a moment for ${signal}`);
      running.interrupt(signal, 'its group');
      return running.ended;
    };
    const emulatorRuns = () => project.processes.some((line) => line.includes('emulator.py'));
    const ofStart = await stopped('SIGTERM', emulatorRuns);
    expect(ofStart).toMatchObject({ code: 1, stdout: '' });
    expect(ofStart.stderr).toMatch(/Stopped by SIGTERM\n$/);
    const initRuns = () => project.processes.some((line) => /main\.ts| init -backend=false/.test(line));
    const ofSynth = await stopped('SIGHUP', initRuns);
    expect(ofSynth).toMatchObject({ code: 1, stdout: '' });
    expect(ofSynth.stderr).toMatch(/Stopped by SIGHUP\n$/);
  });

  test('runs a command with an AWS behind it, in which prod deploys, and changes nothing outside', async () => {
    const script = `
      env | grep 'ca[n]ary'
      echo "$AWS_ACCESS_KEY_ID $AWS_REGION"
      pwd
      exec 3>&1 >&2
      # In its own copy: without the cache, which takes a minute, and which the tour makes.
      sed -i "s/^  project: .*/&\\n  cache: false,/" environments/prod.ts || exit 1
      cdktf deploy prod --auto-approve || exit 1
      cdktf diff prod | tee diff.txt || exit 2
      grep -c 'No changes' diff.txt >&3
      ls -A >&3
      ${subnets('subnet-0f1e2d3c4b5a69788')} >&3
      exit 7`;
    const { code, stdout, stderr } = await project.emulate(['bash', '-c', script, 'prod'], canaries).ended;
    expect({ code, stderr: code === 7 ? '' : stderr }).toEqual({ code: 7, stderr: '' });
    const [identity, folder, unchanged, ...lines] = stdout.trim().split('\n');
    expect(identity).toBe('EMULATED111122223333 eu-central-1');
    expect(folder).toMatch(/\/tmp\/gitlab-runner-aws-[^/]+\/project$/);
    expect(unchanged).toBe('1');
    expect(lines).toContain('package.json');
    expect(lines.at(-1)).toBe('subnets 1');
    expect(stderr).toMatch(
      /^emulate: emulated AWS at http:\/\/127\.0\.0\.1:\d+, account 111122223333, region/m,
    );
    expect(stderr).not.toContain('canary');
  });

  test('has no images with --no-images: the plan fails and names what builds one', async () => {
    const terraform = '"$TERRAFORM_BINARY_NAME"';
    const script = `cd cdktf.out/stacks/prod && ${terraform} init -no-color >&2 && ${terraform} plan -no-color`;
    const { code, stderr } = await project.emulate(['--no-images', 'sh', '-c', script]).ended;
    expect(code).toBe(1);
    expect(sentence(stderr)).toContain('Build it: npm run packer:build -- prod linux');
  });

  test('has nothing with --empty, works with an odd HOME, and leaves options to the command', async () => {
    const [empty, examples] = await Promise.all([
      project.emulate(['--empty', 'sh', '-c', subnets('subnet-0a1b2c3d4e5f60718')], {
        ENVIRONMENTS_DIR: `${project.folder}/environments/examples`,
      }).ended,
      project.emulate(
        [
          'sh',
          '-c',
          'echo "$0 $*"; ls cdktf.out/stacks; echo "$HOME"',
          '--help',
          '0x10',
          '1e3',
          '--no-images',
        ],
        { ENVIRONMENTS_DIR: 'environments/examples', HOME: '/nonexistent/home' },
      ).ended,
    ]);
    expect(empty).toMatchObject({ code: 0, stdout: 'subnets 0\n' });
    expect(examples).toMatchObject({
      code: 0,
      stdout:
        '--help 0x10 1e3 --no-images\nami-fleet\ndocker-autoscaler\ndocker-machine\nec2-autoscaling\nfargate\n/nonexistent/home\n',
    });
    for (const line of examples.stderr.trim().split('\n')) expect(line).toMatch(/^emulate: /);
  });

  test('says what cannot be started, and ends as a command that a signal ended', async () => {
    const [missing, killed] = await Promise.all([
      project.emulate(['no-such-command']).ended,
      project.emulate(['sh', '-c', 'kill -SEGV $$']).ended,
    ]);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/no-such-command could not be started: .*ENOENT\n$/);
    expect(killed.code).toBe(128 + 11);
  });
});

describeWith(['terraform', 'moto'], 'npm run emulate with Docker', () => {
  const build = ['node', '--import', 'tsx', 'scripts/docker.ts', 'build', 'tasks', 'worker'];
  const registry = '111122223333.dkr.ecr.eu-central-1.amazonaws.com';
  let project: ProjectCopy;
  let at: Shell;

  beforeEach(() => {
    project = new ProjectCopy();
    at = shell({ tasks: { ...withFargate(), aws: { region: 'eu-central-1', accountId: '111122223333' } } });
    at.stub('docker', `[[ $1 != context ]] || exec echo unix:///docker.sock\n${stubDocker(at.folder)}`);
  });

  afterEach(() => {
    project.remove();
    removeShells();
  });

  const emulate = (args: readonly string[]) =>
    project.emulate(args, {
      ENVIRONMENTS_DIR: join(at.folder, 'environments'),
      PATH: [join(at.folder, 'bin'), process.env.PATH].join(delimiter),
    }).ended;

  /** What Docker itself was asked. */
  const asked = () => new Set(at.calls.map((call) => call.split(' ')[1]));

  test('finds the container images of the model in the registry, as after docker:build', async () => {
    const { code, stdout } = await emulate(build);
    expect(code).toBe(0);
    expect(stdout.replaceAll(/[0-9a-f]{32,}/g, '<hash>')).toBe(
      `tasks worker (x86_64): ${registry}/acme-tasks-worker:<hash> exists already, digest sha256:<hash>.\nNext: ENVIRONMENTS_DIR=${at.folder}/environments npx cdktf diff tasks\n`,
    );
    expect(asked()).toEqual(new Set(['context', 'version', 'buildx']));
  });

  test('checks with --dry-run, and lets no build, login or push leave this machine', async () => {
    const script = `${[...build, '--dry-run'].join(' ')} && ${build.join(' ')}
      echo "build: $?"; docker push ${registry}/acme-tasks-worker:1; echo "push: $?"`;
    const { stdout, stderr } = await emulate(['--no-images', 'sh', '-c', script]);
    expect(stdout).toMatch(/^tasks worker \(x86_64\): everything that a build needs is there;/);
    expect(stdout).toMatch(/\nbuild: 1\npush: 1\n$/);
    expect(stderr).toContain('\ndocker build is refused on the emulated AWS: its registries have');
    expect(stderr).toContain('\ndocker build failed; what it said stands above\n');
    expect(stderr).toContain('\ndocker push is refused on the emulated AWS: its registries have');
    expect(asked()).toEqual(new Set(['context', 'version', 'buildx']));
  });
});

describeWith(['terraform', 'moto', 'packer'], 'npm run emulate with Packer', () => {
  test('refuses to build a template as it is: Packer would leave this machine', async () => {
    const project = new ProjectCopy();
    try {
      const script =
        'node --import tsx scripts/packer.ts template prod && packer build packer.out/prod/linux';
      const { code, stdout, stderr } = await project.emulate(['sh', '-c', script]).ended;
      expect({ code, stdout }).toEqual({ code: 1, stdout: 'packer.out/prod/linux/image.pkr.json\n' });
      expect(stderr).toMatch(/\npacker build is refused on the emulated AWS, .*\n$/);
    } finally {
      project.remove();
    }
  });
});
