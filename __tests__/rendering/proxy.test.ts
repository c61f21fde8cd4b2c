import { load } from 'js-toml';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { EnvironmentInput } from '../../src/config/environment';
import type { Environment } from '../../src/config/model';
import { renderConfigTemplate } from '../../src/rendering/config-toml';
import { managerContainer, workerContainer } from '../../src/rendering/container-definitions';
import { renderPackerTemplate } from '../../src/rendering/packer-template';
import { proxyVariables } from '../../src/rendering/proxy';
import { renderUserData } from '../../src/rendering/user-data';
import { renderWorkerUserData } from '../../src/rendering/worker-user-data';
import {
  minimal,
  parsed,
  withAutoscaler,
  withCreated,
  withFargate,
  withFleet,
  withImage,
  withRunner,
} from '../support/environments';
import { discardFolders, newFolder } from '../support/folders';
import { provisioning } from '../support/synth';

/** A company's proxy: who is told of it, and what is reached without it. */

afterAll(discardFolders);

const http = 'http://proxy.acme.example:3128';
const https = 'http://proxy.acme.example:3129';
const withProxy = (input: EnvironmentInput = minimal(), noProxy: string[] = []): EnvironmentInput => ({
  ...input,
  proxy: { http, https, noProxy },
});
const directly = (input: EnvironmentInput, noProxy: string[] = []): string[] =>
  (proxyVariables(parsed(withProxy(input, noProxy))).NO_PROXY ?? '').split(',');

const ofMachine = ['localhost', '127.0.0.1', '::1', '169.254.169.254', 'fd00:ec2::254', '169.254.170.2'];
const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'];
const buckets = ['s3.eu-central-1.amazonaws.com', 's3.dualstack.eu-central-1.amazonaws.com'];
const variables = proxyVariables(parsed(withProxy()));
const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`);

describe('the variables', () => {
  test('are in upper and in lower case', () => {
    const direct = [...ofMachine, ...privateRanges].join(',');
    expect(variables).toEqual({
      HTTP_PROXY: http,
      HTTPS_PROXY: https,
      NO_PROXY: direct,
      http_proxy: http,
      https_proxy: https,
      no_proxy: direct,
    });
  });

  test('are none without a proxy', () => {
    expect(proxyVariables(parsed(minimal()))).toEqual({});
  });

  test('send http nowhere where only https has a proxy', () => {
    expect(Object.keys(proxyVariables(parsed({ ...minimal(), proxy: { https } })))).toEqual([
      ...['HTTPS_PROXY', 'NO_PROXY', 'https_proxy', 'no_proxy'],
    ]);
  });

  test('have nothing that a shell, systemd or TOML would take for its own', () => {
    for (const value of Object.values(variables)) expect(value).toMatch(/^[A-Za-z0-9.:,/[\]-]+$/);
  });
});

describe('reached directly', () => {
  const endpoints = { interfaceEndpoints: true };

  test('is what the environment names, once', () => {
    expect(directly(minimal(), ['.acme.example', '10.0.0.0/8', 'docker'])).toEqual([
      ...[...ofMachine, ...privateRanges, '.acme.example', 'docker'],
    ]);
  });

  test('are no host of AWS in a network without endpoints: they lie behind the proxy', () => {
    expect(directly(minimal()).filter((host) => host.includes('amazonaws'))).toEqual([]);
  });

  test('are the range and the buckets of a network that is made, and no other one', () => {
    expect(directly(withCreated({ cidr: '10.20.0.0/16' }))).toEqual([
      ...ofMachine,
      '10.20.0.0/16',
      ...buckets,
    ]);
  });

  test('are the services that have an endpoint, by their hosts', () => {
    const hosts = directly(withCreated(endpoints, withFargate()));
    expect(hosts).toEqual([
      ...[...ofMachine, '10.0.0.0/16'],
      ...['api.ecr', 'dkr.ecr', 'ecs', 'kms', 'logs', 'secretsmanager', 'ssm', 'sts'].map(
        (service) => `${service}.eu-central-1.amazonaws.com`,
      ),
      ...buckets,
    ]);
  });

  test('are buckets of a network that exists only where it gets an endpoint of S3', () => {
    const of = (fields: object) => directly({ ...minimal(), network: { ...minimal().network, ...fields } });
    expect(of(endpoints)).not.toContain(buckets[0]);
    expect(of(endpoints)).toContain('ssm.eu-central-1.amazonaws.com');
    expect(of({ ...endpoints, routeTableIds: ['rtb-0a1b2c3d'] })).toEqual(expect.arrayContaining(buckets));
  });

  test('are mirrors of Docker Hub on our managers', () => {
    const host = 'registry.acme-dev-builds.internal';
    expect(directly({ ...withAutoscaler(), registryMirror: { type: 'own' } })).toContain(host);
    expect(directly(withAutoscaler())).not.toContain(host);
  });

  test('are hosts in China by their own domain', () => {
    const input = withCreated({ ...endpoints, availabilityZones: ['cn-north-1a'] });
    const hosts = directly({ ...input, aws: { region: 'cn-north-1' } });
    expect(hosts).toEqual(
      expect.arrayContaining(['ssm.cn-north-1.amazonaws.com.cn', 's3.cn-north-1.amazonaws.com.cn']),
    );
    expect(hosts.filter((host) => host.endsWith('amazonaws.com'))).toEqual([]);
  });
});

interface CloudConfig {
  readonly write_files: readonly {
    readonly path: string;
    readonly permissions: string;
    readonly content: string;
  }[];
  readonly runcmd: readonly (readonly [string, string, string])[];
}

const read = (userData: Buffer): CloudConfig =>
  JSON.parse(gunzipSync(userData).toString('utf8').split('\n')[1] ?? '') as CloudConfig;

function userDataOf(environment: Environment): CloudConfig[] {
  return environment.fleets.flatMap((fleet) => {
    if (fleet.type === 'fargate') return [];
    const workers = fleet.type === 'docker-autoscaler' ? fleet.runners.map((runner) => runner.workers) : [];
    return [
      read(renderUserData(environment, fleet, provisioning)),
      ...workers.map((one) => read(renderWorkerUserData(environment, fleet, one, provisioning))),
    ];
  });
}

const machines: [string, EnvironmentInput, number][] = [
  ['an instance of a group', minimal(), 1],
  ['a manager and its workers', withAutoscaler(), 2],
  ['an instance on an image of ours', withImage(), 1],
];

describe.each(machines)('%s', (_, input, count) => {
  const configs = userDataOf(parsed(withProxy(input)));
  const files = configs.map(({ write_files: written }) => new Map(written.map((file) => [file.path, file])));

  test('is told of the proxy by a file that systemd and shells read', () => {
    expect(files).toHaveLength(count);
    for (const written of files)
      expect(written.get('/etc/gitlab-runner-aws/proxy.env')).toEqual({
        path: '/etc/gitlab-runner-aws/proxy.env',
        permissions: '0644',
        content: assignments.map((line) => `${line}\n`).join(''),
      });
  });

  test('has it in the settings of the CloudWatch agent', () => {
    for (const written of files)
      expect(
        load(written.get('/opt/aws/amazon-cloudwatch-agent/etc/common-config.toml')?.content ?? ''),
      ).toEqual({ proxy: { http_proxy: http, https_proxy: https, no_proxy: variables.no_proxy } });
  });

  test('uses it from its first download on', () => {
    const folder = newFolder();
    for (const [index, { runcmd }] of configs.entries()) {
      expect(runcmd).toHaveLength(1);
      const [shell, flag, command] = runcmd[0] as [string, string, string];
      const proxyFile = path.join(folder, `variables-${String(index)}`);
      fs.writeFileSync(proxyFile, files[index]?.get('/etc/gitlab-runner-aws/proxy.env')?.content ?? '');
      const played = command
        .replace('/etc/gitlab-runner-aws/proxy.env', proxyFile)
        .replace(/bash \S+\/provision\.sh/, 'env')
        .replace(/\S+\/(boot|worker)\.sh$/, 'env');
      const { stdout, status } = spawnSync(shell, [flag, played], {
        encoding: 'utf8',
        env: { PATH: process.env.PATH },
      });
      expect(status).toBe(0);
      const runs = played.match(/\benv\b(?=$| &&)/g) ?? [];
      expect(runs.length).toBe(command.includes('provision.sh') ? 2 : 1);
      for (const line of assignments)
        expect(stdout.split('\n').filter((other) => other === line)).toHaveLength(runs.length);
    }
  });

  test('is told nothing where there is no proxy', () => {
    for (const config of userDataOf(parsed(input))) {
      expect(JSON.stringify(config.write_files.map((file) => file.path))).not.toMatch(/proxy|common-config/);
      expect(JSON.stringify(config.runcmd)).not.toContain('proxy');
    }
  });
});

describe('jobs', () => {
  const environmentsOf = (input: EnvironmentInput): unknown[] => {
    const environment = parsed(withProxy(input));
    return environment.fleets.flatMap((fleet) => {
      const { runners } = load(renderConfigTemplate(fleet, environment)) as {
        runners: { environment: unknown }[];
      };
      return runners.map((runner) => runner.environment);
    });
  };

  test.each<[string, EnvironmentInput]>([
    ['on instances', minimal()],
    ['on workers', withAutoscaler()],
    ['in Fargate tasks', withFargate()],
  ])('%s have the variables', (_, input) => {
    expect(environmentsOf(input)).toEqual([assignments]);
  });

  test('keep the variables of their runner, in whichever case these are', () => {
    const own = { https_proxy: '', NO_PROXY: 'x', LANG: 'C.UTF-8' };
    expect(environmentsOf(withRunner({ environment: own }))).toEqual([
      [`HTTP_PROXY=${http}`, `http_proxy=${http}`, 'https_proxy=', 'NO_PROXY=x', 'LANG=C.UTF-8'],
    ]);
  });

  test('have none without a proxy', () => {
    const environment = parsed(withFleet({}));
    const [fleet] = environment.fleets;
    if (fleet === undefined) throw new Error('there is no fleet');
    expect(renderConfigTemplate(fleet, environment)).not.toMatch(/proxy/i);
  });
});

describe('a task of Fargate', () => {
  const environment = parsed(withProxy(withFargate()));
  const [fleet] = environment.fleets;
  if (fleet?.type !== 'fargate' || fleet.runners[0] === undefined) throw new Error('there are no tasks');
  const container = { image: 'image', logGroupName: 'logs' };
  const manager = managerContainer(fleet, environment, {
    ...container,
    cluster: 'c',
    workersGroupId: '',
    workersSubnetId: '',
  });

  test('that is a manager has the variables in its container', () => {
    const found = manager.environment.filter(({ name }) => /proxy/i.test(name));
    expect(Object.fromEntries(found.map(({ name, value }) => [name, value]))).toEqual(variables);
  });

  test('that is a job has them from its runner, and none in its container', () => {
    const worker = workerContainer(fleet.runners[0] as (typeof fleet.runners)[0], environment, container);
    expect(JSON.stringify(worker.environment)).not.toMatch(/proxy/i);
  });
});

describe('a build of an image', () => {
  const input = withImage();
  const hash = '0123456789abcdef0123456789abcdef';
  const linesOf = (environment: Environment): string[] => {
    const [image] = environment.images;
    if (image === undefined) throw new Error('there is no image');
    const [build] = renderPackerTemplate(image, environment, hash).build;
    return build.provisioner.flatMap((one) => ('shell' in one ? one.shell.inline : []));
  };

  test('provisions through the proxy, and by that one command only', () => {
    const lines = linesOf(parsed(withProxy(input)));
    const given = assignments.map((line) => line.replace('=', "='").concat("'")).join(' ');
    expect(lines).toContain(`sudo env ${given} bash /tmp/provisioning/scripts/provision.sh`);
    expect(lines.filter((line) => line.includes('proxy'))).toHaveLength(1);
  });

  test('is the same without a proxy as ever', () => {
    expect(linesOf(parsed(input))).toContain('sudo bash /tmp/provisioning/scripts/provision.sh');
  });

  test('makes the image that is made without a proxy: its hash does not know of one', () => {
    const hashes = [input, withProxy(input)].map((one) => {
      const [image] = parsed(one).images;
      if (image === undefined) throw new Error('there is no image');
      return provisioning.hashOf(image);
    });
    expect(hashes[0]).toBe(hashes[1]);
  });
});
