import type { z } from 'zod';
import { environment } from '../../src/config/environment';
import {
  KEY_ARN,
  PARAMETER_ARN,
  SECRET_ARN,
  CERTIFICATE,
  fleetOf,
  minimal,
  parsed,
  refusals,
  withCreated,
  withDocker,
  withFleet,
  withImage,
  withRunner,
  withValue,
} from '../support/environments';
import { maximal } from '../support/maximal';

/** What must be taken, and what it then means. */

describe('takes', () => {
  test('the smallest environment', () => {
    expect(refusals(minimal())).toEqual([]);
  });

  test('an environment with every field', () => {
    expect(refusals(maximal())).toEqual([]);
  });

  test.each([
    [
      'an empty object for everything optional',
      { ...minimal(), gitlab: {}, encryption: {}, logs: {}, sessionLogging: {}, tags: {}, images: {} },
    ],
    [
      'text with quotes, backslashes, tabs and other scripts',
      withRunner({ environment: { A: 'a "b" \\ \t c\nd ü 漢 😀' } }),
    ],
    [
      'a script of several lines',
      withRunner({ preBuildScript: '#!/bin/sh\n\tset -e\necho "${CI_JOB_ID}" %{x}\n' }),
    ],
    ['GitLab under a path and a port', withValue(minimal(), 'gitlab.url', 'https://example.com:8443/gitlab')],
    ['two certificates', withValue(minimal(), 'gitlab.caCertificatePem', CERTIFICATE + CERTIFICATE)],
    ['a policy of AWS', withFleet({ policyArns: ['arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess'] })],
    ['ids of 8 digits', withValue(minimal(), 'network.vpcId', 'vpc-0a1b2c3d')],
    [
      'another partition',
      {
        ...minimal(),
        aws: { region: 'us-gov-west-1' },
        encryption: {
          kmsKeyArn: KEY_ARN.replace('arn:aws:kms:eu-central-1', 'arn:aws-us-gov:kms:us-gov-west-1'),
        },
      },
    ],
    [
      'a multi-region key',
      {
        ...minimal(),
        encryption: {
          kmsKeyArn: KEY_ARN.replace(
            'key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9',
            'key/mrk-0a1b2c3d4e5f60718293a4b5c6d7e8f9',
          ),
        },
      },
    ],
    [
      'all kinds of tokens',
      withFleet({
        runners: {
          a: { token: { secretName: 'a/b_+=.@-' } },
          b: { token: { secretArn: SECRET_ARN } },
          c: { token: { parameterArn: PARAMETER_ARN, kmsKeyArn: KEY_ARN } },
        },
      }),
    ],
    ['one pull policy, or a list', withDocker({ pullPolicy: 'never' })],
    ['a limit of 0: as many as concurrent', withFleet({ concurrent: 1, runners: { default: { limit: 0 } } })],
    ['a group without instances', withFleet({ capacity: { min: 0, max: 0, desired: 0 } })],
    [
      'a fleet on a shared image of another account',
      { ...withFleet({ image: { packer: 'base', ownerAccountId: '444455556666' } }), images: { base: {} } },
    ],
    ['copies without keys', withImage({ copyToRegions: { 'eu-west-1': {}, 'us-east-1': {} } })],
    [
      'keys of gitlab-runner to come',
      withRunner({ extraConfig: { newer: { deeper: [1, 2.5, true, ['x']] }, docker: { newer: 'x' } } }),
    ],
    [
      'arguments that repeat, as in a command',
      withDocker({
        services: [
          { name: 'postgres:17', command: ['postgres', '-c', 'fsync=off', '-c', 'log_statement=all'] },
        ],
      }),
    ],
    [
      'an empty entrypoint, which takes away the image’s',
      withDocker({ services: [{ name: 'postgres:17', entrypoint: [''] }] }),
    ],
    [
      'variables that gitlab-runner replaces in the helper image',
      withDocker({ helperImage: 'registry.example.com/helper:x86_64-v${CI_RUNNER_VERSION}' }),
    ],
    [
      'ordinary words that begin like tokens',
      withImage({ packages: ['glibc-devel', 'glib2-devel', 'gl-utils', 'glslang-devel'] }),
    ],
  ])('%s', (_, input) => {
    expect(refusals(input)).toEqual([]);
  });
});

describe('defaults', () => {
  const dev = parsed(minimal());
  const fleet = fleetOf(minimal());
  const [runner] = fleet.runners;
  const image = (fields: Parameters<typeof withImage>[0] = {}) => {
    const [first] = parsed(withImage(fields)).images;
    if (first === undefined) throw new Error('there is no image');
    return first;
  };

  test('gitlab.url', () => {
    expect(dev.gitlab).toEqual({ url: 'https://gitlab.com', caCertificatePem: undefined });
  });
  test('logs.retentionDays', () => {
    expect(dev.retentionDays).toBe(90);
  });
  test('sessionLogging', () => {
    expect(dev.sessionLogging).toEqual({
      documentName: 'acme-dev-ec2-session',
      isAccountDefault: false,
      importExisting: false,
      logGroupName: 'acme-dev-ec2-session',
      idleTimeoutMinutes: 20,
      maxDurationMinutes: 60,
    });
  });
  test('secretRecoveryDays', () => {
    expect(dev.secretRecoveryDays).toBe(7);
  });
  test('state is local, a key is made, nothing else is there', () => {
    expect(dev).toMatchObject({ state: undefined, kmsKeyArn: undefined, tags: {}, images: [], warnings: [] });
  });
  test('account, role and boundary are not set', () => {
    expect(dev.aws).toEqual({
      region: 'eu-central-1',
      partition: 'aws',
      accountId: undefined,
      assumeRoleArn: undefined,
      permissionsBoundaryArn: undefined,
    });
  });

  test('images', () => {
    expect(image()).toMatchObject({
      base: 'amazon-linux-2023',
      architecture: 'x86_64',
      gitlabRunnerVersion: '19.3.0',
      dockerMachineSha256: undefined,
      rootVolumeGib: 30,
      packages: [],
      scripts: [],
      files: [],
      shareWithAccountIds: [],
      copyToRegions: [],
      deprecateAfterDays: 90,
    });
  });
  test('images.build: the first subnet of the network, through Session Manager', () => {
    expect(image().build).toEqual({
      instanceType: 't3.large',
      subnetId: 'subnet-0a1b2c3d4e5f60718',
      iamInstanceProfile: undefined,
      sshInterface: 'session_manager',
    });
    expect(image({ architecture: 'arm64' }).build.instanceType).toBe('t4g.large');
  });
  test('images.files.mode', () => {
    expect(image({ files: [{ source: 'a', destination: '/a' }] }).files).toEqual([
      { source: 'a', destination: '/a', mode: '0644' },
    ]);
  });

  test('image of a fleet', () => {
    expect(fleet.image).toEqual({
      kind: 'stock',
      base: 'amazon-linux-2023',
      firstBoot: {
        gitlabRunnerVersion: '19.3.0',
        dockerMachineSha256: undefined,
        packages: [],
        scripts: [],
        files: [],
      },
    });
    expect(fleet.architecture).toBe('x86_64');
  });
  test('a given AMI is x86_64, has its root volume at /dev/xvda, and everything in it', () => {
    const given = fleetOf(withFleet({ image: { ami: 'ami-0a1b2c3d4e5f60718' } }));
    expect(given.architecture).toBe('x86_64');
    expect(given.image).toEqual({
      kind: 'ami',
      amiId: 'ami-0a1b2c3d4e5f60718',
      rootDeviceName: '/dev/xvda',
      firstBoot: undefined,
    });
  });
  test('launch', () => {
    expect(fleet.launch).toEqual({ type: 'template', instanceTypes: ['m6i.large'], spot: undefined });
    const arm = fleetOf(withFleet({ image: { stock: 'amazon-linux-2023', architecture: 'arm64' } }));
    expect(arm.launch).toMatchObject({ instanceTypes: ['m7g.large'] });
    const configuration = fleetOf(withFleet({ launch: { type: 'configuration' } }));
    expect(configuration.launch).toEqual({ type: 'configuration', instanceType: 'm6i.large' });
  });
  test('rootVolume: the size of the image, gp3', () => {
    const gp3 = { type: 'gp3', iops: undefined, throughputMibps: undefined };
    expect(fleet.rootVolume).toEqual({ ...gp3, sizeGib: 30 });
    expect(fleetOf(withImage({ rootVolumeGib: 45 })).rootVolume).toEqual({ ...gp3, sizeGib: 45 });
    const given = withFleet({ image: { ami: 'ami-0a1b2c3d4e5f60718' } });
    expect(fleetOf(given).rootVolume).toEqual({ ...gp3, sizeGib: undefined });
  });
  test('runners: one, called default, with a secret of its own', () => {
    expect(fleet.runners).toHaveLength(1);
    expect(runner).toMatchObject({
      key: 'default',
      name: 'acme-dev-linux-default',
      token: { kind: 'made', secretName: 'acme-dev-linux-default-token' },
      limit: 4,
      requestConcurrency: 1,
      outputLimitKib: 4096,
      environment: {},
      featureFlags: {},
      extraConfig: {},
    });
  });
  test('docker', () => {
    expect(runner?.docker).toEqual({ image: 'alpine:3.22', privileged: false, pullPolicy: 'always' });
  });
  test('capacity.desired is absent, instances live for ever', () => {
    expect(fleet.capacity).toEqual({ min: 1, max: 2, maxInstanceLifetimeDays: 0, schedules: {} });
  });
  test('egress: everything out', () => {
    expect(fleet.egress).toEqual([
      { cidr: '0.0.0.0/0', protocol: 'all' },
      { cidr: '::/0', protocol: 'all' },
    ]);
    const [rule] = fleetOf(withFleet({ egress: [{ cidr: '10.0.0.0/8', port: 443 }] })).egress;
    expect(rule).toEqual({ cidr: '10.0.0.0/8', port: 443, protocol: 'tcp' });
  });
  test('limit of a runner: 4, or concurrent where that is less', () => {
    const limits = [1, 4, 9].map((concurrent) => fleetOf(withFleet({ concurrent })).runners[0]?.limit);
    expect(limits).toEqual([1, 4, 4]);
  });
  test('metadataHopLimit, concurrent, checkIntervalSeconds, logLevel', () => {
    expect(fleet).toMatchObject({
      metadataHopLimit: 1,
      concurrent: 4,
      checkIntervalSeconds: 3,
      logLevel: 'info',
    });
  });
  test('refresh', () => {
    expect(fleet.refresh).toEqual({ minHealthyPercentage: 100, maxHealthyPercentage: 110 });
  });
  test('scaling is fixed; by jobs with the headroom and idle time that the simulator finds best', () => {
    const byJobs = fleetOf(withFleet({ scaling: { type: 'jobs' } })).scaling;
    expect(fleet.scaling).toEqual({ type: 'fixed' });
    expect(byJobs).toEqual({
      type: 'jobs',
      headroomJobs: 2,
      idleTimeSeconds: 120,
      functionName: 'acme-dev-linux-scaling',
    });
  });
  test('metrics for nobody, a drain of a day, a destroy that waits', () => {
    expect(fleet.metrics).toEqual({ port: 9252, allowedSecurityGroupIds: [] });
    expect(fleet.drainTimeoutSeconds).toBe(86400);
    expect(fleet.forceDelete).toBe(false);
  });
  test('no further group, policy, tag or key pair', () => {
    expect(fleet).toMatchObject({ securityGroupIds: [], policyArns: [], tags: {} });
    expect(fleet.keyName).toBeUndefined();
  });
});

describe('the model', () => {
  test('names what a deploy makes', () => {
    const fleet = fleetOf(withFleet({ runners: { one: { token: { secretName: 'gitlab-token' } } } }), 'prod');
    expect(fleet.awsName).toBe('acme-prod-linux');
    expect(fleet.runners[0]).toMatchObject({
      name: 'acme-prod-linux-one',
      token: { kind: 'made', secretName: 'acme-prod-gitlab-token' },
    });
    expect(parsed(minimal(), 'prod').prefix).toBe('acme-prod');
  });

  test('names the document of the account by its fixed name', () => {
    const input = { ...minimal(), sessionLogging: { document: 'account-default' } };
    expect(parsed(input).sessionLogging).toMatchObject({
      documentName: 'SSM-SessionManagerRunShell',
      isAccountDefault: true,
      logGroupName: 'acme-dev-ec2-session',
    });
  });

  test('has GitLab without slashes at the end', () => {
    expect(parsed(withValue(minimal(), 'gitlab.url', 'https://example.com/gitlab//')).gitlab.url).toBe(
      'https://example.com/gitlab',
    );
  });

  test.each([
    ['eu-central-1', 'aws'],
    ['cn-north-1', 'aws-cn'],
    ['us-gov-east-1', 'aws-us-gov'],
    ['us-iso-east-1', 'aws-iso'],
    ['us-isob-east-1', 'aws-iso-b'],
  ])('knows the partition of %s', (region, partition) => {
    expect(parsed({ ...minimal(), aws: { region } }).aws.partition).toBe(partition);
  });

  test('keeps the order of the file', () => {
    const fleet = minimal().fleets.linux;
    const input = { ...minimal(), images: { z: {}, a: {} }, fleets: { z: fleet, a: fleet } };
    expect(parsed(input).fleets.map(({ name }) => name)).toEqual(['z', 'a']);
    expect(parsed(input).images.map(({ name }) => name)).toEqual(['z', 'a']);
  });
});

describe('the environment with every field', () => {
  /** Paths of all fields of a schema; `*` for what the user names, `[]` for elements. */
  function fieldsOf(schema: z.core.$ZodType, path: string): string[] {
    const def = (schema as z.ZodType).def as unknown as Record<string, unknown> & { type: string };
    const inner = (key: string) => def[key] as z.core.$ZodType;
    switch (def.type) {
      case 'object':
        return Object.entries(def.shape as Record<string, z.core.$ZodType>).flatMap(([key, field]) => {
          const here = path === '' ? key : `${path}.${key}`;
          return [here, ...fieldsOf(field, here)];
        });
      case 'record':
        return fieldsOf(inner('valueType'), `${path}.*`);
      case 'array':
        return fieldsOf(inner('element'), `${path}[]`);
      case 'union':
        return (def.options as z.core.$ZodType[]).flatMap((option) => fieldsOf(option, path));
      case 'optional':
      case 'default':
      case 'prefault':
        return fieldsOf(inner('innerType'), path);
      default:
        return [];
    }
  }

  /** The same paths of a value; names that the user chose are `*` where the schema has them so. */
  function isThere(value: unknown, path: readonly string[]): boolean {
    const [first, ...rest] = path;
    if (first === undefined) return value !== undefined;
    if (value === null || typeof value !== 'object') return false;
    if (first === '*' || first === '[]') return Object.values(value).some((inner) => isThere(inner, rest));
    return isThere((value as Record<string, unknown>)[first], rest);
  }

  const fields = [...new Set(fieldsOf(environment, ''))];
  /** An environment has one network: given or made. */
  const withEveryPartOfANetwork = withCreated({
    cidr: '10.20.0.0/16',
    natGateways: 'per-zone',
    interfaceEndpoints: true,
    flowLogs: true,
  });

  test('has fields to look for', () => {
    expect(fields.length).toBeGreaterThan(170);
    expect(fields).toEqual(
      expect.arrayContaining(['fleets.*.runners.*.docker.services[].entrypoint', 'aws.region']),
    );
  });

  test.each(fields)('has %s', (field) => {
    const path = field.replaceAll('[]', '.[]').split('.');
    expect([maximal(), withEveryPartOfANetwork].some((one) => isThere(one, path))).toBe(true);
  });
});
