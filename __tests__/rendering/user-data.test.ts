import * as fs from 'node:fs';
import * as path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { AutoscalingGroupFleet } from '../../src/config/fleet-model';
import type { Environment } from '../../src/config/model';
import { readProvisioning } from '../../src/provisioning/provisioning';
import { renderCloudwatchAgent } from '../../src/rendering/cloudwatch-agent';
import { renderConfigTemplate } from '../../src/rendering/config-toml';
import { machinePaths } from '../../src/rendering/machine-paths';
import { userDataLimit } from '../../src/rendering/cloud-init';
import { renderUserData } from '../../src/rendering/user-data';
import { REPOSITORY, discardFolders, newFolder } from '../support/folders';
import {
  withDocker,
  CERTIFICATE,
  groupsOf,
  minimal,
  parsed,
  withFleet,
  withImage,
  withValue,
} from '../support/environments';
import { maximal } from '../support/maximal';

afterAll(discardFolders);

interface CloudConfig {
  readonly write_files: readonly {
    readonly path: string;
    readonly permissions: string;
    readonly content: string;
    readonly encoding?: string;
  }[];
  readonly runcmd: readonly unknown[];
}

const provisioning = readProvisioning(REPOSITORY);

/** The fleet of a name, or the first one. */
function groupOf(environment: Environment, called?: string): AutoscalingGroupFleet {
  const fleet = groupsOf(environment).find(({ name }) => called === undefined || name === called);
  if (fleet === undefined) throw new Error('there is no such fleet');
  return fleet;
}

const render = (environment: Environment, source = provisioning): Buffer =>
  renderUserData(environment, groupOf(environment), source);

const textOf = (userData: Buffer): string => gunzipSync(userData).toString('utf8');

function read(userData: Buffer): CloudConfig {
  const [header, json = '', ...rest] = textOf(userData).split('\n');
  if (header !== '#cloud-config' || rest.join('') !== '') throw new Error('not one line of cloud-config');
  return JSON.parse(json) as CloudConfig;
}

const file = ({ write_files }: CloudConfig, name: string) => {
  const found = write_files.filter(({ path: written }) => written === name);
  if (found.length !== 1 || found[0] === undefined)
    throw new Error(`${name} is written ${String(found.length)} times`);
  return found[0];
};
const bytesOf = ({ content, encoding }: CloudConfig['write_files'][number]): Buffer =>
  Buffer.from(content, encoding === 'b64' ? 'base64' : 'utf8');

describe('user data of a stock image', () => {
  const userData = render(parsed(minimal()));
  const config = read(userData);

  test('is compressed and fits', () => {
    expect(userData.subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
    expect(userDataLimit).toBe(16384);
    expect(userData.length).toBeLessThan(userDataLimit * 0.85);
  });

  test('is the same every time, and without a time', () => {
    expect(render(parsed(minimal()), readProvisioning(REPOSITORY))).toEqual(userData);
    expect(userData.subarray(4, 8)).toEqual(Buffer.alloc(4));
  });

  test('provisions the machine, and starts it only if that worked', () => {
    expect(config.runcmd).toEqual([
      [
        'bash',
        '-c',
        'bash /var/lib/gitlab-runner-aws/provisioning/scripts/provision.sh && /usr/local/lib/gitlab-runner-aws/boot.sh',
      ],
    ]);
  });

  test('carries the settings of this fleet', () => {
    const environment = parsed(minimal());
    expect(file(config, machinePaths.environment)).toEqual({
      path: '/etc/gitlab-runner-aws/environment',
      permissions: '0644',
      content: [
        'AWS_REGION=eu-central-1',
        'AWS_DEFAULT_REGION=eu-central-1',
        'AUTO_SCALING_GROUP=acme-dev-linux',
        'LAUNCH_HOOK=launch',
        'TERMINATION_HOOK=drain',
        'DRAIN_TIMEOUT_SECONDS=86400',
        'METRICS_PORT=9252',
        '',
      ].join('\n'),
    });
    expect(file(config, machinePaths.cloudwatchAgent).content).toBe(renderCloudwatchAgent('acme-dev-linux'));
    expect(file(config, machinePaths.configTemplate)).toEqual({
      path: '/etc/gitlab-runner/config.template.toml',
      permissions: '0600',
      content: environment.fleets.map((fleet) => renderConfigTemplate(fleet, environment)).join(),
    });
  });

  test('carries the certificates of GitLab where there are any', () => {
    expect(config.write_files.map(({ path: written }) => written)).not.toContain(
      machinePaths.gitlabCertificates,
    );
    const withCa = read(render(parsed(withValue(minimal(), 'gitlab.caCertificatePem', CERTIFICATE))));
    expect(file(withCa, '/etc/gitlab-runner-aws/gitlab-ca.pem').content).toBe(CERTIFICATE);
  });

  /** Lines of a script but those that are comments alone. */
  const withoutComments = (script: string): string =>
    script
      .split('\n')
      .filter((line) => line.startsWith('#!') || !line.trimStart().startsWith('#'))
      .join('\n');

  test('carries every script and unit without its comments and every file as it is, without the clean-up of images and what other machines are for', () => {
    const carried = config.write_files.filter(({ path: written }) =>
      written.startsWith(`${machinePaths.provisioning}/`),
    );
    const names = carried.map(({ path: written }) => written.slice(machinePaths.provisioning.length + 1));
    const list = (folder: string) =>
      fs
        .readdirSync(path.join(REPOSITORY, 'packer', folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) =>
          path.relative(path.join(REPOSITORY, 'packer', folder), path.join(entry.parentPath, entry.name)),
        );
    const base = 'amazon-linux-2023/';
    const sourcesOfScripts = list('scripts').filter(
      (name) => !['clean-up.sh', 'check-clean.sh'].includes(name) && !name.startsWith('ubuntu-24.04/'),
    );
    const scripts = sourcesOfScripts.map((name) => name.replace(base, ''));
    expect(scripts.length).toBeGreaterThan(5);
    const ofOthers = /[/-](registry|machines|predecessor|wait-for-predecessor|worker)\.(sh|service)$/;
    const files = list('files').filter((name) => !ofOthers.test(name));
    expect(files.length).toBe(list('files').length - 7);
    expect(names.sort()).toEqual(
      [
        ...scripts.map((name) => `scripts/${name}`),
        ...files.map((name) => `root/${name}`),
        'settings.env',
        'files.tsv',
      ].sort(),
    );
    const sources = [
      ...sourcesOfScripts.map((name) => [`scripts/${name.replace(base, '')}`, `packer/scripts/${name}`]),
      ...files.map((name) => [`root/${name}`, `packer/files/${name}`]),
    ];
    for (const [name = '', source = ''] of sources) {
      const written = file(config, `${machinePaths.provisioning}/${name}`);
      const content = fs.readFileSync(path.join(REPOSITORY, source), 'utf8');
      const isOurs = /\.(sh|service|timer|conf)$/.test(source);
      expect(bytesOf(written).toString()).toBe(isOurs ? withoutComments(content) : content);
      expect(written.permissions).toBe(source.endsWith('.sh') ? '0755' : '0644');
    }
    expect(file(config, `${machinePaths.provisioning}/settings.env`).content).toBe(
      "GITLAB_RUNNER_VERSION='19.3.0'\nPACKAGES=''\n",
    );
  });

  test('has no token', () => {
    // The loader's own patterns and messages have the prefix, and nothing behind it.
    const tokens = [...textOf(userData).matchAll(/glrt-[A-Za-z0-9_.]*/g)].map(([token]) => token);
    expect(tokens.length).toBeGreaterThan(0);
    expect(new Set(tokens)).toEqual(new Set(['glrt-']));
  });
});

describe('user data', () => {
  const inputs = [
    ['of a Packer image', withImage(), false],
    ['of a given AMI', withFleet({ image: { ami: 'ami-0a1b2c3d4e5f60718' } }), false],
    [
      'of a given AMI without our provisioning',
      withFleet({ image: { ami: 'ami-0a1b2c3d4e5f60718', provisioned: false } }),
      true,
    ],
  ] as const;

  test.each(inputs)('%s carries what the machine lacks', (_, input, isCarried) => {
    const config = read(render(parsed(input)));
    expect(config.write_files.some(({ path: written }) => written.includes('/provisioning/'))).toBe(
      isCarried,
    );
    expect(JSON.stringify(config.runcmd).includes('provision.sh')).toBe(isCarried);
    expect(JSON.stringify(config.runcmd)).toContain(machinePaths.boot);
    expect(file(config, machinePaths.configTemplate).content).toContain('[[runners]]');
  });

  test('of a given AMI without our provisioning installs the default gitlab-runner', () => {
    const config = read(render(parsed(inputs[2][1])));
    expect(file(config, `${machinePaths.provisioning}/settings.env`).content).toContain(
      "GITLAB_RUNNER_VERSION='19.3.0'",
    );
  });

  test('carries the user’s own packages, files and scripts, and the checksum of Docker Machine', () => {
    const environment = parsed(maximal());
    const config = read(renderUserData(environment, groupOf(environment, 'stock'), provisioning));
    const at = (name: string) => file(config, `${machinePaths.provisioning}/${name}`);
    expect(at('settings.env').content).toBe(
      `GITLAB_RUNNER_VERSION='18.11.2'\nDOCKER_MACHINE_SHA256='${'0123456789abcdef'.repeat(4)}'\nPACKAGES='git-lfs jq'\n`,
    );
    expect(at('files.tsv').content).toBe('0640\t/etc/gitconfig\tuser-files/00-gitconfig\n');
    expect(at('user-files/00-gitconfig').content).toBe('[http]\n  sslVerify = true\n');
    expect(at('user-scripts/00-tools.sh')).toMatchObject({ permissions: '0755' });
  });

  test('carries files that are no text as they are', () => {
    const bytes = Buffer.from([0, 0xff, 0xfe, 0x80, 10, 0xc3, 0x28]);
    const text = 'quotes " \\ and 漢字\r\n';
    const repository = newFolder({
      'packer/scripts/provision.sh': '#!/bin/bash\n',
      'packer/files/etc/text': text,
      'packer/files/etc/binary': '',
    });
    fs.writeFileSync(path.join(repository, 'packer/files/etc/binary'), bytes);
    const config = read(render(parsed(minimal()), readProvisioning(repository)));
    const at = (name: string) => file(config, `${machinePaths.provisioning}/root/etc/${name}`);
    expect(bytesOf(at('binary')).equals(bytes)).toBe(true);
    expect(at('binary').encoding).toBe('b64');
    expect(bytesOf(at('text')).toString()).toBe(text);
  });

  // YAML 1.1, as PyYAML reads it: these are refused, or taken for line breaks and folded.
  const foreignIn = (text: string): string[] =>
    [...text.matchAll(/[\x7f-\x9f\u2028\u2029\ufffe\uffff]/g)].map(([character]) =>
      JSON.stringify(character),
    );

  test.each(['\u0080', '\u0085', '\u009f', '\u2028', '\u2029', '\ufffe', '\uffff', '\x7f'])(
    'has no character that YAML refuses or folds, also with %j in a text of the model',
    (character) => {
      const text = textOf(render(parsed(withDocker({ containerLabels: { a: `a ${character} b` } }))));
      expect(foreignIn(text)).toEqual([]);
    },
  );

  test('has none of them from a file either', () => {
    const repository = newFolder({
      'packer/scripts/provision.sh': '',
      'packer/files/etc/text': 'a \x7f \u0085 \u2028 \u0080 b\n',
    });
    const userData = render(parsed(minimal()), readProvisioning(repository));
    expect(foreignIn(textOf(userData))).toEqual([]);
    expect(bytesOf(file(read(userData), `${machinePaths.provisioning}/root/etc/text`)).toString()).toBe(
      'a \x7f \u0085 \u2028 \u0080 b\n',
    );
  });

  test('differs by what only one fleet has, and is equal otherwise', () => {
    const one = minimal().fleets.linux;
    const environment = parsed({ ...minimal(), fleets: { a: one, b: one } });
    const [a, b] = groupsOf(environment).map((fleet) =>
      textOf(renderUserData(environment, fleet, provisioning)),
    );
    expect(a).not.toBe(b);
    const renamed = b?.replaceAll('acme-dev-b', 'acme-dev-a').replaceAll(' b-default', ' a-default');
    expect(renamed?.replaceAll('b/default', 'a/default')).toBe(a);
  });
});

describe('paths on the machine', () => {
  const packer = (name: string) => fs.readFileSync(path.join(REPOSITORY, 'packer', name), 'utf8');
  const loader = packer('files/usr/local/lib/gitlab-runner-aws/load-tokens.sh');
  const boot = packer('files/usr/local/lib/gitlab-runner-aws/boot.sh');
  const unit = packer('files/etc/systemd/system/gitlab-runner-token.service');
  const dropIn = packer('files/etc/systemd/system/gitlab-runner.service.d/10-gitlab-runner-aws.conf');

  test('are those of the scripts and units', () => {
    expect(loader).toContain(`TEMPLATE:-${machinePaths.configTemplate}}`);
    expect(boot).toContain(`CLOUDWATCH_CONFIG:-${machinePaths.cloudwatchAgent}}`);
    expect(unit).toContain(`EnvironmentFile=${machinePaths.environment}\n`);
    expect(packer('scripts/clean-up.sh')).toContain(`$ROOT${machinePaths.provisioning}"`);
    expect(packer('scripts/check-clean.sh')).toContain(`"$ROOT"${machinePaths.provisioning}`);
  });

  test('of settings are those that our scripts read, each under its name', () => {
    const instance = packer('files/usr/local/lib/gitlab-runner-aws/instance.sh');
    const scripts = ['boot', 'drain', 'firewall'].map((name) =>
      packer(`files/usr/local/lib/gitlab-runner-aws/${name}.sh`),
    );
    expect(instance).toContain(`ENVIRONMENT_FILE:-${machinePaths.environment}}`);
    const names = [
      'AUTO_SCALING_GROUP',
      'LAUNCH_HOOK',
      'TERMINATION_HOOK',
      'DRAIN_TIMEOUT_SECONDS',
      'METRICS_PORT',
    ];
    for (const name of names) expect([instance, ...scripts].join('\n')).toMatch(new RegExp(`\\b${name}\\b`));
  });

  test('of what is started are those of files that we install', () => {
    for (const script of [machinePaths.boot, machinePaths.drain])
      expect(fs.existsSync(path.join(REPOSITORY, 'packer/files', script))).toBe(true);
    const [, command = ''] = /^ExecStart=(\S+)$/m.exec(unit) ?? [];
    expect(fs.existsSync(path.join(REPOSITORY, 'packer/files', command))).toBe(true);
  });

  test('of collected logs are those that units and cloud-init write', () => {
    const settings = JSON.parse(renderCloudwatchAgent('acme-dev-linux')) as {
      agent: unknown;
      logs: {
        logs_collected: {
          files: { collect_list: { file_path: string; log_group_name: string; log_stream_name: string }[] };
        };
      };
    };
    const collected = settings.logs.logs_collected.files.collect_list;
    const of = (file_path: string, name: string) => ({
      file_path,
      log_group_name: 'acme-dev-linux',
      log_stream_name: `{instance_id}/${name}`,
    });
    expect(collected).toEqual([
      of('/var/log/gitlab-runner/gitlab-runner.log', 'gitlab-runner'),
      of('/var/log/gitlab-runner/token.log', 'token'),
      of('/var/log/gitlab-runner/drain.log', 'drain'),
      of('/var/log/gitlab-runner/disk.log', 'disk'),
      of('/var/log/cloud-init-output.log', 'boot'),
    ]);
    expect(settings.agent).toEqual({ run_as_user: 'root' });
    const units = ['drain', 'disk'].map((name) =>
      packer(`files/etc/systemd/system/gitlab-runner-${name}.service`),
    );
    const written = [dropIn, unit, ...units].map((text) => /^StandardOutput=append:(\S+)$/m.exec(text)?.[1]);
    expect(collected.slice(0, 4).map(({ file_path }) => file_path)).toEqual(written);
  });

  test('nothing that is needed when jobs run lies where only first boots put it', () => {
    expect(machinePaths.boot.startsWith(machinePaths.provisioning)).toBe(false);
  });
});
