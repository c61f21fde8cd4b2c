import type { EnvironmentInput } from '../../src/config/environment';
import type { Statement } from '../../src/policies/statement';
import { minimal, withAutoscaler, withCreated, withFargate, withFleet } from '../support/environments';
import {
  addressesOf,
  addressOf,
  blockAt,
  blocksOf,
  needs,
  permissionsOf,
  synthesize,
  type Block,
  type Terraform,
} from '../support/synth';

/** The bucket of artifacts in its environment: who may use it, and from where. */

const aws = { region: 'eu-central-1', accountId: '111122223333' };
const name = 'acme-dev-artifacts-111122223333';
const withBucket = (
  input: EnvironmentInput,
  artifacts: EnvironmentInput['artifacts'] = {},
): EnvironmentInput => ({
  ...input,
  aws,
  artifacts,
});

const ours = (terraform: Terraform, type: string): Block[] =>
  addressesOf(terraform)
    .filter((address) => address.startsWith(`${type}.artifacts_`))
    .map((address) => blockAt(terraform, address));
const policyOf = (terraform: Terraform): Statement[] => {
  const [policy] = ours(terraform, 'aws_s3_bucket_policy');
  return (JSON.parse(String(policy?.policy)) as { Statement: Statement[] }).Statement;
};

test('is a bucket of its own, with a name that jobs can know', () => {
  const terraform = synthesize(withBucket(minimal(), { expirationDays: 9 }));
  expect(ours(terraform, 'aws_s3_bucket')).toEqual([{ bucket: name, force_destroy: false }]);
  expect(ours(terraform, 'aws_s3_bucket_lifecycle_configuration')).toMatchObject([
    { rule: [{ status: 'Enabled', expiration: [{ days: 9 }] }] },
  ]);
  expect(terraform.output.artifacts_bucket).toMatchObject({ value: name });
  const kinds = addressesOf(terraform).filter((address) => address.includes('.artifacts_'));
  expect(kinds.map((address) => address.split('.')[0])).toEqual(
    addressesOf(terraform)
      .filter((address) => address.includes('.cache_'))
      .map((address) => address.split('.')[0]),
  );
});

test('is not there unless it is asked for, and moves nothing else when it comes', () => {
  const without = synthesize({ ...minimal(), aws });
  expect(JSON.stringify(without)).not.toMatch(/artifacts/);
  const added = addressesOf(synthesize(withBucket(minimal()))).filter(
    (address) => !addressesOf(without).includes(address),
  );
  expect(added.length).toBeGreaterThan(4);
  for (const address of added) expect(address).toMatch(/^aws_s3_bucket\w*\.artifacts_/);
});

test.each<[string, EnvironmentInput, string | RegExp]>([
  ['given', minimal(), 'vpc-0a1b2c3d4e5f60718'],
  ['made', withCreated(), /^\$\{aws_vpc\..*\.id\}$/],
])('refuses its objects outside of the network that is %s, and asks for TLS', (_, input, vpcId) => {
  const [tls, vpc, ...more] = policyOf(synthesize(withBucket(input)));
  expect(tls).toMatchObject({ Sid: 'TlsOnly', Effect: 'Deny', Principal: '*' });
  expect(vpc).toMatchObject({
    Sid: 'VpcOnly',
    Effect: 'Deny',
    Principal: '*',
    Resource: [`arn:aws:s3:::${name}/*`],
  });
  const { StringNotEquals: condition } = vpc?.Condition ?? {};
  expect(Object.keys(condition ?? {})).toEqual(['aws:SourceVpc']);
  expect(condition?.['aws:SourceVpc']).toEqual(
    typeof vpcId === 'string' ? vpcId : (expect.stringMatching(vpcId) as unknown),
  );
  expect(more).toEqual([]);
});

test('lets in whoever has the right where it is not for the VPC only', () => {
  expect(policyOf(synthesize(withBucket(minimal(), { vpcOnly: false }))).map(({ Sid }) => Sid)).toEqual([
    'TlsOnly',
  ]);
});

test.each<[string, EnvironmentInput, string[], 'aws_autoscaling_group' | 'aws_ecs_service']>([
  ['the instances of a group', withFleet({}), ['acme-dev-linux'], 'aws_autoscaling_group'],
  ['workers, not their manager', withAutoscaler(), ['acme-dev-builds-default'], 'aws_autoscaling_group'],
  ['nobody of a service of managers', withFargate(), [], 'aws_ecs_service'],
])('%s may use it, and the bucket goes after them', (_, input, roles, type) => {
  const terraform = synthesize(withBucket(input));
  const users = Object.entries(permissionsOf(terraform)).filter(([, statements]) =>
    statements.some(({ Sid }) => Sid === 'Artifacts'),
  );
  expect(users.map(([role]) => role)).toEqual(roles);
  for (const [, statements] of users)
    expect(statements.find(({ Sid }) => Sid === 'Artifacts')?.Resource).toEqual([`arn:aws:s3:::${name}/*`]);
  const first = addressesOf(terraform).find((address) => address.startsWith(`${type}.`)) ?? '';
  expect([...needs(terraform, first)].join('\n')).toMatch(/aws_s3_bucket_policy\.artifacts_/);
});

test('is encrypted with the key of the environment', () => {
  const terraform = synthesize(withBucket(minimal()));
  const key = addressOf(terraform, 'aws_kms_key');
  for (const { rule } of blocksOf(terraform, 'aws_s3_bucket_server_side_encryption_configuration'))
    expect(JSON.stringify(rule)).toContain(`\${${key}.arn}`);
});
