import { PARAMETER_ARN, SECRET_ARN } from '../support/environments';
import { fleet, put, putFleet, putImage, putRunner, rejects, runner, type Case } from '../support/refusals';

/** Each refusal with its whole message: ids, choices and texts. */

const lineRule = 'must be text of at least one character, on one line and without control characters';
const arnRule = (service: string, region: string, example: string) =>
  `must be an ARN such as arn:aws:${service}:${region}:111122223333:${example}`;
const keyRule = arnRule('kms', 'eu-central-1', 'key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9');

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
  ...['A'.repeat(64), 'a'.repeat(63), `${'a'.repeat(64)}\n`, "a'; id #"].map((sum): Case => [
    `checksum ${JSON.stringify(sum)}`,
    putImage('dockerMachineSha256', sum),
    `images.base.dockerMachineSha256 must be a SHA-256 of 64 hexadecimal digits in lower case, got ${JSON.stringify(sum)}`,
  ]),
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
    'a base that there is not',
    putImage('base', 'debian-12'),
    'images.base.base must be one of amazon-linux-2023, ubuntu-24.04, got "debian-12"',
  ],
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
    'gitlab.url must be an https:// URL without user, password, query or fragment, got "https://[redacted]@gitlab.example.com"',
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
    'tags.aws:x is a name that must be a tag name of 1 to 128 letters, digits, spaces and _.:/=+-@, not starting with aws: or gitlab-runner-aws:, got "aws:x"',
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

rejects('a bad id', idsAndArns);
rejects('a bad choice', choices);
rejects('a bad text', texts);
