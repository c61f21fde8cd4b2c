import { minimal, withFargate } from '../support/environments';
import {
  fleet,
  linux,
  long,
  put,
  putFleet,
  putImage,
  putRunner,
  rejects,
  runner,
  type Case,
} from '../support/refusals';

/** Each refusal with its whole message: keys, types, lists, names and versions. */

const nameRule = 'must start with a letter and have only lower-case letters, digits and hyphens';

const unknownKeys: Case[] = [
  ['of the environment', put('projekt', 'x'), 'projekt is not a known key, got "x"'],
  ['of aws', put('aws.regoin', 'x'), 'aws.regoin is not a known key, got "x"'],
  ['of a fleet', putFleet('spot', true), `${fleet}.spot is not a known key, got true`],
  ['of a runner', putRunner('image', 'x'), `${runner}.image is not a known key, got "x"`],
  [
    'of docker, called as something of a runner in GitLab',
    putRunner('docker.tags', ['x']),
    `${runner}.docker.tags is not a known key, got ["x"]`,
  ],
  [
    'of a fleet, called as something of a runner in GitLab',
    putFleet('description', 'x'),
    `${fleet}.description is not a known key, got "x"`,
  ],
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
    `${runner}.token.value is not a known key`,
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
  ...([['alarms', false]] as const).map(([path, value]): Case => {
    return [path, put(path, value), `${path} is not a known key, got ${JSON.stringify(value)}`];
  }),
  [
    'stock ubuntu',
    putFleet('image', { stock: 'ubuntu-24.04' }),
    `${fleet}.image.stock must be amazon-linux-2023, got "ubuntu-24.04"`,
  ],
];

/** What people look for in a runner, and have to set where its token is made. */
const ofGitlab: Case[] = (
  [
    ['tags', ['x']],
    ['tagList', 'x'],
    ['runUntagged', true],
    ['locked', false],
    ['accessLevel', 'ref_protected'],
    ['maximumTimeout', 3600],
    ['paused', true],
    ['description', 'x'],
    ['maintenanceNote', 'x'],
  ] as const
).flatMap(([key, value]) =>
  [runner, 'fleets.jobs.runners.default'].map((path): Case => [
    `${path}.${key}`,
    put(`${path}.${key}`, value, path === runner ? minimal() : withFargate()),
    `${path}.${key} is not a known key: tags, description and the like belong to the runner in GitLab, where its token is made, got ${JSON.stringify(value)}`,
  ]),
);

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

rejects('an unknown key', unknownKeys);
rejects('what comes later', later);
rejects('what belongs to the runner in GitLab', ofGitlab);
rejects('a wrong type', wrongTypes);
rejects('a missing field', missing);
rejects('an empty list', emptyLists);
rejects('a bad name', names);
rejects('a bad version or package', versions);
