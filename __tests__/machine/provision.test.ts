import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  PACKER,
  calls,
  copyScripts,
  discardMachines,
  filesUnder,
  newMachine,
  readIfThere,
  run,
  stub,
  type Machine,
  type Outcome,
} from '../support/machine';

const STEPS = [
  'install-docker',
  'install-gitlab-runner',
  'install-fleeting-plugin',
  'install-docker-machine',
  'install-cloudwatch-agent',
  'install-files',
  'packages',
  'files',
  'scripts',
];

/** What stands for Docker Machine's binary. */
const DOCKER_MACHINE = "#!/bin/bash\necho 'docker-machine version 0.16.2-gitlab.48, build 0a1b2c3d'\n";

const sumOf = (content: string): string => createHash('sha256').update(content).digest('hex');

/** A download that has this content. */
function stubDownload(on: Machine, content = DOCKER_MACHINE): void {
  const source = path.join(on.dir, 'download');
  fs.writeFileSync(source, content);
  stub(on, 'curl', `while [[ $1 != -o ]]; do shift; done; cat '${source}' >"$2"`);
}

let machine: Machine;
let provisioning: string;

const put = (file: string, content: string, mode = 0o644): void => {
  const target = path.join(provisioning, file);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(target, content, { mode });
};

const onMachine = (file: string): string => path.join(machine.root, file);
const modeOf = (file: string): number => fs.statSync(onMachine(file)).mode & 0o777;

beforeEach(() => {
  machine = newMachine();
  provisioning = path.join(machine.dir, 'provisioning');
  copyScripts('amazon-linux-2023', path.join(provisioning, 'scripts'));
  // As user data leaves them: without the executable bit.
  for (const file of filesUnder(path.join(PACKER, 'files'))) {
    put(path.join('root', path.relative(path.join(PACKER, 'files'), file)), fs.readFileSync(file, 'utf8'));
  }
  put('settings.env', "GITLAB_RUNNER_VERSION='19.3.0'\nPACKAGES='git-lfs tree'\n");
  put('user-files/0', 'certificate');
  put('user-files/1', '#!/bin/sh\n');
  put('files.tsv', '0640\t/etc/pki/acme+ca.pem\tuser-files/0\n0755\t/opt/acme/bin/tool\tuser-files/1');
  put('user-scripts/20-second', `#!/bin/bash\nset -eu\necho second >>'${machine.root}/ran'\n`);
  put(
    'user-scripts/10-first.sh',
    `#!/bin/bash\ntest -f '${onMachine('opt/acme/bin/tool')}' && echo first >>'${machine.root}/ran'\n`,
  );
  for (const name of ['dnf', 'systemctl']) stub(machine, name);
  stubDownload(machine);
  stub(
    machine,
    'gitlab-runner',
    `[[ $1 != --version ]] || printf 'Version:      19.3.0\\nGit revision: 0\\nGO version:   go1.25\\n'`,
  );
  fs.mkdirSync(onMachine('etc/gitlab-runner'), { recursive: true });
  fs.writeFileSync(onMachine('etc/gitlab-runner/.runner_system_id'), 's_0123456789ab');
});

afterEach(discardMachines);

const provision = (): Outcome => run(machine, ['bash', path.join(provisioning, 'scripts/provision.sh')]);

const headings = ({ stdout }: Outcome): string[] =>
  stdout
    .split('\n')
    .filter((line) => line.startsWith('provision: ') && !line.includes(' has the SHA-256 '))
    .map((line) => line.slice('provision: '.length));

describe('provisioning', () => {
  test('takes its steps in order and says each', () => {
    const outcome = provision();
    expect(outcome.stderr).toBe('');
    expect(outcome.status).toBe(0);
    expect(headings(outcome)).toEqual([...STEPS, 'scripts: 10-first.sh', 'scripts: 20-second']);
  });

  test("installs our packages before the user's, gitlab-runner and its helper images pinned together", () => {
    provision();
    expect(calls(machine, 'dnf ')).toEqual([
      expect.stringMatching(
        /^dnf install -y docker .*amazon-ecr-credential-helper awscli-2 amazon-ssm-agent iptables-nft ec2-instance-connect$/,
      ),
      'dnf install -y --enablerepo=gitlab-runner gitlab-runner-19.3.0-1 gitlab-runner-helper-images-19.3.0-1',
      'dnf install -y amazon-cloudwatch-agent',
      'dnf install -y git-lfs tree',
    ]);
    expect(readIfThere(path.join(machine.dir, 'records.environment'))).toContain(
      'GITLAB_RUNNER_DISABLE_SKEL=true',
    );
  });

  test('installs the pinned plugin that starts workers, where gitlab-runner looks for it', () => {
    stub(
      machine,
      'gitlab-runner',
      `[[ $1 == --version ]] && printf 'Version:      19.3.0\\n'
       [[ $1 != fleeting ]] || cp "$3" '${machine.dir}/plugin.toml'`,
    );
    expect(provision().status).toBe(0);
    expect(calls(machine, 'gitlab-runner fleeting')).toEqual([
      expect.stringMatching(/^gitlab-runner fleeting -c \S+ install$/),
      expect.stringMatching(/^gitlab-runner fleeting -c \S+ list$/),
    ]);
    expect(readIfThere(path.join(machine.dir, 'plugin.toml'))).toBe(
      '[[runners]]\n  name = "plugin"\n  executor = "docker-autoscaler"\n  [runners.autoscaler]\n    plugin = "aws:1.1.0"\n',
    );
    expect(readIfThere(path.join(machine.dir, 'records.environment'))).toContain(
      `FLEETING_PLUGIN_PATH=${onMachine('usr/local/lib/gitlab-runner-aws/fleeting-plugins')}\n`,
    );
  });

  describe('when the plugin is not there in the end', () => {
    beforeEach(() =>
      stub(
        machine,
        'gitlab-runner',
        `[[ $1 == --version ]] && printf 'Version:      19.3.0\\n'; [[ "$*" != *' list' ]]`,
      ),
    );

    test('fails as an image build, since an image has no role yet', () => {
      put('scripts/clean-up.sh', 'true\n');
      const { status, stderr } = provision();
      expect(status).toBe(1);
      expect(stderr).toContain('provision: install-fleeting-plugin failed (exit status 1)');
    });

    test('goes on at a first boot and says so: only managers of docker-autoscaler need it', () => {
      const { status, stderr } = provision();
      expect(status).toBe(0);
      expect(stderr).toContain('provision: fleeting-plugin-aws was not installed');
    });
  });

  test('installs no package of the user when there is none', () => {
    put('settings.env', "GITLAB_RUNNER_VERSION='19.3.0'\nPACKAGES=''\n");
    put('files.tsv', '');
    fs.rmSync(path.join(provisioning, 'user-scripts'), { recursive: true });
    const outcome = provision();
    expect(outcome.status).toBe(0);
    expect(headings(outcome)).toEqual(STEPS);
    expect(calls(machine, 'dnf ')).toHaveLength(3);
  });

  test("takes gitlab-runner from GitLab's repository, with package and repository signatures checked", () => {
    provision();
    const repository = fs.readFileSync(onMachine('etc/yum.repos.d/gitlab-runner.repo'), 'utf8').split('\n');
    expect(repository).toEqual(
      expect.arrayContaining([
        '[gitlab-runner]',
        'baseurl=https://packages.gitlab.com/runner/gitlab-runner/amazon/2023/$basearch',
        'gpgcheck=1',
        'repo_gpgcheck=1',
        'sslverify=1',
        'skip_if_unavailable=0',
      ]),
    );
    const keys = repository.join('\n').match(/gpgkey=(\S+)\n\s+(\S+)/);
    expect(keys?.slice(1)).toEqual([
      'https://packages.gitlab.com/gpgkey/gpg.key',
      'https://packages.gitlab.com/gpgkey/runner/49F16C5CC3A0F81F.pub.gpg',
    ]);
  });

  test('leaves gitlab-runner stopped, disabled and without the id that the package made', () => {
    provision();
    expect(calls(machine, 'systemctl ')).toContain('systemctl disable --now gitlab-runner.service');
    expect(fs.existsSync(onMachine('etc/gitlab-runner/.runner_system_id'))).toBe(false);
  });

  test('enables Docker and the SSM agent, and starts neither the CloudWatch agent nor gitlab-runner', () => {
    provision();
    const units = calls(machine, 'systemctl ').join('\n');
    expect(units).toMatch(/systemctl enable docker\.service amazon-ssm-agent\.service/);
    expect(units).not.toMatch(/start|cloudwatch|enable .*gitlab-runner/);
    expect(calls(machine, 'amazon-cloudwatch-agent')).toEqual([]);
  });

  describe('Docker Machine', () => {
    const binary = 'usr/local/bin/docker-machine';
    const settings = "GITLAB_RUNNER_VERSION='19.3.0'\nPACKAGES=''\n";

    test('is the pinned one of GitLab, for this architecture, and can be run', () => {
      const { stdout } = provision();
      const [download, ...more] = calls(machine, 'curl ');
      expect(more).toEqual([]);
      expect(download).toMatch(
        /^curl -fsSL --proto =https .*-o \S+ https:\/\/gitlab-docker-machine-downloads\.s3\.amazonaws\.com\/v0\.16\.2-gitlab\.48\/docker-machine-Linux-(x86_64|aarch64)$/,
      );
      expect(fs.readFileSync(onMachine(binary), 'utf8')).toBe(DOCKER_MACHINE);
      expect(modeOf(binary)).toBe(0o755);
      expect(stdout).toContain(`provision: Docker Machine has the SHA-256 ${sumOf(DOCKER_MACHINE)}\n`);
    });

    test('leaves nothing of its download behind', () => {
      provision();
      const [, file = ''] = /-o (\S+)/.exec(calls(machine, 'curl ')[0] ?? '') ?? [];
      expect(path.isAbsolute(file)).toBe(true);
      expect(fs.existsSync(file)).toBe(false);
    });

    test('is taken with the checksum of the model', () => {
      put('settings.env', `${settings}DOCKER_MACHINE_SHA256='${sumOf(DOCKER_MACHINE)}'\n`);
      expect(provision().status).toBe(0);
      expect(fs.existsSync(onMachine(binary))).toBe(true);
    });

    test('is neither run nor installed with another checksum than the model has, and nothing goes on', () => {
      put('settings.env', `${settings}DOCKER_MACHINE_SHA256='${'0'.repeat(64)}'\n`);
      stubDownload(machine, `#!/bin/bash\necho ran >'${machine.dir}/ran'\n`);
      const { status, stderr } = provision();
      expect(status).toBe(1);
      expect(stderr).toContain(`not the dockerMachineSha256 of the model, ${'0'.repeat(64)}\n`);
      expect(stderr).toContain('provision: install-docker-machine failed (exit status 1)');
      expect(fs.existsSync(onMachine(binary))).toBe(false);
      expect(fs.existsSync(path.join(machine.dir, 'ran'))).toBe(false);
    });

    test.each(['0.16.2-gitlab.4', '0.16.2-gitlab.480', '0.16.2'])(
      'is not installed as version %s',
      (version) => {
        stubDownload(machine, `#!/bin/bash\necho 'docker-machine version ${version}, build 0a1b2c3d'\n`);
        const { status, stderr } = provision();
        expect(status).toBe(1);
        expect(stderr).toContain(
          `docker-machine 0.16.2-gitlab.48 was asked for, got docker-machine version ${version}, build 0a1b2c3d\n`,
        );
        expect(fs.existsSync(onMachine(binary))).toBe(false);
      },
    );

    describe('when GitLab cannot be reached', () => {
      beforeEach(() => stub(machine, 'curl', 'echo "curl: (28) Connection timed out" >&2; exit 28'));

      test('fails as an image build, since an image has no role yet', () => {
        put('scripts/clean-up.sh', 'true\n');
        const { status, stderr } = provision();
        expect(status).toBe(1);
        expect(stderr).toContain('provision: install-docker-machine failed (exit status 1)');
      });

      test('goes on at a first boot and says so: only managers of docker-machine need it', () => {
        const outcome = provision();
        expect(outcome.status).toBe(0);
        expect(outcome.stderr).toContain('provision: Docker Machine was not installed');
        expect(headings(outcome).at(-1)).toBe('scripts: 20-second');
        expect(fs.existsSync(onMachine(binary))).toBe(false);
      });
    });
  });

  test('fails when the installed gitlab-runner is of another version', () => {
    stub(machine, 'gitlab-runner', `echo 'Version: 19.3.01'`);
    const outcome = provision();
    expect(outcome.status).not.toBe(0);
    expect(outcome.stderr).toContain('gitlab-runner 19.3.0 was asked for, got 19.3.01');
    expect(outcome.stderr).toContain('provision: install-gitlab-runner failed');
  });

  test('installs our files where they lie in the repository, scripts executable', () => {
    provision();
    const ours = filesUnder(path.join(PACKER, 'files')).map((file) =>
      path.relative(path.join(PACKER, 'files'), file),
    );
    expect(ours.length).toBeGreaterThan(5);
    for (const file of ours) {
      expect(fs.readFileSync(onMachine(file), 'utf8')).toBe(
        fs.readFileSync(path.join(PACKER, 'files', file), 'utf8'),
      );
      expect([file, modeOf(file)]).toEqual([file, file.endsWith('.sh') ? 0o755 : 0o644]);
    }
  });

  test('keeps a file executable that is so in the repository, whatever its name', () => {
    put('root/usr/local/bin/our-tool', '#!/bin/sh\n');
    fs.chmodSync(path.join(provisioning, 'root/usr/local/bin/our-tool'), 0o755);
    provision();
    expect(modeOf('usr/local/bin/our-tool')).toBe(0o755);
  });

  test("installs the user's files with their modes, the last line without end included", () => {
    provision();
    expect(fs.readFileSync(onMachine('etc/pki/acme+ca.pem'), 'utf8')).toBe('certificate');
    expect(modeOf('etc/pki/acme+ca.pem')).toBe(0o640);
    expect(modeOf('opt/acme/bin/tool')).toBe(0o755);
  });

  test("runs the user's scripts in order of their names, after the user's files", () => {
    provision();
    expect(fs.readFileSync(onMachine('ran'), 'utf8')).toBe('first\nsecond\n');
  });

  test("runs a user's script by the interpreter that it names, without input", () => {
    put('user-scripts/30-other', '#!/bin/cat\nread by cat\n');
    put('user-scripts/40-input', '#!/bin/sh\ncat; echo no input\n');
    const { status, stdout } = provision();
    expect(status).toBe(0);
    expect(stdout).toContain('read by cat');
    expect(stdout).toContain('no input');
  });

  test('can be run twice', () => {
    expect(provision().status).toBe(0);
    const before = filesUnder(machine.root).filter((file) => !file.endsWith('/ran'));
    const contents = before.map((file) => fs.readFileSync(file, 'utf8'));
    const outcome = provision();
    expect(outcome.stderr).toBe('');
    expect(outcome.status).toBe(0);
    expect(filesUnder(machine.root).filter((file) => !file.endsWith('/ran'))).toEqual(before);
    expect(before.map((file) => fs.readFileSync(file, 'utf8'))).toEqual(contents);
  });

  const failingPackage = (name: string) => () => stub(machine, 'dnf', `[[ " $* " != *' ${name} '* ]]`);

  test.each<[string, string, () => void]>([
    ['install-docker', 'install-docker', failingPackage('docker')],
    [
      'install-gitlab-runner',
      'install-gitlab-runner',
      failingPackage('gitlab-runner-helper-images-19.3.0-1'),
    ],
    ['install-cloudwatch-agent', 'install-cloudwatch-agent', failingPackage('amazon-cloudwatch-agent')],
    ['install-files', 'install-files', () => fs.rmSync(path.join(provisioning, 'root'), { recursive: true })],
    ['packages', 'packages', failingPackage('tree')],
    ['files', 'files: /etc/pki/acme+ca.pem', () => fs.rmSync(path.join(provisioning, 'user-files/0'))],
    [
      'scripts: 10-first.sh',
      'scripts: 10-first.sh',
      () => put('user-scripts/10-first.sh', '#!/bin/sh\nexit 3\n'),
    ],
  ])('stops when %s fails, and names it', (heading, named, breakIt) => {
    breakIt();
    const outcome = provision();
    expect(outcome.status).not.toBe(0);
    expect(outcome.stderr).toContain(`provision: ${named} failed (exit status `);
    expect(headings(outcome).at(-1)).toBe(heading);
    expect(fs.existsSync(onMachine('ran'))).toBe(false);
  });

  test.each(['etc/relative', '/etc/a b', '/etc/$(id)', '/etc/a;b'])(
    'refuses the destination %s',
    (destination) => {
      put('files.tsv', `0644\t${destination}\tuser-files/0\n`);
      const outcome = provision();
      expect(outcome.status).not.toBe(0);
      expect(outcome.stderr).toContain(`not a destination: ${destination}`);
    },
  );
});
