import { accountOf, givenBy } from '../../scripts/emulate/given-by';
import { machinesGiven } from '../../scripts/emulate/given-by-fleet';
import type { Given } from '../../scripts/emulate/start-emulator';
import {
  KEY_ARN,
  minimal,
  parsed,
  PARAMETER_ARN,
  SECRET_ARN,
  withCreated,
  withFargate,
  withImage,
  type FargateInput,
} from '../support/environments';
import { provisioning } from '../support/synth';

/** What exists in the emulated AWS because environments refer to it. */

/** Everything of one kind, each once. */
const all = (given: readonly Given[], kind: keyof Given): unknown[] => [
  ...new Set(given.flatMap<unknown>((entry) => entry[kind] ?? [])),
];

const [clusterArn, ownClusterArn] = ['runners', 'builds'].map(
  (name) => `arn:aws:ecs:eu-central-1:444455556666:cluster/${name}`,
) as [string, string];
const HUB_ARN = SECRET_ARN.replace('gitlab-token', 'docker-hub');
const HUB_KEY_ARN = KEY_ARN.replace('key/0', 'key/1');
const roleArn = 'arn:aws:iam::444455556666:role/ci/jobs';

/** Everything that a fleet of Fargate tasks can refer to. */
const everything: Partial<FargateInput> = {
  cluster: { type: 'existing', arn: clusterArn },
  managers: { subnetIds: ['subnet-0a1b2c3d4e5f60719'] },
  securityGroupIds: ['sg-0a1b2c3d4e5f60711'],
  metrics: { allowedSecurityGroupIds: ['sg-0a1b2c3d4e5f60712'] },
  sessionServer: { allowedSecurityGroupIds: ['sg-0a1b2c3d4e5f60714'] },
  registryCredentials: {
    'docker.io': { secretArn: HUB_ARN, kmsKeyArn: HUB_KEY_ARN },
  },
  runners: {
    node: {
      token: { secretArn: SECRET_ARN, kmsKeyArn: KEY_ARN },
      task: {
        cluster: { type: 'existing', arn: ownClusterArn },
        subnetId: 'subnet-0a1b2c3d4e5f6071a',
        securityGroupId: 'sg-0a1b2c3d4e5f60713',
        taskRoleArn: roleArn,
      },
    },
    java: { token: { parameterArn: PARAMETER_ARN }, task: { architecture: 'arm64' } },
    go: { task: { image: '444455556666.dkr.ecr.eu-central-1.amazonaws.com/ci/go:1.26' } },
  },
};

test('a fleet of Fargate tasks has its clusters, subnets, groups, roles and tokens', () => {
  const given = givenBy(parsed(withFargate(everything)), provisioning, true);
  expect(all(given, 'clusters')).toEqual([clusterArn, ownClusterArn]);
  expect(all(given, 'subnetIds')).toEqual([
    'subnet-0a1b2c3d4e5f60719',
    'subnet-0a1b2c3d4e5f6071a',
    'subnet-0a1b2c3d4e5f60718',
  ]);
  expect(all(given, 'securityGroupIds')).toEqual([
    'sg-0a1b2c3d4e5f60711',
    'sg-0a1b2c3d4e5f60712',
    'sg-0a1b2c3d4e5f60714',
    'sg-0a1b2c3d4e5f60713',
  ]);
  expect(all(given, 'roleArns')).toEqual([roleArn]);
  expect(all(given, 'secretArns')).toEqual([SECRET_ARN, HUB_ARN]);
  expect(all(given, 'parameterArns')).toEqual([PARAMETER_ARN]);
  expect(all(given, 'kmsKeyArns')).toEqual([KEY_ARN, HUB_KEY_ARN]);
});

test('it has our images of its managers and jobs, by their hashes, and none that is not ours', () => {
  const environment = parsed(withFargate(everything));
  const image = (name: 'manager' | 'worker', architecture: 'x86_64' | 'arm64') => {
    const repository = `acme-dev-${name}`;
    const built = {
      kind: 'built',
      image: name,
      repository,
      gitlabRunnerVersion: '19.3.0',
      architecture,
    } as const;
    return { repository, tag: provisioning.containerImage(built).hash, architecture };
  };
  expect(all(givenBy(environment, provisioning, true), 'containerImages')).toEqual([
    image('manager', 'x86_64'),
    image('worker', 'x86_64'),
    image('worker', 'arm64'),
  ]);
});

test('there are no images of any kind without them', () => {
  for (const environment of [withFargate(), withImage()].map((input) => parsed(input))) {
    const given = givenBy(environment, provisioning, false);
    expect([all(given, 'images'), all(given, 'containerImages')]).toEqual([[], []]);
  }
  expect(all(givenBy(parsed(withImage()), provisioning, true), 'images')).toHaveLength(1);
});

test('a fleet of Fargate tasks that refers to nothing has its subnets only', () => {
  const given = givenBy(
    parsed(withFargate({ managers: { image: 'a' }, runners: { a: { task: { image: 'b' } } } })),
    provisioning,
    true,
  );
  const kinds = given
    .flatMap((entry) => Object.entries(entry))
    .filter(([, value]) => [value].flat().length > 0);
  expect(new Set(kinds.map(([kind]) => kind))).toEqual(new Set(['accountId', 'region', 'vpcs', 'subnetIds']));
  expect(all(given, 'subnetIds')).toEqual(['subnet-0a1b2c3d4e5f60718']);
});

test('an environment that makes its network refers to no VPC, and to those subnets only that it names', () => {
  const build = { subnetId: 'subnet-0a1b2c3d4e5f6071c' };
  const fargate = withFargate(everything).fleets;
  const network = (fleets: object, image: object) =>
    givenBy(parsed({ ...withCreated({}, withImage(image)), fleets }), provisioning, true);
  const given = network(fargate, { build });
  expect(all(given, 'vpcs')).toEqual([]);
  expect(all(given, 'subnetIds')).toEqual([
    build.subnetId,
    'subnet-0a1b2c3d4e5f60719',
    'subnet-0a1b2c3d4e5f6071a',
  ]);
  expect(all(network(withFargate().fleets, {}), 'subnetIds')).toEqual([]);
});

test.each<[string, object, Partial<FargateInput>, string]>([
  ['the one it names', { accountId: '111122223333' }, {}, '111122223333'],
  ['that of the role', { assumeRoleArn: 'arn:aws:iam::111122223333:role/deploy' }, {}, '111122223333'],
  ['that of a cluster', {}, { cluster: { type: 'existing', arn: clusterArn } }, '444455556666'],
  ['any', {}, {}, '123456789012'],
])('the account of an environment is %s', (_, aws, fields, expected) => {
  const input = withFargate(fields);
  expect(accountOf(parsed({ ...input, aws: { ...input.aws, ...aws } }))).toBe(expected);
});

test('machines on Ubuntu have an image of ours with its root device, and what Canonical publishes', () => {
  const environment = parsed({ ...minimal(), images: { ubuntu: { base: 'ubuntu-24.04' } } });
  const [image] = environment.images;
  if (image === undefined) throw new Error('there is no image');
  const stock = { kind: 'stock', base: 'ubuntu-24.04', firstBoot: undefined } as const;
  const given = machinesGiven(
    [
      { image: { kind: 'packer', image, ownerAccountId: undefined }, architecture: 'x86_64' },
      { image: stock, architecture: 'x86_64' },
      { image: stock, architecture: 'arm64' },
      { image: { ...stock, base: 'amazon-linux-2023' }, architecture: 'x86_64' },
    ],
    environment,
    { provisioning, withImages: true },
  );
  const hash = provisioning.hashOf(image);
  expect(given.images).toEqual([
    {
      name: `acme-ubuntu-${hash}-20260101000000`,
      architecture: 'x86_64',
      rootDeviceName: '/dev/sda1',
      tags: { 'gitlab-runner-aws:image-hash': hash },
    },
  ]);
  const parameters = Object.entries(given.publicParameters ?? {});
  expect(parameters.map(([name]) => name)).toEqual([
    '/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id',
    '/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id',
    '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64',
  ]);
  expect(new Set(parameters.map(([, id]) => id)).size).toBe(3);
});
