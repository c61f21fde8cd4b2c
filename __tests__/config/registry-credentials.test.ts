import type { EnvironmentInput } from '../../src/config/environment';
import { registryOf } from '../../src/config/registries';
import {
  KEY_ARN,
  SECRET_ARN,
  fleetOf,
  minimal,
  parsed,
  withAutoscaler,
  withDocker,
  withFargate,
  withFleet,
} from '../support/environments';
import { fleet, putFleet, rejects, type Case } from '../support/refusals';

/** Credentials of registries: what people write of them, and what follows for images. */

const ECR = '111122223333.dkr.ecr.eu-central-1.amazonaws.com';
const withRegistry = (registry: string) =>
  withFleet({ registryCredentials: { [registry]: { secretArn: SECRET_ARN } } });

test('there are none unless some are named', () => {
  expect(fleetOf(minimal()).registries).toEqual({ secrets: [], ecrImages: [] });
});

test.each([
  'docker.io',
  'registry.example.com',
  'registry.example.com:5000',
  'localhost:5000',
  'ghcr.io',
  '10.0.0.5:5000',
])('%s is a registry', (registry) => {
  expect(fleetOf(withRegistry(registry)).registries.secrets).toEqual([
    { registry, secretArn: SECRET_ARN, kmsKeyArn: undefined },
  ]);
});

test.each([
  ['alpine:3.22', 'docker.io'],
  ['library/alpine', 'docker.io'],
  ['docker.io/acme/ci', 'docker.io'],
  ['index.docker.io/acme/ci', 'docker.io'],
  ['localhost/ci', 'localhost'],
  ['registry.example.com:5000/ci/node:22', 'registry.example.com:5000'],
  [`${ECR}/ci/node@sha256:0`, ECR],
])('%s is an image in %s', (image, registry) => {
  expect(registryOf(image)).toBe(registry);
});

test('images in ECR are those that runners name, each once, in whatever field', () => {
  const docker = {
    image: `${ECR}/ci/base:1`,
    helperImage: `${ECR}/ci/helper:1`,
    services: [{ name: `${ECR}/ci/db` }, { name: 'postgres:17' }],
    allowedImages: [`${ECR}/ci/base:1`, `${ECR}/ci/*`, 'ruby:*', '*/x'],
    allowedServices: [`444455556666.dkr.ecr-fips.us-east-1.amazonaws.com/db`],
  };
  expect(fleetOf(withDocker(docker)).registries.ecrImages).toEqual([
    `${ECR}/ci/base:1`,
    `${ECR}/ci/helper:1`,
    `${ECR}/ci/db`,
    `${ECR}/ci/*`,
    '444455556666.dkr.ecr-fips.us-east-1.amazonaws.com/db',
  ]);
});

test("a manager has what its workers' images need", () => {
  const input = withAutoscaler({
    registryCredentials: { 'docker.io': { secretArn: SECRET_ARN, kmsKeyArn: KEY_ARN } },
    runners: { default: { docker: { image: `${ECR}/ci/base` } } },
  });
  expect(parsed(input).fleets[0]).toMatchObject({
    registries: {
      secrets: [{ registry: 'docker.io', secretArn: SECRET_ARN, kmsKeyArn: KEY_ARN }],
      ecrImages: [`${ECR}/ci/base`],
    },
  });
});

const at = `${fleet}.registryCredentials`;
const form = 'must be the host of a registry in lower case, such as docker.io or registry.example.com:5000';
const put = (registry: string, value: unknown) => putFleet('registryCredentials', { [registry]: value });
const given = { secretArn: SECRET_ARN };

const cases: Case[] = [
  ...[
    'ci',
    'Registry.example.com',
    'https://registry.example.com',
    'registry.example.com/ci',
    'a..b',
    'a.b:',
    'a.b:x',
    ' a.b',
    'a.b\n',
  ].map((registry): Case => [
    `the name ${JSON.stringify(registry)}`,
    put(registry, given),
    `${at}.${registry} is a name that ${form}, got ${JSON.stringify(registry)}`,
  ]),
  ...['index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com'].map((registry): Case => [
    `Docker Hub called ${registry}`,
    put(registry, given),
    `${at}.${registry} is a name that must be docker.io where Docker Hub is meant: images name it so, or not at all, got "${registry}"`,
  ]),
  [
    'a registry of ECR',
    put(ECR, given),
    `${at}.${ECR} is a name that must not be in ECR, whose passwords last for twelve hours: machines use its credential helper, and tasks their execution role, where an image of it is named, got "${ECR}"`,
  ],
  ['no secret', put('docker.io', {}), `${at}.docker.io.secretArn is required, got undefined`],
  [
    'a secret by its name',
    put('docker.io', { secretArn: 'hub' }),
    `${at}.docker.io.secretArn must be an ARN such as arn:aws:secretsmanager:eu-central-1:111122223333:secret:gitlab-token-a1B2c3, got "hub"`,
  ],
  [
    'a password',
    put('docker.io', { ...given, password: 'x' }),
    `${at}.docker.io.password is not a known key`,
  ],
  [
    'a key of another region',
    put('docker.io', { ...given, kmsKeyArn: KEY_ARN.replace('eu-central-1', 'eu-west-1') }),
    `${at}.docker.io.kmsKeyArn must be a key of region eu-central-1, got "${KEY_ARN.replace('eu-central-1', 'eu-west-1')}"`,
  ],
];

rejects('credentials of registries with', cases);

describe('tasks', () => {
  const registryCredentials = {
    'docker.io': given,
    'ghcr.io': { secretArn: SECRET_ARN.replace('token', 'ghcr') },
  };
  const input: EnvironmentInput = withFargate({
    registryCredentials,
    managers: { image: 'ghcr.io/acme/manager:1' },
    runners: {
      hub: { task: { image: 'acme/node:22' } },
      other: { task: { image: 'quay.io/acme/node' } },
      ours: {},
    },
  });

  test('have the credentials of the registry that their image is in', () => {
    const [jobs] = parsed(input).fleets;
    if (jobs?.type !== 'fargate') throw new Error('there are no tasks');
    const images = [jobs.managers.image, ...jobs.runners.map(({ task }) => task.image)];
    expect(
      images.map((image) => (image.kind === 'given' ? image.credentials?.registry : image.kind)),
    ).toEqual(['ghcr.io', 'docker.io', undefined, 'built']);
  });

  test('of which none is in a registry are warned of', () => {
    const unused = withFargate({ registryCredentials: { 'docker.io': given } });
    expect(parsed(input).warnings).not.toContainEqual(
      expect.objectContaining({ path: expect.stringContaining('registryCredentials') as unknown }),
    );
    expect(parsed(unused).warnings).toEqual([
      {
        path: 'fleets.jobs.registryCredentials.docker.io',
        message:
          'is not used: no image of this fleet is in that registry, and what jobs pull themselves they pull with credentials of their own',
      },
    ]);
  });
});
