import {
  minimal,
  KEY_ARN,
  PARAMETER_ARN,
  SECRET_ARN,
  refusals,
  withDocker,
  withFleet,
  withImage,
  withRunner,
} from '../support/environments';
import {
  fleet,
  linux,
  put,
  putFleet,
  putImage,
  putRunner,
  rejects,
  runner,
  type Case,
} from '../support/refusals';

/** Each refusal with its whole message: fields that contradict each other, all at once, and what only AWS would refuse. */

const acrossFields: Case[] = [
  [
    'min above max',
    putFleet('capacity', { min: 5, max: 2 }),
    `${fleet}.capacity.min must not exceed capacity.max (2), got 5`,
  ],
  [
    'desired above max',
    putFleet('capacity', { min: 1, max: 2, desired: 3 }),
    `${fleet}.capacity.desired must not exceed capacity.max (2), got 3`,
  ],
  [
    'desired below min',
    putFleet('capacity', { min: 2, max: 3, desired: 1 }),
    `${fleet}.capacity.desired must not be below capacity.min (2), got 1`,
  ],
  [
    'limit above the default of concurrent',
    putRunner('limit', 5),
    `${runner}.limit must not exceed the fleet's concurrent (4), got 5`,
  ],
  [
    'more iops than the size of gp3 allows',
    putFleet('rootVolume', { sizeGib: 10, iops: 6000 }),
    `${fleet}.rootVolume.iops must not exceed 5000: 500 for each GiB of type gp3, got 6000`,
  ],
  [
    'more iops than the size of io1 allows',
    putFleet('rootVolume', { type: 'io1', sizeGib: 8, iops: 401 }),
    `${fleet}.rootVolume.iops must not exceed 400: 50 for each GiB of type io1, got 401`,
  ],
  [
    'a given secret that another runner makes',
    putFleet('runners', {
      one: { token: { secretName: 'x' } },
      two: {
        token: { secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:acme-dev-x-a1B2c3' },
      },
    }),
    `${fleet}.runners.two.token.secretArn is the secret that fleets.linux.runners.one.token.secretName makes, got "arn:aws:secretsmanager:eu-central-1:111122223333:secret:acme-dev-x-a1B2c3"`,
  ],
  [
    'two files for one destination',
    putImage('files', [
      { source: 'a', destination: '/etc/a' },
      { source: 'b', destination: '/etc/a' },
    ]),
    'images.base.files[1].destination must not be the destination of another file ([0]), got "/etc/a"',
  ],
  ...[
    '/run/gitlab-runner/config.toml',
    '/usr/local/lib/gitlab-runner-aws/boot.sh',
    '/etc/gitlab-runner/config.toml',
  ].map((destination): Case => [
    `a file over ours: ${destination}`,
    putImage('files', [{ source: 'a', destination }]),
    `images.base.files[0].destination must not be in /run or be a file of this project, which would not start then, got "${destination}"`,
  ]),
  [
    'iops of gp2',
    putFleet('rootVolume', { type: 'gp2', iops: 3000 }),
    `${fleet}.rootVolume.iops must not be set for type gp2, got 3000`,
  ],
  [
    'iops of gp3',
    putFleet('rootVolume', { iops: 2999 }),
    `${fleet}.rootVolume.iops must be between 3000 and 16000 for type gp3, got 2999`,
  ],
  [
    'too many iops of gp3',
    putFleet('rootVolume', { iops: 16001 }),
    `${fleet}.rootVolume.iops must be between 3000 and 16000 for type gp3, got 16001`,
  ],
  [
    'io2 without iops',
    putFleet('rootVolume', { type: 'io2' }),
    `${fleet}.rootVolume.iops is required for type io2, got undefined`,
  ],
  [
    'throughput of io1',
    putFleet('rootVolume', { type: 'io1', iops: 100, throughputMibps: 125 }),
    `${fleet}.rootVolume.throughputMibps must not be set for a type other than gp3, got 125`,
  ],
  [
    'throughput for the default iops',
    putFleet('rootVolume', { throughputMibps: 751 }),
    `${fleet}.rootVolume.throughputMibps must not exceed a quarter of iops (750), got 751`,
  ],
  [
    'port of icmp',
    putFleet('egress', [{ cidr: '0.0.0.0/0', protocol: 'icmp', port: 1 }]),
    `${fleet}.egress[0].port must not be set for protocol icmp or all, got 1`,
  ],
  [
    'a refresh that grows too far',
    putFleet('refresh', { minHealthyPercentage: 50, maxHealthyPercentage: 151 }),
    `${fleet}.refresh.maxHealthyPercentage must not be more than 100 above refresh.minHealthyPercentage (50), got 151`,
  ],
  [
    'an image that no one defines',
    putFleet('image', { packer: 'base' }),
    `${fleet}.image.packer must be the name of an image under images (there is none), got "base"`,
  ],
  [
    'an image that is called otherwise',
    put('fleets.linux.image', { packer: 'linux' }, withImage()),
    `${fleet}.image.packer must be the name of an image under images (base), got "linux"`,
  ],
  [
    'an unknown key of an image, which then has no architecture to compare with',
    withFleet({
      image: { stock: 'amazon-linux-2023', provisioned: true } as never,
      launch: { type: 'configuration', instanceType: 'm6i.large' },
    }),
    `${fleet}.image.provisioned is not a known key, got true`,
  ],
  [
    'an image called as something that every object has',
    put('fleets.linux.image', { packer: 'constructor' }, withImage()),
    `${fleet}.image.packer must be the name of an image under images (base), got "constructor"`,
  ],
  [
    'an instance type of the other architecture',
    putFleet('launch', { type: 'configuration', instanceType: 'm7g.large' }),
    `${fleet}.launch.instanceType must be an x86_64 instance type, as the image is, got "m7g.large"`,
  ],
  [
    'the same in a template',
    withFleet({
      image: { stock: 'amazon-linux-2023', architecture: 'arm64' },
      launch: { type: 'template', instanceTypes: ['m6i.large'] },
    }),
    `${fleet}.launch.instanceTypes[0] must be an arm64 instance type, as the image is, got "m6i.large"`,
  ],
  [
    'a build on the other architecture',
    putImage('build.instanceType', 't4g.large'),
    'images.base.build.instanceType must be an x86_64 instance type, as the image is, got "t4g.large"',
  ],
  [
    'a volume smaller than its image',
    put('fleets.linux.rootVolume', { sizeGib: 29 }, withImage()),
    `${fleet}.rootVolume.sizeGib must not be below the image's rootVolumeGib (30), got 29`,
  ],
  [
    'an image shared without a key',
    putImage('shareWithAccountIds', ['444455556666']),
    'images.base.shareWithAccountIds needs encryption.kmsKeyArn: an image encrypted with the default key cannot be shared, got ["444455556666"]',
  ],
  [
    'a copy to the own region',
    putImage('copyToRegions', { 'eu-central-1': {} }),
    "images.base.copyToRegions.eu-central-1 must not be the environment's own region, got {}",
  ],
  [
    'a shared copy without a key',
    withImage(
      { shareWithAccountIds: ['444455556666'], copyToRegions: { 'eu-west-1': {} } },
      { encryption: { kmsKeyArn: KEY_ARN } },
    ),
    'images.base.copyToRegions.eu-west-1.kmsKeyArn is required for an image that is shared, got undefined',
  ],
  [
    'a copy with a key of another region',
    putImage('copyToRegions', { 'eu-west-1': { kmsKeyArn: KEY_ARN } }),
    `images.base.copyToRegions.eu-west-1.kmsKeyArn must be a key of region eu-west-1, got "${KEY_ARN}"`,
  ],
  [
    'a key of another region',
    put('encryption.kmsKeyArn', KEY_ARN, put('aws.region', 'eu-west-1')),
    `encryption.kmsKeyArn must be a key of region eu-west-1, got "${KEY_ARN}"`,
  ],
  [
    'a key of another region than the bucket',
    put('state', { bucket: 'acme', region: 'eu-west-1', kmsKeyArn: KEY_ARN }),
    `state.kmsKeyArn must be a key of region eu-west-1, got "${KEY_ARN}"`,
  ],
  [
    'a role of another account',
    put('aws', {
      region: 'eu-central-1',
      accountId: '444455556666',
      assumeRoleArn: 'arn:aws:iam::111122223333:role/terraform',
    }),
    'aws.assumeRoleArn must be a role of aws.accountId (444455556666), got "arn:aws:iam::111122223333:role/terraform"',
  ],
  [
    'two runners with one given secret',
    putFleet('runners', {
      one: { token: { secretArn: SECRET_ARN } },
      two: { token: { secretArn: SECRET_ARN, kmsKeyArn: KEY_ARN } },
    }),
    `${fleet}.runners.two.token.secretArn must not be the secret of another runner (${fleet}.runners.one.token.secretArn), got "${SECRET_ARN}"`,
  ],
  [
    'two fleets with one given parameter',
    put('fleets', {
      a: { ...linux(), runners: { x: { token: { parameterArn: PARAMETER_ARN } } } },
      b: { ...linux(), runners: { x: { token: { parameterArn: PARAMETER_ARN } } } },
    }),
    `fleets.b.runners.x.token.parameterArn must not be the secret of another runner (fleets.a.runners.x.token.parameterArn), got "${PARAMETER_ARN}"`,
  ],
  [
    'a known key as extra',
    putRunner('extraConfig', { executor: 'shell' }),
    `${runner}.extraConfig.executor must not be set here: extraConfig is for keys that gitlab-runner 19.3 does not have; use the field of the model, if there is one, got "shell"`,
  ],
  [
    'a known key of docker as extra',
    putRunner('extraConfig', { docker: { privileged: true } }),
    `${runner}.extraConfig.docker.privileged must not be set here: extraConfig is for keys that gitlab-runner 19.3 does not have; use the field of the model, if there is one, got true`,
  ],
  [
    'docker as extra that is no table',
    putRunner('extraConfig', { docker: 'x' }),
    `${runner}.extraConfig.docker must not be set here: extraConfig is for keys that gitlab-runner 19.3 does not have; use the field of the model, if there is one, got "x"`,
  ],
  [
    'token_expires_at as extra',
    putRunner('extraConfig', { token_expires_at: '2030-01-01' }),
    `${runner}.extraConfig.token_expires_at must not be set here: extraConfig is for keys that gitlab-runner 19.3 does not have; use the field of the model, if there is one, got "2030-01-01"`,
  ],
  [
    'a known key as extra in other letters, which gitlab-runner takes for the same',
    putRunner('extraConfig', { Executor: 'shell' }),
    `${runner}.extraConfig.Executor must not be set here: extraConfig is for keys that gitlab-runner 19.3 does not have; use the field of the model, if there is one, got "shell"`,
  ],
  [
    'a known key of docker as extra in other letters',
    putRunner('extraConfig', { docker: { Privileged: true } }),
    `${runner}.extraConfig.docker.Privileged must not be set here: extraConfig is for keys that gitlab-runner 19.3 does not have; use the field of the model, if there is one, got true`,
  ],
];

rejects('fields that contradict', acrossFields);

describe('errors come all at once', () => {
  test('those of single fields beside those across fields', () => {
    const input = put('logs.retentionDays', 2, putFleet('capacity', { min: 5, max: 2 }));
    expect(
      refusals(put('unknown', 1, { ...input, images: { a: { build: { instanceType: 't4g.large' } } } })),
    ).toEqual([
      expect.stringMatching(/: logs\.retentionDays must be one of /),
      `environments/dev.ts: ${fleet}.capacity.min must not exceed capacity.max (2), got 5`,
      'environments/dev.ts: unknown is not a known key, got 1',
      'environments/dev.ts: images.a.build.instanceType must be an x86_64 instance type, as the image is, got "t4g.large"',
    ]);
  });

  test('those of a sound fleet beside a broken one', () => {
    const input = put('fleets', {
      a: { ...linux(), concurrent: 0 },
      b: { ...linux(), image: { packer: 'x' } },
    });
    expect(refusals(input)).toEqual([
      'environments/dev.ts: fleets.a.concurrent must be at least 1, got 0',
      'environments/dev.ts: fleets.b.image.packer must be the name of an image under images (there is none), got "x"',
    ]);
  });

  test('a file that is missing', () => {
    const input = withImage({ scripts: ['a.sh'], files: [{ source: 'b', destination: '/b' }] });
    const problem = (path: string) => (path === 'b' ? 'must be there' : undefined);
    expect(refusals(input, problem)).toEqual([
      'environments/dev.ts: images.base.files[0].source must be there, got "b"',
    ]);
    const stock = withFleet({ image: { stock: 'amazon-linux-2023', scripts: ['b'] } });
    expect(refusals(stock, problem)).toEqual([
      `environments/dev.ts: ${fleet}.image.scripts[0] must be there, got "b"`,
    ]);
  });
});

describe('rejects what breaks only in AWS', () => {
  test('a wrong kind of session logging, without falling over it and beside what else is wrong', () => {
    const input = put('sessionLogging', null, putFleet('runners', { a: { limit: 9 } }));
    expect(refusals(input)).toEqual([
      'environments/dev.ts: sessionLogging must be an object, got null',
      "environments/dev.ts: fleets.linux.runners.a.limit must not exceed the fleet's concurrent (4), got 9",
    ]);
  });
  test('a project whose security groups would be called like ids', () => {
    expect(refusals(put('project', 'sg'))).toEqual([
      expect.stringMatching(/^environments\/dev\.ts: project must not .*sg.*, got "sg"$/),
    ]);
  });
  test('a volume type that launch configurations do not know', () => {
    const input = withFleet({ launch: { type: 'configuration' }, rootVolume: { type: 'io2', iops: 1000 } });
    expect(refusals(input)).toEqual([
      expect.stringMatching(/: fleets\.linux\.rootVolume\.type must .*, got "io2"$/),
    ]);
  });
  test('a key in another region than the secret that it encrypts', () => {
    const kmsKeyArn = KEY_ARN.replace('eu-central-1', 'eu-west-1');
    const input = withRunner({ token: { secretArn: SECRET_ARN, kmsKeyArn } });
    expect(refusals(input)).toEqual([
      `environments/dev.ts: ${runner}.token.kmsKeyArn must be a key of region eu-central-1, got "${kmsKeyArn}"`,
    ]);
  });
  test('a boundary of another account', () => {
    const input = put('aws', {
      ...minimal().aws,
      accountId: '444455556666',
      permissionsBoundaryArn: 'arn:aws:iam::111122223333:policy/b',
    });
    expect(refusals(input)).toEqual([
      'environments/dev.ts: aws.permissionsBoundaryArn must be a policy of aws.accountId (444455556666), got "arn:aws:iam::111122223333:policy/b"',
    ]);
  });
  test('the text that stands for a token where it would be taken for one', () => {
    const broken = [{ labels: { token: '@token@' } }, { extraConfig: { newer: { token: '@token@' } } }];
    for (const input of [...broken.map(withRunner), withDocker({ containerLabels: { token: '@token@' } })])
      expect(refusals(input)).toEqual([expect.stringMatching(/ must not .*@token@/)]);
  });
  test('an environment made of values that are no data, without falling over them', () => {
    const cyclic: Record<string, unknown> = { ...minimal() };
    cyclic.self = cyclic;
    expect(refusals(cyclic).length).toBeGreaterThan(0);
    const big = { ...minimal(), secretRecoveryDays: 7n };
    expect(refusals(big)).toEqual([
      expect.stringMatching(/: secretRecoveryDays must be a number, got "?7n?"?$/),
    ]);
  });
  test('a long bundle of certificates with something behind it, at once', () => {
    const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    const begin = Date.now();
    expect(refusals(put('gitlab.caCertificatePem', `${certificate.repeat(24)}# end`))).toHaveLength(1);
    expect(Date.now() - begin).toBeLessThan(500);
    expect(refusals(put('gitlab.caCertificatePem', certificate.repeat(24)))).toEqual([]);
  });
});
