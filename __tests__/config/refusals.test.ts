import type { EnvironmentInput } from '../../src/config/environment';
import {
  KEY_ARN,
  PARAMETER_ARN,
  SECRET_ARN,
  maximal,
  minimal,
  refusals,
  withDocker,
  withFleet,
  withImage,
  withRunner,
  withValue,
} from '../support/environments';

/** Each refusal with its whole message, which begins with `environments/dev.ts: `. */

type Case = readonly [title: string, input: unknown, ...messages: string[]];

const put = (path: string, value: unknown, base: object = minimal()) => withValue(base, path, value);
const putFleet = (path: string, value: unknown) => put(`fleets.linux.${path}`, value);
const putRunner = (path: string, value: unknown) => putFleet(`runners.default.${path}`, value);
const putImage = (path: string, value: unknown) => put(`images.base.${path}`, value, withImage());

const linux = () => minimal().fleets.linux as EnvironmentInput['fleets'][string];
const long = (length: number) => 'a'.repeat(length);

const nameRule = 'must start with a letter and have only lower-case letters, digits and hyphens';
const lineRule = 'must be text of at least one character, on one line and without control characters';
const arnRule = (service: string, region: string, example: string) =>
  `must be an ARN such as arn:aws:${service}:${region}:111122223333:${example}`;
const keyRule = arnRule('kms', 'eu-central-1', 'key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9');
const fleet = 'fleets.linux';
const runner = 'fleets.linux.runners.default';

const unknownKeys: Case[] = [
  ['of the environment', put('projekt', 'x'), 'projekt is not a known key, got "x"'],
  ['of aws', put('aws.regoin', 'x'), 'aws.regoin is not a known key, got "x"'],
  ['of a fleet', putFleet('spot', true), `${fleet}.spot is not a known key, got true`],
  ['of a runner', putRunner('tags', ['x']), `${runner}.tags is not a known key, got ["x"]`],
  [
    'of docker',
    putRunner('docker.pull_policy', 'never'),
    `${runner}.docker.pull_policy is not a known key, got "never"`,
  ],
  [
    'of a service',
    putRunner('docker.services', [{ name: 'a', x: 1 }]),
    `${runner}.docker.services[0].x is not a known key, got 1`,
  ],
  ['of an image', putImage('size', 8), 'images.base.size is not a known key, got 8'],
  [
    'of a token',
    putRunner('token', { secretName: 'a', value: 'b' }),
    `${runner}.token.value is not a known key, got "b"`,
  ],
  ['several at once', put('a', 1, put('b', 2)), 'b is not a known key, got 2', 'a is not a known key, got 1'],
  [
    'of an image chosen by a fleet',
    putFleet('image', { stock: 'amazon-linux-2023', provisioned: true }),
    `${fleet}.image.provisioned is not a known key, got true`,
  ],
];

/** What comes with later issues must not be taken and then ignored. */
const later: Case[] = [
  ...(
    [
      ['cache', { expirationDays: 90 }],
      ['artifacts', { expirationDays: 30 }],
      ['registryMirror', { type: 'own' }],
      ['proxy', { http: 'http://proxy:3128' }],
      ['alarms', false],
      ['network.interfaceEndpoints', false],
      ['network.routeTableIds', []],
      [`${fleet}.capacity.schedules`, {}],
      [`${fleet}.drainTimeoutSeconds`, 86400],
      [`${fleet}.forceDelete`, false],
      [`${fleet}.launch.spot`, { onDemandBase: 1 }],
      [`${fleet}.metrics`, { port: 9252 }],
      [`${fleet}.sessionServer`, { port: 8093 }],
      [`${fleet}.registryCredentials`, {}],
    ] as const
  ).map(([path, value]): Case => {
    const base = path.includes('launch') ? withFleet({ launch: { type: 'template' } }) : minimal();
    return [path, put(path, value, base), `${path} is not a known key, got ${JSON.stringify(value)}`];
  }),
  [
    'a network to create',
    put('network', { type: 'create', cidr: '10.20.0.0/16' }),
    'network.type must be existing, got "create"',
  ],
  [
    'scaling by jobs',
    putFleet('scaling', { type: 'jobs' }),
    `${fleet}.scaling.type must be fixed, got "jobs"`,
  ],
  [
    'base ubuntu',
    putImage('base', 'ubuntu-24.04'),
    'images.base.base must be amazon-linux-2023, got "ubuntu-24.04"',
  ],
  [
    'stock ubuntu',
    putFleet('image', { stock: 'ubuntu-24.04' }),
    `${fleet}.image.stock must be amazon-linux-2023, got "ubuntu-24.04"`,
  ],
  [
    'two instance types',
    putFleet('launch', { type: 'template', instanceTypes: ['m6i.large', 'm5.large'] }),
    `${fleet}.launch.instanceTypes must have at most 1 element, got ["m6i.large","m5.large"]`,
  ],
  ...['docker-machine', 'docker-autoscaler', 'fargate'].map((type): Case => [
    `fleets of type ${type}`,
    putFleet('type', type),
    `${fleet}.type must be autoscaling-group, got "${type}"`,
  ]),
];

const wrongTypes: Case[] = [
  ['an environment that is a list', [], 'must be an object, got []'],
  ['an environment that is text', 'x', 'must be an object, got "x"'],
  ['no environment', undefined, 'is required, got undefined'],
  [
    'an empty environment',
    {},
    'project is required, got undefined',
    'aws is required, got undefined',
    'network is required, got undefined',
    'fleets is required, got undefined',
  ],
  ['a number for text', put('project', 5), 'project must be text, got 5'],
  ['null for text', put('project', null), 'project must be text, got null'],
  ['text for a number', putFleet('capacity.min', '1'), `${fleet}.capacity.min must be a number, got "1"`],
  ['a fraction', putFleet('capacity.min', 1.5), `${fleet}.capacity.min must be a whole number, got 1.5`],
  [
    'text for true',
    putRunner('docker.privileged', 'true'),
    `${runner}.docker.privileged must be true or false, got "true"`,
  ],
  [
    'text for a list',
    putRunner('docker.volumes', '/cache'),
    `${runner}.docker.volumes must be a list, got "/cache"`,
  ],
  ['a list for an object', put('tags', ['a']), 'tags must be an object, got ["a"]'],
  ['text for an object', put('aws', 'eu-central-1'), 'aws must be an object, got "eu-central-1"'],
  [
    'a list of fleets',
    put('fleets', [linux()]),
    'fleets must be an object, got [{"type":"autoscaling-group","capacity":{"min":1,"max":2}}]',
  ],
  [
    'an image by name only',
    putFleet('image', 'linux'),
    `${fleet}.image must be an object with exactly one of packer, ami, stock, got "linux"`,
  ],
  [
    'an account as a number',
    put('aws.accountId', 111122223333),
    'aws.accountId must be text, got 111122223333',
  ],
  [
    'a version as a number',
    putImage('gitlabRunnerVersion', 19.3),
    'images.base.gitlabRunnerVersion must be text, got 19.3',
  ],
];

const missing: Case[] = [
  ['project', put('project', undefined), 'project is required, got undefined'],
  ['region', put('aws.region', undefined), 'aws.region is required, got undefined'],
  ['VPC', put('network.vpcId', undefined), 'network.vpcId is required, got undefined'],
  ['subnets', put('network.subnetIds', undefined), 'network.subnetIds is required, got undefined'],
  ['capacity', putFleet('capacity', undefined), `${fleet}.capacity is required, got undefined`],
  ['capacity.max', putFleet('capacity.max', undefined), `${fleet}.capacity.max is required, got undefined`],
  ['bucket of the state', put('state', { region: 'eu-west-1' }), 'state.bucket is required, got undefined'],
];

const emptyLists: Case[] = [
  ['subnets', put('network.subnetIds', []), 'network.subnetIds must not be an empty list, got []'],
  [
    'instance types',
    putFleet('launch', { type: 'template', instanceTypes: [] }),
    `${fleet}.launch.instanceTypes must not be an empty list, got []`,
  ],
  ['egress', putFleet('egress', []), `${fleet}.egress must not be an empty list, got []`],
  [
    'pull policies',
    putRunner('docker.pullPolicy', []),
    `${runner}.docker.pullPolicy must not be an empty list, got []`,
  ],
  [
    'queries',
    putRunner('referees', {
      metrics: { prometheusAddress: 'http://a', queryIntervalSeconds: 1, queries: [] },
    }),
    `${runner}.referees.metrics.queries must not be an empty list, got []`,
  ],
  ['fleets', put('fleets', {}), 'fleets must have at least one fleet, got {}'],
  ['runners', putFleet('runners', {}), `${fleet}.runners must have at least one runner, got {}`],
];

const names: Case[] = [
  ['project in upper case', put('project', 'Acme'), `project ${nameRule}, got "Acme"`],
  [
    'project with a shell command',
    put('project', 'acme; rm -rf /'),
    `project ${nameRule}, got "acme; rm -rf /"`,
  ],
  ['project with a line break at its end', put('project', 'acme\n'), `project ${nameRule}, got "acme\\n"`],
  [
    'project that AWS reserves',
    put('project', 'aws-ci'),
    'project must not start with aws, amazon or amzn, which Systems Manager reserves, got "aws-ci"',
  ],
  [
    'project of 33 characters',
    put('project', long(33)),
    `project must have at most 32 characters, got "${long(33)}"`,
  ],
  [
    'fleet in upper case',
    put('fleets', { Linux: linux() }),
    `fleets.Linux is a name that ${nameRule}, got "Linux"`,
  ],
  [
    'fleet with TOML in its name',
    put('fleets', { 'a"]\nx = "': linux() }),
    `fleets.a"]\nx = " is a name that ${nameRule}, got "a\\"]\\nx = \\""`,
  ],
  [
    'runner with a space',
    putFleet('runners', { 'a b': {} }),
    `${fleet}.runners.a b is a name that ${nameRule}, got "a b"`,
  ],
  ['image with a dot', put('images', { 'a.b': {} }), `images.a.b is a name that ${nameRule}, got "a.b"`],
  [
    'image of 33 characters',
    put('images', { [long(33)]: {} }),
    `images.${long(33)} is a name that must have at most 32 characters, got "${long(33)}"`,
  ],
  [
    'fleet too long once prefixed',
    put('fleets', { [long(56)]: linux() }),
    `fleets.${long(56)} makes the IAM role name acme-dev-${long(56)} of 65 characters, and AWS takes 64, got "${long(56)}"`,
  ],
  [
    'secret too long once prefixed',
    putRunner('token', { secretName: long(504) }),
    `${runner}.token.secretName makes the secret name acme-dev-${long(504)} of 513 characters, and AWS takes 512, got "${long(504)}"`,
  ],
  [
    'secret with a quote',
    putRunner('token', { secretName: "a'b" }),
    `${runner}.token.secretName must be a secret name of letters, digits and /_+=.@-, got "a'b"`,
  ],
  [
    'fleet called as the session log group',
    put('fleets', { 'ec2-session': linux() }),
    'fleets.ec2-session makes the log group name acme-dev-ec2-session, which project makes already, got "ec2-session"',
  ],
  [
    'a secret that two runners make',
    putFleet('runners', { one: { token: { secretName: 'x' } }, two: { token: { secretName: 'x' } } }),
    `${fleet}.runners.two.token.secretName makes the secret name acme-dev-x, which ${fleet}.runners.one.token.secretName makes already, got "x"`,
  ],
  [
    'a secret that two fleets make by their defaults',
    put('fleets', {
      a: { ...linux(), runners: { 'b-c': {} } },
      'a-b': { ...linux(), runners: { c: {} } },
    }),
    'fleets.a-b.runners.c makes the secret name acme-dev-a-b-c-token, which fleets.a.runners.b-c makes already, got "c"',
  ],
];

const versions: Case[] = [
  ...['1.0; rm -rf /', '19.3', '19.3.0-rc1', 'latest', '19.3.0\n', "19.3.0'", '$(id)'].map(
    (version): Case => [
      version,
      putImage('gitlabRunnerVersion', version),
      `images.base.gitlabRunnerVersion must be a version such as 19.3.0, got ${JSON.stringify(version)}`,
    ],
  ),
  ...['18.0.9', '17.11.0', '1.99.0'].map((version): Case => [
    `${version}, which is too old`,
    putFleet('image', { stock: 'amazon-linux-2023', gitlabRunnerVersion: version }),
    `${fleet}.image.gitlabRunnerVersion must be 18.1.0 or newer (older ones do not show the waiting jobs), got "${version}"`,
  ]),
  ...['git lfs', 'git;id', '-y', "a'b", '$(id)', '../x.rpm', ''].map((name): Case => [
    `package ${name}`,
    putImage('packages', [name]),
    `images.base.packages[0] must be the name of a package, such as git-lfs, got ${JSON.stringify(name)}`,
  ]),
];

const idsAndArns: Case[] = [
  [
    'region',
    put('aws.region', 'Frankfurt'),
    'aws.region must be an AWS region such as eu-central-1, got "Frankfurt"',
  ],
  [
    'account',
    put('aws.accountId', '1234'),
    'aws.accountId must be an AWS account id of 12 digits, as text, got "1234"',
  ],
  [
    'role',
    put('aws.assumeRoleArn', 'terraform'),
    `aws.assumeRoleArn ${arnRule('iam', '', 'role/terraform')}, got "terraform"`,
  ],
  [
    'boundary',
    put('aws.permissionsBoundaryArn', 'boundary'),
    `aws.permissionsBoundaryArn ${arnRule('iam', '', 'policy/boundary')}, got "boundary"`,
  ],
  [
    'VPC',
    put('network.vpcId', 'vpc-1'),
    'network.vpcId must be an id such as vpc-0a1b2c3d4e5f60718, got "vpc-1"',
  ],
  [
    'subnet',
    put('network.subnetIds', ['vpc-0a1b2c3d4e5f60718']),
    'network.subnetIds[0] must be an id such as subnet-0a1b2c3d4e5f60718, got "vpc-0a1b2c3d4e5f60718"',
  ],
  [
    'AMI',
    putFleet('image', { ami: 'ami-x' }),
    `${fleet}.image.ami must be an id such as ami-0a1b2c3d4e5f60718, got "ami-x"`,
  ],
  [
    'security group',
    putFleet('securityGroupIds', ['default']),
    `${fleet}.securityGroupIds[0] must be an id such as sg-0a1b2c3d4e5f60718, got "default"`,
  ],
  [
    'policy',
    putFleet('policyArns', ['AdministratorAccess']),
    `${fleet}.policyArns[0] ${arnRule('iam', '', 'policy/boundary')}, got "AdministratorAccess"`,
  ],
  [
    'key by alias',
    put('encryption.kmsKeyArn', 'alias/acme'),
    `encryption.kmsKeyArn ${keyRule}, got "alias/acme"`,
  ],
  [
    'key by the ARN of an alias',
    put('encryption.kmsKeyArn', 'arn:aws:kms:eu-central-1:111122223333:alias/acme'),
    `encryption.kmsKeyArn ${keyRule}, got "arn:aws:kms:eu-central-1:111122223333:alias/acme"`,
  ],
  [
    'secret without its suffix',
    putRunner('token', { secretArn: SECRET_ARN.slice(0, -7).replace('gitlab-token', 'gitlab') }),
    `${runner}.token.secretArn ${arnRule('secretsmanager', 'eu-central-1', 'secret:gitlab-token-a1B2c3')}, got "arn:aws:secretsmanager:eu-central-1:111122223333:secret:gitlab"`,
  ],
  [
    'parameter',
    putRunner('token', { parameterArn: '/gitlab/token' }),
    `${runner}.token.parameterArn ${arnRule('ssm', 'eu-central-1', 'parameter/gitlab/token')}, got "/gitlab/token"`,
  ],
  [
    'bucket',
    put('state', { bucket: 'Acme_State', region: 'eu-west-1' }),
    'state.bucket must be the name of an S3 bucket (3 to 63 lower-case letters, digits, dots and hyphens), got "Acme_State"',
  ],
  [
    'key pair',
    putFleet('keyName', 'a"b'),
    `${fleet}.keyName must be the name of an EC2 key pair, got "a\\"b"`,
  ],
  [
    'instance profile',
    putImage('build.iamInstanceProfile', 'a/b'),
    'images.base.build.iamInstanceProfile must be the name of an instance profile (letters, digits and +=,.@_-), got "a/b"',
  ],
  [
    'instance type',
    putFleet('launch', { type: 'configuration', instanceType: 'large' }),
    `${fleet}.launch.instanceType must be an EC2 instance type such as m6i.large, got "large"`,
  ],
  [
    'root device',
    putFleet('image', { ami: 'ami-0a1b2c3d4e5f60718', rootDeviceName: 'xvda' }),
    `${fleet}.image.rootDeviceName must be a device such as /dev/xvda, got "xvda"`,
  ],
  [
    'account to share with',
    putImage('shareWithAccountIds', ['1']),
    'images.base.shareWithAccountIds[0] must be an AWS account id of 12 digits, as text, got "1"',
  ],
  [
    'region to copy to',
    putImage('copyToRegions', { Ireland: {} }),
    'images.base.copyToRegions.Ireland is a name that must be an AWS region such as eu-central-1, got "Ireland"',
  ],
];

const choices: Case[] = [
  [
    'no kind of image',
    putFleet('image', {}),
    `${fleet}.image must be an object with exactly one of packer, ami, stock, got {}`,
  ],
  [
    'two kinds of image',
    putFleet('image', { packer: 'base', stock: 'amazon-linux-2023' }),
    `${fleet}.image must be an object with exactly one of packer, ami, stock, got {"packer":"base","stock":"amazon-linux-2023"}`,
  ],
  [
    'two kinds of token',
    putRunner('token', { secretName: 'a', parameterArn: PARAMETER_ARN }),
    `${runner}.token must be an object with exactly one of secretName, secretArn, parameterArn, got {"secretName":"a","parameterArn":"${PARAMETER_ARN}"}`,
  ],
  [
    'architecture',
    putImage('architecture', 'amd64'),
    'images.base.architecture must be one of x86_64, arm64, got "amd64"',
  ],
  [
    'launch',
    putFleet('launch', { type: 'spot' }),
    `${fleet}.launch.type must be one of configuration, template, got "spot"`,
  ],
  [
    'volume type',
    putFleet('rootVolume.type', 'standard'),
    `${fleet}.rootVolume.type must be one of gp3, gp2, io1, io2, got "standard"`,
  ],
  [
    'log level',
    putFleet('logLevel', 'verbose'),
    `${fleet}.logLevel must be one of debug, info, warn, warning, error, fatal, panic, got "verbose"`,
  ],
  [
    'session document',
    put('sessionLogging.document', 'shared'),
    'sessionLogging.document must be one of own, account-default, got "shared"',
  ],
  [
    'reach of a build',
    putImage('build.sshInterface', 'ssh'),
    'images.base.build.sshInterface must be one of session_manager, private_ip, public_ip, got "ssh"',
  ],
  ['shell', putRunner('shell', 'zsh'), `${runner}.shell must be one of bash, sh, pwsh, got "zsh"`],
  [
    'pull policy',
    putRunner('docker.pullPolicy', 'sometimes'),
    `${runner}.docker.pullPolicy must be always, if-not-present, never or a list of them, got "sometimes"`,
  ],
  [
    'retention',
    put('logs.retentionDays', 91),
    'logs.retentionDays must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, got 91',
  ],
  [
    'protocol',
    putFleet('egress', [{ cidr: '0.0.0.0/0', protocol: 'http' }]),
    `${fleet}.egress[0].protocol must be one of tcp, udp, icmp, all, got "http"`,
  ],
];

const texts: Case[] = [
  [
    'GitLab by http',
    put('gitlab.url', 'http://gitlab.example.com'),
    'gitlab.url must be an https:// URL without user, password, query or fragment, got "http://gitlab.example.com"',
  ],
  [
    'GitLab with a password',
    put('gitlab.url', 'https://me:pw@gitlab.example.com'),
    'gitlab.url must be an https:// URL without user, password, query or fragment, got "https://me:pw@gitlab.example.com"',
  ],
  [
    'GitLab with a query',
    put('gitlab.url', 'https://a.example/?x'),
    'gitlab.url must be an https:// URL without user, password, query or fragment, got "https://a.example/?x"',
  ],
  [
    'clone URL by ssh',
    putRunner('cloneUrl', 'git@gitlab.com'),
    `${runner}.cloneUrl must be an https:// URL without user, password, query or fragment, got "git@gitlab.com"`,
  ],
  [
    'certificate',
    put('gitlab.caCertificatePem', 'x'),
    'gitlab.caCertificatePem must be one or more PEM certificates (-----BEGIN CERTIFICATE-----…), got "x"',
  ],
  [
    'duration',
    putRunner('getSourcesTimeout', '10'),
    `${runner}.getSourcesTimeout must be a duration such as 90s, 10m or 1h30m, got "10"`,
  ],
  [
    'container image',
    putRunner('docker.image', 'alpine 3'),
    `${runner}.docker.image must be a container image such as alpine:3.22, got "alpine 3"`,
  ],
  [
    'image pattern',
    putRunner('docker.allowedImages', ['a b']),
    `${runner}.docker.allowedImages[0] must be an image pattern without spaces such as ruby:*, got "a b"`,
  ],
  ['two lines', putRunner('docker.user', 'a\nb'), `${runner}.docker.user ${lineRule}, got "a\\nb"`],
  ['an empty line', putRunner('docker.hostname', ''), `${runner}.docker.hostname ${lineRule}, got ""`],
  [
    'memory',
    putRunner('docker.memory', 'much'),
    `${runner}.docker.memory must be a size in bytes, or with b, k, m or g, such as 512m, got "much"`,
  ],
  [
    'CPUs',
    putRunner('docker.cpus', '1,5'),
    `${runner}.docker.cpus must be a number of CPUs as text, such as 1.5, got "1,5"`,
  ],
  [
    'CPU set',
    putRunner('docker.cpusetCpus', '0-'),
    `${runner}.docker.cpusetCpus must be a list of CPU or node numbers such as 0-3 or 0,1, got "0-"`,
  ],
  [
    'MAC address',
    putRunner('docker.macAddress', '1'),
    `${runner}.docker.macAddress must be a MAC address, got "1"`,
  ],
  [
    'variable of a service',
    putRunner('docker.services', [{ name: 'a', environment: ['A'] }]),
    `${runner}.docker.services[0].environment[0] must be NAME=value, got "A"`,
  ],
  [
    'variable name',
    putRunner('environment', { 'A-B': 'x' }),
    `${runner}.environment.A-B is a name that must be the name of a variable, got "A-B"`,
  ],
  [
    'feature flag',
    putRunner('featureFlags', { network: true }),
    `${runner}.featureFlags.network is a name that must be the name of a feature flag such as FF_NETWORK_PER_BUILD, got "network"`,
  ],
  [
    'the flag against rotation',
    putRunner('featureFlags', { FF_DISABLE_AUTOMATIC_TOKEN_ROTATION: false }),
    `${runner}.featureFlags must not have FF_DISABLE_AUTOMATIC_TOKEN_ROTATION: it is always on, since a rotated token cuts off all other machines, got {"FF_DISABLE_AUTOMATIC_TOKEN_ROTATION":false}`,
  ],
  [
    'script with a control character',
    putRunner('preBuildScript', 'a\rb'),
    `${runner}.preBuildScript must be a script of at least one character, without control characters but newline and tab, got "a\\rb"`,
  ],
  [
    'relative path on the machine',
    putRunner('buildsDir', 'builds'),
    `${runner}.buildsDir must be an absolute path of letters, digits and ._@+- without . or .. parts, got "builds"`,
  ],
  [
    'path on the machine with ..',
    putRunner('docker.cacheDir', '/a/../etc'),
    `${runner}.docker.cacheDir must be an absolute path of letters, digits and ._@+- without . or .. parts, got "/a/../etc"`,
  ],
  [
    'file out of the repository',
    putImage('scripts', ['../x.sh']),
    'images.base.scripts[0] must be a relative path inside the repository, of letters, digits and ._@+- without . or .. parts, got "../x.sh"',
  ],
  [
    'absolute path of a script',
    putImage('scripts', ['/etc/passwd']),
    'images.base.scripts[0] must be a relative path inside the repository, of letters, digits and ._@+- without . or .. parts, got "/etc/passwd"',
  ],
  [
    'destination with a tab',
    putImage('files', [{ source: 'a', destination: '/a\tb' }]),
    'images.base.files[0].destination must be an absolute path of letters, digits and ._@+- without . or .. parts, got "/a\\tb"',
  ],
  [
    'mode',
    putImage('files', [{ source: 'a', destination: '/a', mode: '644' }]),
    'images.base.files[0].mode must be a file mode such as 0644, got "644"',
  ],
  [
    'mode that makes root',
    putImage('files', [{ source: 'a', destination: '/a', mode: '4755' }]),
    'images.base.files[0].mode must be a file mode such as 0644, got "4755"',
  ],
  [
    'tag of AWS',
    put('tags', { 'aws:x': 'y' }),
    'tags.aws:x is a name that must be a tag name of 1 to 128 letters, digits, spaces and _.:/=+-@, not starting with aws:, got "aws:x"',
  ],
  [
    'tag with an expression',
    put('tags', { a: '${x}' }),
    'tags.a must be a tag value of at most 256 letters, digits, spaces and _.:/=+-@, got "${x}"',
  ],
  [
    'range of addresses',
    putFleet('egress', [{ cidr: '10.0.0.0/33' }]),
    `${fleet}.egress[0].cidr must be a range of addresses such as 10.0.0.0/8, got "10.0.0.0/33"`,
  ],
  [
    'a range with bits behind the network, which AWS refuses at apply',
    putFleet('egress', [{ cidr: '10.0.0.1/8' }]),
    `${fleet}.egress[0].cidr must be a range of addresses such as 10.0.0.0/8, got "10.0.0.1/8"`,
  ],
  [
    'TOML key',
    putRunner('extraConfig', { 'a.b': 1 }),
    `${runner}.extraConfig.a.b is a name that must be a TOML key of letters, digits, _ and -, got "a.b"`,
  ],
  [
    'a repeated element',
    put('network.subnetIds', ['subnet-0a1b2c3d', 'subnet-0a1b2c3d']),
    'network.subnetIds[1] must not repeat element [0], got "subnet-0a1b2c3d"',
  ],
];

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
    'default limit above concurrent',
    putFleet('concurrent', 2),
    `${runner}.limit must not exceed the fleet's concurrent (2), got 4`,
  ],
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

describe.each([
  ['an unknown key', unknownKeys],
  ['what comes later', later],
  ['a wrong type', wrongTypes],
  ['a missing field', missing],
  ['an empty list', emptyLists],
  ['a bad name', names],
  ['a bad version or package', versions],
  ['a bad id', idsAndArns],
  ['a bad choice', choices],
  ['a bad text', texts],
  ['fields that contradict', acrossFields],
])('rejects %s', (_, cases) => {
  test.each(cases)('%s', (_title, input, ...messages) => {
    expect(refusals(input)).toEqual(messages.map((message) => `environments/dev.ts: ${message}`));
  });
});

describe('rejects what lies outside of bounds, and takes the bounds themselves', () => {
  type Bound = [path: string, minimum: number, maximum: number | undefined, base?: object];
  const template = withFleet({ capacity: { min: 0, max: 10000 } });
  const bounds: Bound[] = [
    [`${fleet}.capacity.min`, 0, 10000, template],
    [`${fleet}.capacity.max`, 0, 10000, withFleet({ capacity: { min: 0, max: 0 } })],
    [`${fleet}.capacity.desired`, 0, 10000, template],
    [`${fleet}.capacity.maxInstanceLifetimeDays`, 0, 365],
    [`${fleet}.concurrent`, 1, undefined, withRunner({ limit: 0 })],
    [`${fleet}.checkIntervalSeconds`, 1, undefined],
    [`${fleet}.metadataHopLimit`, 1, 64],
    [`${fleet}.rootVolume.sizeGib`, 8, 16384],
    [`${fleet}.rootVolume.iops`, 100, 64000, withFleet({ rootVolume: { type: 'io1', iops: 100 } })],
    [`${fleet}.rootVolume.throughputMibps`, 125, 1000, withFleet({ rootVolume: { iops: 4000 } })],
    [`${fleet}.refresh.minHealthyPercentage`, 0, 100, withFleet({ refresh: { maxHealthyPercentage: 100 } })],
    [`${fleet}.refresh.maxHealthyPercentage`, 100, 200],
    [`${runner}.limit`, 0, undefined, withFleet({ concurrent: Number.MAX_SAFE_INTEGER })],
    [`${runner}.requestConcurrency`, 1, undefined],
    [`${runner}.outputLimitKib`, 1, undefined],
    [`${runner}.unhealthyRequestsLimit`, 1, undefined],
    [`${runner}.jobStatusFinalUpdateRetryLimit`, 0, undefined],
    [`${runner}.docker.oomScoreAdjust`, -1000, 1000],
    [`${runner}.docker.networkMtu`, 68, 65535],
    [`${runner}.docker.cpuShares`, 0, undefined],
    [`${runner}.docker.serviceCpuShares`, 0, undefined],
    [`${runner}.docker.shmSizeBytes`, 0, undefined],
    [`${runner}.docker.servicesLimit`, -1, undefined],
    [`${runner}.docker.waitForServicesTimeoutSeconds`, -1, undefined],
    ['sessionLogging.idleTimeoutMinutes', 1, 60],
    ['sessionLogging.maxDurationMinutes', 1, 1440],
    ['images.base.rootVolumeGib', 8, 16384, withImage()],
    ['images.base.deprecateAfterDays', 1, 3650, withImage()],
  ];

  test.each<Bound>(bounds)('%s: at least %d', (path, minimum, _maximum, base = minimal()) => {
    expect(refusals(withValue(base, path, minimum))).toEqual([]);
    expect(refusals(withValue(base, path, minimum - 1))).toContain(
      `environments/dev.ts: ${path} must be at least ${String(minimum)}, got ${String(minimum - 1)}`,
    );
  });

  const bounded = bounds.flatMap(([path, , maximum, base]) =>
    maximum === undefined ? [] : [[path, maximum, base] as const],
  );
  test.each(bounded)('%s: at most %d', (path, maximum, base = minimal()) => {
    expect(refusals(withValue(base, path, maximum))).toEqual([]);
    expect(refusals(withValue(base, path, maximum + 1))).toContain(
      `environments/dev.ts: ${path} must be at most ${String(maximum)}, got ${String(maximum + 1)}`,
    );
  });

  const port = (value: number) => withFleet({ egress: [{ cidr: '0.0.0.0/0', port: value }] });
  test.each([0, 65535])('takes port %d', (value) => {
    expect(refusals(port(value))).toEqual([]);
  });
  test.each([
    [-1, 'at least 0'],
    [65536, 'at most 65535'],
  ])('rejects port %d', (value, rule) => {
    expect(refusals(port(value))).toEqual([
      `environments/dev.ts: ${fleet}.egress[0].port must be ${rule}, got ${String(value)}`,
    ]);
  });

  test.each([0, 7, 30])('takes %d days of recovery', (days) => {
    expect(refusals(put('secretRecoveryDays', days))).toEqual([]);
  });
  test.each([-1, 1, 6, 31])('rejects %d days of recovery', (days) => {
    expect(refusals(put('secretRecoveryDays', days))).toEqual([
      `environments/dev.ts: secretRecoveryDays must be 0, or 7 to 30, got ${String(days)}`,
    ]);
  });

  const tagsOf = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`t${String(index)}`, 'v']));
  test('tags: 40 at most', () => {
    expect(refusals(put('tags', tagsOf(40)))).toEqual([]);
    expect(refusals(put('tags', tagsOf(41)))).toEqual([
      `environments/dev.ts: tags must have at most 40 tags, got ${JSON.stringify(tagsOf(41))}`,
    ]);
  });
  test('rejects tags of environment and fleet that are more than AWS takes together', () => {
    const own = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`f${String(index)}`, 'v']));
    const [message = ''] = refusals({ ...withFleet({ tags: own }), tags: tagsOf(40) });
    expect(message).toMatch(/^environments\/dev\.ts: fleets\.linux\.tags must .*, got \{/);
  });

  test.each([
    ['securityGroupIds', 15, (index: number) => `sg-${String(index).padStart(8, '0')}`],
    ['policyArns', 10, (index: number) => `arn:aws:iam::aws:policy/P${String(index)}`],
    ['egress', 60, (index: number) => ({ cidr: `10.${String(index)}.0.0/16` })],
  ])('%s: %d at most', (field, most, element: (index: number) => unknown) => {
    const elements = Array.from({ length: most + 1 }, (_, index) => element(index));
    expect(refusals(putFleet(field, elements.slice(1)))).toEqual([]);
    expect(refusals(putFleet(field, elements))).toEqual([
      `environments/dev.ts: ${fleet}.${field} must have at most ${String(most)} elements, got ${JSON.stringify(elements)}`,
    ]);
  });

  test('names: as long as AWS takes them', () => {
    expect(refusals(put('fleets', { [long(55)]: linux() }))).toEqual([]);
    expect(refusals(put('project', long(32)))).toEqual([]);
    expect(refusals(putRunner('token', { secretName: long(503) }))).toEqual([]);
    expect(refusals(putRunner('docker.image', long(500)))).toEqual([]);
  });

  test.each(['18.1.0', '19.3.0', '100.0.0'])('takes gitlab-runner %s', (version) => {
    expect(refusals(putImage('gitlabRunnerVersion', version))).toEqual([]);
  });
});

describe('a token', () => {
  const token = 'glrt-t1_SECRETVALUE';
  const rule = "must not contain a GitLab token: store it as the value of the runner's secret";

  /** Paths of every text, and of every key that the user chooses. */
  function textPaths(value: unknown, path: readonly string[] = []): string[][] {
    if (typeof value === 'string') return [[...path]];
    if (value === null || typeof value !== 'object') return [];
    return Object.entries(value).flatMap(([key, inner]) => textPaths(inner, [...path, key]));
  }
  const texts = textPaths(maximal());

  /** The environment in which the text at a path is another one. */
  function replaceText(path: readonly string[], text: string): object {
    const copy: object = structuredClone(maximal());
    const parent = path
      .slice(0, -1)
      .reduce<object>((value, key) => (value as Record<string, object>)[key] as object, copy);
    (parent as Record<string, unknown>)[path.at(-1) as string] = text;
    return copy;
  }

  test('stands in every kind of text field of these tests', () => {
    expect(texts.length).toBeGreaterThan(150);
  });

  test.each(texts.map((path) => [path.join('.'), path] as const))(
    'is rejected and not repeated in %s',
    (_, path) => {
      const message = refusals(replaceText(path, `"${token}" # a`)).join('\n');
      expect(message).toContain(rule);
      expect(message).not.toContain('SECRETVALUE');
    },
  );

  test('is rejected with path and without value', () => {
    expect(refusals(putRunner('environment', { TOKEN: `a ${token} b` }))).toEqual([
      `environments/dev.ts: ${runner}.environment.TOKEN ${rule}, got "a [redacted] b"`,
    ]);
  });

  test.each([
    ['tags', put('tags', { [token]: 'x' }), 'tags.[redacted]'],
    ['environment', putRunner('environment', { [token]: 'x' }), `${runner}.environment.[redacted]`],
    ['labels', putRunner('labels', { [token]: 'x' }), `${runner}.labels.[redacted]`],
    [
      'container labels',
      putRunner('docker.containerLabels', { [token]: 'x' }),
      `${runner}.docker.containerLabels.[redacted]`,
    ],
    ['extraConfig', putRunner('extraConfig', { [token]: 'x' }), `${runner}.extraConfig.[redacted]`],
    ['unknown keys', put(token.replace('.', ''), 'x'), '[redacted]'],
    ['images', put('images', { 'glrt-secretvalue': {} }), 'images.[redacted]'],
    ['fleets', put('fleets', { 'glrt-secretvalue': linux() }), 'fleets.[redacted]'],
    ['runners', putFleet('runners', { 'glrt-secretvalue': {} }), `${fleet}.runners.[redacted]`],
  ])('is rejected and not repeated as a key of %s', (_, input, path) => {
    const messages = refusals(input);
    expect(messages[0]).toBe(`environments/dev.ts: ${path} ${rule}, got "[redacted]"`);
    expect(messages.join('\n')).not.toMatch(/secretvalue/i);
  });

  test.each([
    ['a list instead of an object', put('tags', [{ [token]: 1 }])],
    ['an object instead of a list', putRunner('docker.volumes', { [token]: 1 })],
    ['an image of no kind', putFleet('image', { [token]: 1 })],
    [
      'a flag besides the one against rotation',
      putRunner('featureFlags', { FF_DISABLE_AUTOMATIC_TOKEN_ROTATION: { [token]: 1 } }),
    ],
    ['the list of images', put('images', { 'glrt-secretvalue': {} }, putFleet('image', { packer: 'x' }))],
    ['a name that is too long', put('fleets', { [`glrt-secretvalue-${long(60)}`]: linux() })],
    [
      'a name made twice',
      put('fleets', {
        'glrt-secretvalue': {
          ...linux(),
          runners: { a: { token: { secretName: 'x' } }, b: { token: { secretName: 'x' } } },
        },
      }),
    ],
    [
      'a secret that another runner has',
      put('fleets', {
        'glrt-secretvalue': {
          ...linux(),
          runners: { a: { token: { secretArn: SECRET_ARN } }, b: { token: { secretArn: SECRET_ARN } } },
        },
      }),
    ],
  ])('is not repeated by another refusal: %s', (_, input) => {
    const messages = refusals(input);
    expect(messages.length).toBeGreaterThan(1);
    expect(messages.join('\n')).not.toMatch(/secretvalue/i);
  });
});

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
    expect(refusals(put('gitlab.caCertificatePem', `${certificate.repeat(21)}# end`))).toHaveLength(1);
    expect(Date.now() - begin).toBeLessThan(60);
    expect(refusals(put('gitlab.caCertificatePem', certificate.repeat(21)))).toEqual([]);
  });
});
