import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { gzipSync } from 'node:zlib';
import { readProvisioning, type FirstBootPart } from '../../src/provisioning/provisioning';
import { dockerMachineLogs, renderCloudwatchAgent } from '../../src/rendering/cloudwatch-agent';
import { dockerMachineSettings } from '../../src/rendering/docker-machine-settings';
import { machinePaths } from '../../src/rendering/machine-paths';
import { REPOSITORY } from '../support/folders';
import {
  IMAGE_ONLY,
  PACKER,
  discardMachines,
  filesUnder,
  hasTool,
  newMachine,
  run,
} from '../support/machine';

const files = filesUnder(PACKER);
const scripts = files.filter((file) => file.endsWith('.sh'));
const relative = (file: string): string => path.relative(PACKER, file);
const SYSTEMD = path.join(PACKER, 'files/etc/systemd/system');
const LOADER_UNIT = path.join(SYSTEMD, 'gitlab-runner-token.service');
const DRAIN_UNIT = path.join(SYSTEMD, 'gitlab-runner-drain.service');
const FIREWALL_UNIT = path.join(SYSTEMD, 'gitlab-runner-firewall.service');
const DISK_UNIT = path.join(SYSTEMD, 'gitlab-runner-disk.service');
const DISK_TIMER = path.join(SYSTEMD, 'gitlab-runner-disk.timer');
const LIBRARY = path.join(PACKER, 'files/usr/local/lib/gitlab-runner-aws');
const DROP_IN = path.join(SYSTEMD, 'gitlab-runner.service.d/10-gitlab-runner-aws.conf');

/** The unit that the package's post-install writes, as far as it matters here. */
const PACKAGE_UNIT = `[Unit]
Description=GitLab Runner
ConditionFileIsExecutable=/usr/bin/gitlab-runner
After=network.target

[Service]
StartLimitInterval=5
StartLimitBurst=10
ExecStart=/usr/bin/gitlab-runner "run" "--config" "/etc/gitlab-runner/config.toml" "--user" "gitlab-runner"
Restart=always
RestartSec=120
EnvironmentFile=-/etc/sysconfig/gitlab-runner

[Install]
WantedBy=multi-user.target
`;

/** Variables of the proxy, where there is one. */
const PROXY_FILE = '-/etc/gitlab-runner-aws/proxy.env';

/** Our own units. */
const UNITS = fs.readdirSync(SYSTEMD).filter((name) => /\.(service|timer)$/.test(name));

/** `Section.Key` -> values in order. */
function parseUnit(file: string): Map<string, string[]> {
  const settings = new Map<string, string[]>();
  let section = '';
  for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const header = /^\[(\w+)\]$/.exec(line);
    const setting = /^(\w+)=(.*)$/.exec(line);
    if (header) section = header[1] ?? '';
    else if (setting) {
      const key = `${section}.${setting[1] ?? ''}`;
      settings.set(key, [...(settings.get(key) ?? []), setting[2] ?? '']);
    } else throw new Error(`${relative(file)}: not a line of a unit: ${line}`);
  }
  return settings;
}

afterEach(discardMachines);

describe('every script', () => {
  test('is found by these tests', () => {
    expect(scripts.map((file) => path.basename(file))).toEqual(
      expect.arrayContaining(['provision.sh', 'load-tokens.sh', 'boot.sh', 'drain.sh', ...IMAGE_ONLY]),
    );
  });

  test.each(scripts.map(relative))('passes shellcheck: %s', (script) => {
    if (!hasTool('shellcheck')) return;
    const { status, stdout } = spawnSync('shellcheck', [path.join(PACKER, script)], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  test.each(scripts.map(relative))(
    'stops at the first error, shows no trace, is executable: %s',
    (script) => {
      const file = path.join(PACKER, script);
      const content = fs.readFileSync(file, 'utf8');
      expect(content).toMatch(/^#!\/bin\/bash\n#/);
      expect(content).toMatch(/^set -euo pipefail$/m);
      expect(content).not.toMatch(/set -\w*x|xtrace/);
      expect(fs.statSync(file).mode & 0o111).toBe(0o111);
    },
  );

  test.each<[string, readonly FirstBootPart[]]>([
    ['a machine of a group', ['runner']],
    ['a worker', ['worker']],
    ['a manager of workers, with a mirror', ['runner', 'predecessor', 'registry']],
    ['a manager of Docker Machine, with a mirror', ['runner', 'machines', 'registry']],
  ])("leaves room in user data for the fleet's own files on the stock image of %s", (_, parts) => {
    const contents = {
      gitlabRunnerVersion: '19.3.0',
      dockerMachineSha256: undefined,
      packages: [],
      scripts: [],
      files: [],
    };
    const carried = readProvisioning(REPOSITORY).filesForFirstBoot(contents, parts);
    expect(carried.length).toBeGreaterThan(8);
    const bytes = Buffer.concat(carried.map((file) => file.bytes));
    expect(gzipSync(bytes, { level: 9 }).length).toBeLessThan(13_800);
  });
});

describe('the unit of gitlab-runner', () => {
  const unit = parseUnit(DROP_IN);

  test("replaces the package's command by one that reads its configuration from memory", () => {
    expect(unit.get('Service.ExecStart')).toEqual([
      '',
      '/usr/bin/gitlab-runner --log-format json run --config /run/gitlab-runner/config.toml --working-directory /var/lib/gitlab-runner --service gitlab-runner',
    ]);
  });

  test('stops by letting jobs finish, however long that takes, and kills none of them', () => {
    expect(unit.get('Service.KillSignal')).toEqual(['SIGQUIT']);
    expect(unit.get('Service.KillMode')).toEqual(['mixed']);
    expect(unit.get('Service.TimeoutStopSec')).toEqual(['infinity']);
    for (const key of ['ExecStop', 'RestartKillSignal', 'FinalKillSignal', 'RuntimeMaxSec', 'SendSIGHUP']) {
      expect(unit.has(`Service.${key}`)).toBe(false);
    }
  });

  test('comes back whatever happens, and never gives up', () => {
    expect(unit.get('Service.Restart')).toEqual(['always']);
    expect(unit.get('Unit.StartLimitIntervalSec')).toEqual(['0']);
  });

  test('starts after Docker, and waits for no file', () => {
    expect(unit.get('Unit.After')?.join(' ')).toContain('docker.service');
    expect([...unit.keys()].filter((key) => /Condition|Requires|BindsTo|PartOf/.test(key))).toEqual([
      'Unit.ConditionPathExists',
    ]);
  });

  test('does not start on a machine that drains, by the mark that the drain leaves', () => {
    const mark = unit.get('Unit.ConditionPathExists')?.[0] ?? '';
    expect(mark).toBe('!/var/lib/gitlab-runner-aws/draining');
    const drain = fs.readFileSync(path.join(LIBRARY, 'drain.sh'), 'utf8');
    expect(drain).toContain(`STATE_DIR:-${path.dirname(mark.slice(1))}}`);
    expect(drain).toContain(`DRAINING=$STATE_DIR/${path.basename(mark)} `);
  });

  test('has its metrics behind the firewall, or does not start', () => {
    expect(unit.get('Service.ExecStartPre')?.[0]).toBe('/usr/local/lib/gitlab-runner-aws/firewall.sh');
  });

  test('has a file when it starts, by which it opens its ports', () => {
    expect(unit.get('Service.ExecStartPre')?.slice(1)).toEqual([
      '/usr/local/lib/gitlab-runner-aws/load-tokens.sh --first',
    ]);
  });

  test('has no token in its environment, and leaves none in a core dump', () => {
    expect(unit.get('Service.Environment')).toEqual([
      'FLEETING_PLUGIN_PATH=/usr/local/lib/gitlab-runner-aws/fleeting-plugins',
      // Where ECR's helper keeps what it got: in memory.
      'AWS_ECR_CACHE_DIR=/run/gitlab-runner/ecr',
    ]);
    expect(unit.get('Service.EnvironmentFile')).toEqual(['-/etc/gitlab-runner-aws/environment', PROXY_FILE]);
    expect(unit.get('Service.LimitCORE')).toEqual(['0']);
  });

  test('logs to a file that is rotated without a signal', () => {
    const log = unit.get('Service.StandardOutput')?.[0] ?? '';
    expect(log).toBe('append:/var/log/gitlab-runner/gitlab-runner.log');
    const rotation = fs.readFileSync(path.join(PACKER, 'files/etc/logrotate.d/gitlab-runner-aws'), 'utf8');
    expect(rotation).toMatch(/^\/var\/log\/gitlab-runner\/\*\.log \{$/m);
    expect(rotation).toMatch(/^ {2}copytruncate$/m);
    expect(rotation).toMatch(/^ {2}maxsize \d+M$/m);
    expect(rotation).toMatch(/^ {2}rotate \d$/m);
    expect(rotation).not.toContain('postrotate');
  });
});

describe('the unit of the token loader', () => {
  const unit = parseUnit(LOADER_UNIT);

  test('starts the loader that we install, at every boot, again and again', () => {
    const command = unit.get('Service.ExecStart')?.[0] ?? '';
    expect(files.map(relative)).toContain(`files${command}`);
    expect(unit.get('Service.Restart')).toEqual(['always']);
    expect(unit.get('Unit.StartLimitIntervalSec')).toEqual(['0']);
    expect(unit.get('Install.WantedBy')).toEqual(['multi-user.target']);
  });

  test('takes the region and the proxy from files of user data', () => {
    expect(unit.get('Service.EnvironmentFile')).toEqual(['/etc/gitlab-runner-aws/environment', PROXY_FILE]);
  });

  test('can write nothing but the folder in memory, and leaves no token in a core dump', () => {
    expect(unit.get('Service.ProtectSystem')).toEqual(['strict']);
    expect(unit.get('Service.ReadWritePaths')).toEqual(['/run/gitlab-runner']);
    expect(unit.get('Service.UMask')).toEqual(['0077']);
    expect(unit.get('Service.LimitCORE')).toEqual(['0']);
    expect(unit.get('Service.NoNewPrivileges')).toEqual(['yes']);
  });
});

describe.each([
  ['docker', [['Service.ExecStartPre', ['/usr/local/lib/gitlab-runner-aws/docker-settings.sh']]]],
  ['amazon-ssm-agent', []],
])('the unit of %s', (name, more) => {
  test("learns of the proxy, where there is one, and keeps everything else of the package's", () => {
    const unit = parseUnit(path.join(SYSTEMD, `${name}.service.d/10-gitlab-runner-aws.conf`));
    expect([...unit]).toEqual([['Service.EnvironmentFile', [PROXY_FILE]], ...more]);
  });
});

describe('the unit of the mirror for workers', () => {
  const unit = parseUnit(path.join(SYSTEMD, 'gitlab-runner-registry.service'));

  test('starts the script that we install, only where user data has settings for it, and again and again', () => {
    expect(files.map(relative)).toContain(`files${unit.get('Service.ExecStart')?.[0] ?? ''}`);
    expect(unit.get('Unit.ConditionPathExists')).toEqual([machinePaths.registry]);
    expect(unit.get('Service.Restart')).toEqual(['always']);
    expect(unit.get('Unit.StartLimitIntervalSec')).toEqual(['0']);
    const folder = `/run/${unit.get('Service.RuntimeDirectory')?.[0] ?? ''}`;
    expect(fs.readFileSync(path.join(LIBRARY, 'registry.sh'), 'utf8')).toContain(`{RUN_DIR:-${folder}}`);
  });
});

describe('the unit that waits for the manager before', () => {
  const unit = parseUnit(path.join(SYSTEMD, 'gitlab-runner-predecessor.service'));

  test('starts the script that we install, at every boot, and again when it fails', () => {
    expect(files.map(relative)).toContain(`files${unit.get('Service.ExecStart')?.[0] ?? ''}`);
    expect(unit.get('Service.Restart')).toEqual(['on-failure']);
    expect(unit.get('Unit.StartLimitIntervalSec')).toEqual(['0']);
    expect(unit.get('Install.WantedBy')).toEqual(['multi-user.target']);
  });

  test('is up while it waits, for the launch is completed before, and has no time limit', () => {
    expect(unit.get('Service.Type')).toEqual(['exec']);
    expect(unit.get('Service.RemainAfterExit')).toEqual(['yes']);
    expect([...unit.keys()].filter((key) => /Timeout|RuntimeMax/.test(key))).toEqual([]);
  });
});

describe('the unit of a manager of Docker Machine', () => {
  const unit = parseUnit(path.join(SYSTEMD, dockerMachineSettings.RUNNER_UNIT));

  test('starts gitlab-runner by the script that we install, at every boot, and again when it fails', () => {
    expect(unit.get('Service.ExecStart')).toEqual([`${machinePaths.machines} --start`]);
    expect(unit.get('Service.Restart')).toEqual(['on-failure']);
    expect(unit.get('Unit.StartLimitIntervalSec')).toEqual(['0']);
    expect(unit.get('Install.WantedBy')).toEqual(['multi-user.target']);
  });

  test('is up when gitlab-runner is, which it must not be ordered before: it would wait for itself', () => {
    expect(unit.get('Service.Type')).toEqual(['oneshot']);
    expect(unit.get('Service.RemainAfterExit')).toEqual(['yes']);
    expect([...unit.keys()].filter((key) => /Before|Timeout|RuntimeMax/.test(key))).toEqual([]);
  });

  test('has a log of its own, which is collected', () => {
    const log = (unit.get('Service.StandardOutput')?.[0] ?? '').replace('append:', '');
    expect(renderCloudwatchAgent('acme', dockerMachineLogs)).toContain(`"file_path":"${log}"`);
    expect(
      fs.readFileSync(path.join(PACKER, 'files/etc/tmpfiles.d/gitlab-runner-aws.conf'), 'utf8'),
    ).toContain(`f ${log} 0640 root root -\n`);
  });

  test('and gitlab-runner of all machines know of its store what user data says', () => {
    const dropIn = parseUnit(DROP_IN);
    expect(dropIn.get('Service.EnvironmentFile')).toContain(`-${machinePaths.environment}`);
    expect(dockerMachineSettings.MACHINE_STORAGE_PATH).toBe('/var/lib/gitlab-runner-aws/machine');
  });
});

describe('the unit of the drain', () => {
  const unit = parseUnit(DRAIN_UNIT);

  test('starts the script that we install, at every boot, and again when it fails', () => {
    const command = unit.get('Service.ExecStart')?.[0] ?? '';
    expect(files.map(relative)).toContain(`files${command}`);
    expect(unit.get('Service.Restart')).toEqual(['on-failure']);
    expect(unit.get('Unit.StartLimitIntervalSec')).toEqual(['0']);
    expect(unit.get('Install.WantedBy')).toEqual(['multi-user.target']);
  });

  test('is there before gitlab-runner, stops after it, and needs the token loader', () => {
    expect(unit.get('Unit.Before')).toEqual(['gitlab-runner.service']);
    expect(unit.get('Unit.Wants')?.join(' ')).toContain('gitlab-runner-token.service');
    expect(unit.get('Unit.After')?.join(' ')).toContain('gitlab-runner-token.service');
    expect([...unit.keys()].filter((key) => /Conflicts|Requires|BindsTo|PartOf/.test(key))).toEqual([]);
  });

  test('can write its marks and the folder in memory, and shares its log with nobody', () => {
    expect(unit.get('Service.ProtectSystem')).toEqual(['strict']);
    expect(unit.get('Service.ReadWritePaths')).toEqual(['/run/gitlab-runner /var/lib/gitlab-runner-aws']);
    expect(unit.get('Service.StandardOutput')).toEqual(['append:/var/log/gitlab-runner/drain.log']);
    expect(unit.get('Service.UMask')).toEqual(['0077']);
    expect(unit.get('Service.LimitCORE')).toEqual(['0']);
  });
});

describe('the unit of the firewall', () => {
  const unit = parseUnit(FIREWALL_UNIT);

  test('runs before gitlab-runner starts, and again with Docker', () => {
    expect(unit.get('Service.ExecStart')).toEqual(['/usr/local/lib/gitlab-runner-aws/firewall.sh']);
    expect(unit.get('Service.Type')).toEqual(['oneshot']);
    expect(unit.get('Unit.Before')).toEqual(['gitlab-runner.service']);
    expect(unit.get('Unit.After')?.join(' ')).toContain('docker.service');
    expect(unit.get('Unit.PartOf')).toEqual(['docker.service']);
    expect(unit.get('Install.WantedBy')).toEqual(['multi-user.target docker.service']);
  });

  test('leaves its rules when it stops', () => {
    expect([...unit.keys()].filter((key) => key.includes('ExecStop'))).toEqual([]);
  });
});

describe('the timer of the disk', () => {
  const unit = parseUnit(DISK_UNIT);

  test('looks every five minutes, for as long as the machine is up', () => {
    const timer = parseUnit(DISK_TIMER);
    expect(timer.get('Timer.OnUnitInactiveSec')).toEqual(['5min']);
    expect(timer.get('Timer.OnActiveSec')).toEqual(['1min']);
    expect(timer.get('Install.WantedBy')).toEqual(['timers.target']);
  });

  test('steps back behind jobs', () => {
    expect(unit.get('Service.Nice')).toEqual(['19']);
    expect(unit.get('Service.IOSchedulingClass')).toEqual(['idle']);
  });

  test('keeps in memory what it has seen, from run to run', () => {
    const script = fs.readFileSync(path.join(LIBRARY, 'free-disk.sh'), 'utf8');
    const folder = unit.get('Service.RuntimeDirectory')?.[0] ?? '';
    expect(script).toContain(`SEEN_DIR:-/run/${folder}}`);
    expect(unit.get('Service.RuntimeDirectoryPreserve')).toEqual(['yes']);
    expect(unit.get('Service.StandardOutput')).toEqual(['append:/var/log/gitlab-runner/disk.log']);
  });
});

test('nothing sends a TERM or a KILL to gitlab-runner but the drain at its limit', () => {
  const signals = scripts.flatMap((file) =>
    fs
      .readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => /\b(kill|pkill|killall)\b.*(-s|--signal|-[A-Z0-9])|\b(pkill|killall)\b/.test(line))
      .map((line) => `${path.basename(file)}: ${line.trim()}`),
  );
  expect(signals).toEqual(['drain.sh: systemctl kill --signal=SIGKILL "$UNIT" || true']);
});

describe("the machine's own files", () => {
  test('make units that systemd understands', () => {
    if (!hasTool('systemd-analyze')) return;
    const { root, ...machine } = newMachine();
    fs.cpSync(path.join(PACKER, 'files'), root, { recursive: true });
    fs.cpSync('/usr/lib/systemd/system', path.join(root, 'usr/lib/systemd/system'), { recursive: true });
    const write = (file: string, content: string, mode = 0o644): void => {
      fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      fs.writeFileSync(path.join(root, file), content, { mode });
    };
    write('usr/bin/gitlab-runner', '#!/bin/sh\n', 0o755);
    write('etc/systemd/system/gitlab-runner.service', PACKAGE_UNIT);
    expect(UNITS).toHaveLength(8);
    write('etc/systemd/system/docker.service', '[Service]\nExecStart=/usr/bin/gitlab-runner\n');
    const verify = (): { status: number | null; said: string } => {
      const command = ['systemd-analyze', 'verify', '--man=no', `--root=${root}`];
      const outcome = run({ root, ...machine }, [...command, 'gitlab-runner.service', ...UNITS]);
      return { status: outcome.status, said: outcome.stdout + outcome.stderr };
    };
    expect(verify()).toEqual({ status: 0, said: '' });
    write('etc/systemd/system/gitlab-runner.service.d/99.conf', '[Service]\nKillMode=gently\n');
    expect(verify().said).toContain('gently');
  });

  test('make folders that only root can enter and logs that only root can read', () => {
    if (!hasTool('systemd-tmpfiles')) return;
    if (process.getuid?.() !== 0) {
      console.warn('skipped: only root can give files to root');
      return;
    }
    const machine = newMachine();
    const file = 'etc/tmpfiles.d/gitlab-runner-aws.conf';
    fs.mkdirSync(path.dirname(path.join(machine.root, file)), { recursive: true });
    fs.copyFileSync(path.join(PACKER, 'files', file), path.join(machine.root, file));
    const command = ['systemd-tmpfiles', '--create', `--root=${machine.root}`, 'gitlab-runner-aws.conf'];
    expect(run(machine, command)).toEqual({ status: 0, stdout: '', stderr: '' });
    const mode = (name: string): string =>
      (fs.statSync(path.join(machine.root, name)).mode & 0o777).toString(8);
    expect(mode('run/gitlab-runner')).toBe('700');
    expect(mode('var/lib/gitlab-runner')).toBe('750');
    expect(mode('var/log/gitlab-runner')).toBe('750');
    expect(mode('var/log/gitlab-runner/gitlab-runner.log')).toBe('640');
    expect(mode('var/lib/gitlab-runner-aws')).toBe('755');
    for (const log of ['token', 'drain', 'disk'])
      expect(mode(`var/log/gitlab-runner/${log}.log`)).toBe('640');
  });

  test('bound the logs of containers', () => {
    const daemon: unknown = JSON.parse(
      fs.readFileSync(path.join(PACKER, 'files/etc/docker/daemon.json'), 'utf8'),
    );
    expect(daemon).toEqual({ 'log-driver': 'json-file', 'log-opts': { 'max-size': '10m', 'max-file': '3' } });
  });

  test('hold no secret and no name of an environment', () => {
    for (const file of files) {
      expect([relative(file), /glrt-[A-Za-z0-9]|acme|AKIA/.test(fs.readFileSync(file, 'utf8'))]).toEqual([
        relative(file),
        false,
      ]);
    }
  });
});
