import type { EnvironmentInput } from '../../src/config/environment';
import type { Statement } from '../../src/policies/statement';
import {
  KEY_ARN,
  SECRET_ARN,
  withAutoscaler,
  withFargate,
  withFleet,
  withRunner,
} from '../support/environments';
import { addressesOf, carriedBy, permissionsOf, synthesize, type Terraform } from '../support/synth';
import { definitionOf } from './fargate-stack';

/** Credentials of registries: who may read which, and what is carried to whom. */

const ECR = '444455556666.dkr.ecr.us-east-1.amazonaws.com';
const HUB_ARN = SECRET_ARN.replace('gitlab-token', 'docker-hub');
const registryCredentials = { 'docker.io': { secretArn: HUB_ARN, kmsKeyArn: KEY_ARN } };

const ours = (statements: readonly Statement[] = []): Statement[] =>
  statements.filter(({ Sid }) => /Registry|Ecr|PullImages/.test(Sid));
const secretStatements = [
  { Sid: 'RegistrySecrets', Effect: 'Allow', Action: ['secretsmanager:GetSecretValue'], Resource: [HUB_ARN] },
  {
    Sid: 'RegistrySecretKeys',
    Effect: 'Allow',
    Action: ['kms:Decrypt'],
    Resource: [KEY_ARN],
    Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-central-1.amazonaws.com' } },
  },
];

/** What user data writes, by path. */
const filesOf = (terraform: Terraform): Record<string, string>[] =>
  carriedBy(terraform).map((text) => {
    const { write_files: files } = JSON.parse(text.replace('#cloud-config\n', '')) as {
      write_files: { path: string; content: string; permissions: string }[];
    };
    return Object.fromEntries(
      files.map(({ path, content, permissions }) => [path, `${permissions} ${content}`]),
    );
  });
const registriesIn = (terraform: Terraform) =>
  filesOf(terraform).map((files) => files['/etc/gitlab-runner-aws/registries']);

test.each<[string, EnvironmentInput, string, string[]]>([
  ['a group of instances', withFleet({ registryCredentials }), 'acme-dev-linux', []],
  [
    'a manager, and not its workers',
    withAutoscaler({ registryCredentials }),
    'acme-dev-builds',
    ['acme-dev-builds-default'],
  ],
])('%s may read the named secrets, and knows where they are', (_, input, role, others) => {
  const terraform = synthesize(input);
  const permissions = permissionsOf(terraform);
  expect(ours(permissions[role])).toEqual(secretStatements);
  for (const other of others) expect(ours(permissions[other])).toEqual([]);
  const [own, ...rest] = registriesIn(terraform).sort();
  expect(own).toBe(`0644 https://index.docker.io/v1/ secretsmanager ${HUB_ARN}\n`);
  expect(rest.filter((one) => one !== undefined)).toEqual([]);
});

test('without any, nothing is carried, and nobody may read or pull more', () => {
  const terraform = synthesize(withFleet({}));
  expect(registriesIn(terraform)).toEqual([undefined]);
  expect(ours(permissionsOf(terraform)['acme-dev-linux'])).toEqual([]);
});

test('they change no address', () => {
  expect(addressesOf(synthesize(withFleet({ registryCredentials })))).toEqual(
    addressesOf(synthesize(withFleet({}))),
  );
});

test('images in ECR are pulled with the helper, from the repositories that runners name and no others', () => {
  const allowedImages = [`${ECR}/ci/*`, `${ECR}/{a,b}/x:*`, `${ECR}/tools/[ab]c`, 'ruby:*'];
  const terraform = synthesize(withRunner({ docker: { image: `${ECR}/ci/base:1`, allowedImages } }));
  expect(registriesIn(terraform)).toEqual([`0644 ${ECR} ecr-login\n`]);
  expect(ours(permissionsOf(terraform)['acme-dev-linux'])).toEqual([
    { Sid: 'EcrLogin', Effect: 'Allow', Action: ['ecr:GetAuthorizationToken'], Resource: ['*'] },
    {
      Sid: 'PullImages',
      Effect: 'Allow',
      Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      Resource: ['ci/base', 'ci/*', '*', 'tools/*'].map(
        (repository) => `arn:aws:ecr:us-east-1:444455556666:repository/${repository}`,
      ),
    },
  ]);
});

describe('tasks', () => {
  const terraform = synthesize(
    withFargate({
      registryCredentials: { ...registryCredentials, 'ghcr.io': { secretArn: SECRET_ARN } },
      runners: {
        hub: { task: { image: 'acme/node:22' } },
        other: { task: { image: 'quay.io/acme/node' } },
        ours: {},
      },
    }),
  );
  const containersOf = (family: string) =>
    JSON.parse(
      String(definitionOf(terraform, family).container_definitions).replaceAll(', "missing"', ", 'missing'"),
    ) as {
      repositoryCredentials?: unknown;
    }[];

  test('are started with the credentials of the registry that their image is in', () => {
    const families = ['acme-dev-jobs', 'acme-dev-jobs-hub', 'acme-dev-jobs-other', 'acme-dev-jobs-ours'];
    expect(families.map((family) => containersOf(family).map((one) => one.repositoryCredentials))).toEqual([
      [undefined],
      [{ credentialsParameter: HUB_ARN }],
      [undefined],
      [undefined],
    ]);
  });

  test('leave them to ECS: its role reads those that an image needs, and managers and jobs read none', () => {
    const { 'acme-dev-jobs-execution': execution, ...others } = permissionsOf(terraform);
    expect(ours(execution).filter(({ Sid }) => Sid.startsWith('Registry'))).toEqual(secretStatements);
    for (const statements of Object.values(others)) expect(ours(statements)).toEqual([]);
    expect(carriedBy(terraform).join('\n')).not.toContain(HUB_ARN);
  });
});
