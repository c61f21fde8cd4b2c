import type { EnvironmentInput } from '../../src/config/environment';
import { imageBuilderStatements } from '../../src/policies/image-builder';
import { buildTag } from '../../src/rendering/packer-template';
import { KEY_ARN, parsed, withCreated, withImage } from '../support/environments';
import { removeShells, shell } from './commands';
import { PackerCalls } from './packer-calls';
import { allows, type Call, type Context, type PolicyStatement } from './policy-evaluator';

/** `packer:policy`: every call that Packer makes for such an image is allowed, and not much else. */

jest.setTimeout(60_000);
afterEach(removeShells);

type ImageInput = NonNullable<EnvironmentInput['images']>[string];

const key = { encryption: { kmsKeyArn: KEY_ARN } };
const aws = { aws: { region: 'eu-central-1', accountId: '111122223333' } };
const created = { network: withCreated().network };
const copyToRegions = {
  'eu-west-1': { kmsKeyArn: KEY_ARN.replace('eu-central-1', 'eu-west-1') },
};

const variants: readonly (readonly [string, ImageInput, Partial<EnvironmentInput>])[] = [
  ['Session Manager with a temporary profile', {}, aws],
  ['Session Manager with a given profile', { build: { iamInstanceProfile: 'packer' } }, aws],
  ['a private address', { build: { sshInterface: 'private_ip' } }, aws],
  [
    'a private address with a given profile',
    { build: { sshInterface: 'private_ip', iamInstanceProfile: 'packer' } },
    aws,
  ],
  ['a public address', { build: { sshInterface: 'public_ip', instanceType: 'm6i.large' } }, aws],
  ['an account that is not known', { build: { subnetId: 'subnet-0a1b2c3d4e5f6071a' } }, {}],
  ['the default VPC', {}, { ...aws, ...created }],
  ['a public address in the default VPC', { build: { sshInterface: 'public_ip' } }, { ...aws, ...created }],
  ['a key', { architecture: 'arm64' }, { ...aws, ...key }],
  ['a key and sharing', { shareWithAccountIds: ['444455556666'] }, { ...aws, ...key }],
  ['copies with the default keys', { copyToRegions: { 'eu-west-1': {} } }, aws],
  ['copies with keys', { copyToRegions, build: { iamInstanceProfile: 'packer' } }, { ...aws, ...key }],
];

interface Case {
  readonly statements: readonly PolicyStatement[];
  readonly calls: PackerCalls;
}

function caseOf(input: ImageInput, fields: Partial<EnvironmentInput>): Case {
  const environment = parsed(withImage(input, fields), 'prod');
  const image = environment.images[0];
  if (image === undefined) throw new Error('there is no image');
  return {
    statements: imageBuilderStatements(image, environment, { buildTag, sourceOwner: 'amazon' }),
    calls: new PackerCalls(image, environment),
  };
}

/** The same call with other keys for each of its resources. */
const withContext = ({ action, resources }: Call, change: (context: Context) => Context): Call => ({
  action,
  resources: resources.map(({ arn, context }) => ({ arn, context: change(context) })),
});

const withoutTags = (context: Context): Context =>
  Object.fromEntries(Object.entries(context).filter(([name]) => !/Tag\//.test(name)));

const withOtherTags = (context: Context): Context =>
  Object.fromEntries(
    Object.entries(context).map(([name, value]) => [name, /Tag\//.test(name) ? 'other' : value]),
  );

const read = /^ec2:Describe/;

describe.each(variants)('the policy of a build by %s', (_, input, fields) => {
  const { statements, calls } = caseOf(input, fields);

  test('allows every call that Packer makes', () => {
    expect(calls.all.length).toBeGreaterThan(20);
    const refused = calls.all.filter((call) => !allows(statements, call));
    expect(refused).toEqual([]);
  });

  test('allows none of them on what another build, or nobody, has tagged', () => {
    expect(calls.onOwn.length).toBeGreaterThan(15);
    const allowed = calls.onOwn.flatMap((call) =>
      [withContext(call, withoutTags), withContext(call, withOtherTags)].filter((changed) =>
        allows(statements, changed),
      ),
    );
    expect(allowed).toEqual([]);
  });

  test('writes to nothing that it does not name', () => {
    const wide = statements.filter(({ Resource }) => Resource.includes('*'));
    expect(wide.flatMap(({ Action }) => Action).filter((action) => !read.test(action))).toEqual([]);
    expect(wide.every(({ Condition }) => Condition?.['StringEquals']?.['aws:RequestedRegion'])).toBe(true);
    expect(
      statements.flatMap(({ Action }) => Action).filter((action) => /^\*|^ec2:\*|^iam:\*/.test(action)),
    ).toEqual([]);
  });

  test.each([
    ['another instance type', { instance: { 'ec2:InstanceType': 'p5.48xlarge' } }],
    ['a metadata service without tokens', { instance: { 'ec2:MetadataHttpTokens': 'optional' } }],
    ['an unencrypted volume', { volume: { 'ec2:Encrypted': 'false' } }],
    ['an image that is not Amazon’s', { image: { 'ec2:Owner': '444455556666' } }],
  ])('does not launch with %s', (__, other) => {
    expect(allows(statements, calls.launch())).toBe(true);
    expect(allows(statements, calls.launch(other))).toBe(false);
  });

  test('reaches into no other region', () => {
    const elsewhere = (call: Call): Call => ({
      action: call.action,
      resources: call.resources.map(({ arn, context }) => ({
        arn: arn.replace(/:(eu-central-1|eu-west-1):/, ':us-east-1:'),
        context: { ...context, 'aws:RequestedRegion': 'us-east-1' },
      })),
    });
    const regional = calls.all.filter(({ action }) => !action.startsWith('iam:'));
    expect(regional.map(elsewhere).filter((call) => allows(statements, call))).toEqual([]);
  });

  test('passes no other role, and none to another service', () => {
    const passes = calls.all.filter(({ action }) => action === 'iam:PassRole');
    const other = passes.flatMap(({ action, resources }) => [
      {
        action,
        resources: resources.map(({ context }) => ({ arn: 'arn:aws:iam::111122223333:role/admin', context })),
      },
      {
        action,
        resources: resources.map(({ arn }) => ({
          arn,
          context: { 'iam:PassedToService': 'lambda.amazonaws.com' },
        })),
      },
    ]);
    expect(other.filter((call) => allows(statements, call))).toEqual([]);
  });

  test('fits into a managed policy, or with copies into a role', () => {
    const document = JSON.stringify({ Version: '2012-10-17', Statement: statements });
    expect(document.length).toBeLessThanOrEqual(input.copyToRegions === undefined ? 6144 : 10_240);
  });

  test('has a name of its own for each statement, as AWS wants it', () => {
    const names = imageBuilderNames(statements);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9]+$/);
  });
});

const imageBuilderNames = (statements: readonly PolicyStatement[]): string[] =>
  statements.map((statement) => (statement as PolicyStatement & { Sid: string }).Sid);

test('a builder with a given profile, or without one, makes and changes no identity', () => {
  const inputs: ImageInput[] = [
    { build: { iamInstanceProfile: 'packer' } },
    { build: { sshInterface: 'private_ip' } },
  ];
  const actions = inputs.flatMap((input) =>
    caseOf(input, aws).statements.flatMap(({ Action }) => Action.filter((name) => name.startsWith('iam:'))),
  );
  expect(actions.sort()).toEqual(['iam:GetInstanceProfile', 'iam:PassRole']);
});

test('only a build by an address opens its group, and only one by Session Manager has sessions', () => {
  const actions = (sshInterface: 'session_manager' | 'private_ip'): string[] =>
    caseOf({ build: { sshInterface } }, aws).statements.flatMap(({ Action }) => Action);
  expect(actions('private_ip')).toContain('ec2:AuthorizeSecurityGroupIngress');
  expect(actions('session_manager')).not.toContain('ec2:AuthorizeSecurityGroupIngress');
  expect(actions('private_ip').filter((name) => name.startsWith('ssm:'))).toEqual([]);
});

test('packer:policy says so where a policy is too long to be a managed one', async () => {
  const copies = { 'eu-west-1': {}, 'eu-west-2': {}, 'eu-west-3': {} };
  const at = shell({ prod: withImage({ copyToRegions: copies }, aws) });
  const { stdout, stderr } = await at.packer(['policy', 'prod']);
  expect(JSON.stringify(JSON.parse(stdout)).length).toBeGreaterThan(6144);
  expect(stderr).toContain('(too long for a managed policy: to be written into the builder’s role itself)');
});

test('packer:policy prints a document of JSON for an image, and on stderr which one', async () => {
  const at = shell({ dev: withImage(), prod: withImage({ build: { iamInstanceProfile: 'packer' } }) });
  const [own, temporary] = await Promise.all([at.packer(['policy', 'prod']), at.packer(['policy', 'dev'])]);
  expect(own).toMatchObject({ code: 0, stderr: 'prod base:\n' });
  expect(temporary).toMatchObject({
    code: 0,
    stderr: 'dev base (narrower with a profile of yours in images.base.build.iamInstanceProfile):\n',
  });
  const document = JSON.parse(own.stdout) as { Version: string; Statement: unknown[] };
  expect(document.Version).toBe('2012-10-17');
  expect(document.Statement.length).toBeGreaterThan(10);
  expect(at.has('packer.out')).toBe(false);
});
