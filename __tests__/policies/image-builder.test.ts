import { imageBuilderStatements } from '../../src/policies/image-builder';
import type { Statement } from '../../src/policies/statement';
import { buildTag } from '../../src/rendering/packer-template';
import { stockImages } from '../../src/rendering/stock-image';
import { KEY_ARN, minimal, parsed, withCreated, withImage } from '../support/environments';
import { maximal } from '../support/maximal';

/** The least that builds an image: what each action may touch, and under which condition. */

type ImageInput = NonNullable<Parameters<typeof withImage>[0]>;

function statementsOf(input: object): Statement[] {
  const environment = parsed(input);
  const [image] = environment.images;
  if (image === undefined) throw new Error('there is no image');
  const sourceOwner = stockImages[image.base].owner(environment.aws.partition);
  return imageBuilderStatements(image, environment, { buildTag, sourceOwner });
}
const known = { aws: { ...minimal().aws, accountId: '111122223333' } };
const of = (image: ImageInput = {}, fields: object = {}) =>
  statementsOf({ ...withImage(image), ...known, ...fields });

const actionsOf = (statements: readonly Statement[]): string[] => statements.flatMap(({ Action }) => Action);
const allowing = (statements: readonly Statement[], action: string): Statement[] =>
  statements.filter(({ Action }) => Action.includes(action));
const resourcesOf = (statements: readonly Statement[], action: string): string[] =>
  allowing(statements, action).flatMap(({ Resource }) => Resource);

const encrypted = { encryption: { kmsKeyArn: KEY_ARN } };
const variants: [string, Statement[]][] = [
  ['minimal', of()],
  ['private address', of({ build: { sshInterface: 'private_ip' } })],
  ['given profile', of({ build: { iamInstanceProfile: 'packer' } })],
  ['copied, encrypted', of({ copyToRegions: { 'eu-west-1': {} } }, encrypted)],
  ['account not known', statementsOf(withImage())],
  ['default VPC', statementsOf(withCreated({}, withImage()))],
  ['maximal', statementsOf(maximal())],
];

describe.each(variants)('the policy of a builder (%s)', (_, statements) => {
  const isTagged = ({ Condition }: Statement) =>
    `aws:ResourceTag/${buildTag}` in (Condition?.StringEquals ?? {});
  const isRequested = ({ Condition }: Statement) =>
    `aws:RequestTag/${buildTag}` in (Condition?.StringEquals ?? {});

  test('names each statement once', () => {
    const names = statements.map(({ Sid }) => Sid);
    expect(names.length).toBeGreaterThan(8);
    expect(new Set(names).size).toBe(names.length);
  });

  test('writes nothing on all resources', () => {
    const onAll = actionsOf(statements.filter(({ Resource }) => Resource.includes('*')));
    expect(onAll.length).toBeGreaterThan(5);
    expect(onAll.filter((action) => !/^ec2:Describe[A-Z]/.test(action))).toEqual([]);
  });

  test('allows no action by a wildcard but encryption', () => {
    const wild = actionsOf(statements).filter((action) => action.includes('*'));
    expect(['kms:ReEncrypt*', 'kms:GenerateDataKey*']).toEqual(expect.arrayContaining(wild));
  });

  test.each(
    [
      'ec2:StopInstances',
      'ec2:TerminateInstances',
      'ec2:DeleteKeyPair',
      'ec2:DeleteSecurityGroup',
      'ec2:DeregisterImage',
      'ec2:DeleteSnapshot',
      'ec2:EnableImageDeprecation',
    ].map((action) => [action]),
  )('allows %s only on what carries the tag of a build', (action) => {
    const found = allowing(statements, action);
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter((statement) => !isTagged(statement))).toEqual([]);
  });

  test.each(['ec2:CreateKeyPair', 'ec2:CreateImage', 'ec2:CreateTags'])(
    'allows %s only with the tag of a build, or on what has it',
    (action) => {
      const found = allowing(statements, action).filter(({ Condition }) => {
        const { 'ec2:CreateAction': copying } = Condition?.StringEquals ?? {};
        return [copying].flat().join('') !== 'CopyImage';
      });
      expect(found.length).toBeGreaterThan(0);
      expect(found.filter((statement) => !isTagged(statement) && !isRequested(statement))).toEqual([]);
    },
  );

  test('makes images of build instances only, not of anybody’s machine', () => {
    const making = allowing(statements, 'ec2:CreateImage').filter(({ Resource }) =>
      Resource.some((resource) => resource.includes(':instance/')),
    );
    expect(making).toHaveLength(1);
    expect(making.filter((statement) => !isTagged(statement))).toEqual([]);
  });

  test('starts one kind of instance, with tokens for its metadata, from images of Amazon, on encrypted volumes', () => {
    const launching = (kind: string) =>
      allowing(statements, 'ec2:RunInstances').filter(({ Resource }) =>
        Resource.some((resource) => resource.includes(`:${kind}/`)),
      );
    for (const kind of ['instance', 'image', 'volume', 'subnet'])
      expect([kind, launching(kind).length]).not.toEqual([kind, 0]);
    // Packer tries a temporary profile with a smallest instance, in a dry run that policies can't tell.
    const isTrial = ({ Condition }: Statement) => Condition?.StringEquals?.['ec2:InstanceType'] === 't3.nano';
    const real = launching('instance').filter((statement) => !isTrial(statement));
    expect(real.map(({ Condition }) => Condition?.StringEquals)).toEqual([
      expect.objectContaining({
        'ec2:InstanceType': expect.stringMatching(/^[a-z0-9]+\.x?large$/) as string,
        'ec2:MetadataHttpTokens': 'required',
      }),
    ]);
    expect(launching('image').map(({ Condition }) => Condition)).toEqual([
      { StringEquals: { 'ec2:Owner': ['amazon'] } },
    ]);
    expect(launching('volume')[0]?.Condition).toMatchObject({ Bool: { 'ec2:Encrypted': 'true' } });
  });

  test('passes roles to EC2 only', () => {
    for (const { Condition, Resource } of allowing(statements, 'iam:PassRole')) {
      expect(Condition).toEqual({ StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } });
      expect(Resource).toHaveLength(1);
    }
  });
});

describe('what options add', () => {
  const temporary = [
    'iam:CreateRole',
    'iam:PutRolePolicy',
    'iam:DeleteRole',
    'iam:TagRole',
    'iam:TagInstanceProfile',
  ];

  test('Session Manager: a tunnel, and a temporary profile, which Packer tags', () => {
    expect(actionsOf(of())).toEqual(
      expect.arrayContaining([...temporary, 'ssm:StartSession', 'ssm:TerminateSession']),
    );
    expect(resourcesOf(of(), 'ssm:StartSession')).toEqual(
      expect.arrayContaining([
        'arn:aws:ec2:eu-central-1:111122223333:instance/*',
        'arn:aws:ssm:eu-central-1::document/AWS-StartPortForwardingSession',
      ]),
    );
    expect(resourcesOf(of(), 'iam:PassRole')).toEqual(['arn:aws:iam::111122223333:role/packer-*']);
  });

  test('a given profile: its role instead', () => {
    const statements = of({ build: { iamInstanceProfile: 'packer' } });
    expect(actionsOf(statements).filter((action) => temporary.includes(action))).toEqual([]);
    expect(resourcesOf(statements, 'iam:GetInstanceProfile')).toEqual([
      'arn:aws:iam::111122223333:instance-profile/packer',
    ]);
    expect(resourcesOf(statements, 'iam:PassRole')).toEqual(['arn:aws:iam::111122223333:role/packer']);
  });

  test('an address: neither roles nor sessions, but a way in for SSH, to the build’s own group', () => {
    const statements = of({ build: { sshInterface: 'private_ip' } });
    const actions = actionsOf(statements);
    const opening = allowing(statements, 'ec2:AuthorizeSecurityGroupIngress');
    expect(opening.map(({ Condition }) => Condition)).toEqual([
      { StringEquals: { [`aws:ResourceTag/${buildTag}`]: 'base' } },
    ]);
    expect(actions.filter((action) => /^(iam|ssm):/.test(action))).toEqual([]);
  });

  test('keys: their use, and grants for AWS resources only', () => {
    expect(actionsOf(of()).filter((action) => action.startsWith('kms:'))).toEqual([]);
    const statements = of({}, encrypted);
    expect(resourcesOf(statements, 'kms:Decrypt')).toEqual([KEY_ARN]);
    expect(allowing(statements, 'kms:CreateGrant')).toEqual([
      expect.objectContaining({
        Resource: [KEY_ARN],
        Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
      }),
    ]);
  });

  test('copies: CopyImage, and what is in those regions', () => {
    expect(actionsOf(of())).not.toContain('ec2:CopyImage');
    const statements = of({ copyToRegions: { 'eu-west-1': {} } });
    expect(resourcesOf(statements, 'ec2:CopyImage')).toContain('arn:aws:ec2:eu-west-1::image/*');
    const [look] = allowing(statements, 'ec2:DescribeImages');
    expect(look?.Condition).toEqual({
      StringEquals: { 'aws:RequestedRegion': ['eu-central-1', 'eu-west-1'] },
    });
  });

  test('the default VPC: any subnet, and a look for it only where Packer looks for it itself', () => {
    const created = withCreated().network;
    const searching = ['ec2:DescribeInstanceTypeOfferings', 'ec2:DescribeVpcs'];
    const subnets = (statements: readonly Statement[]) =>
      resourcesOf(statements, 'ec2:CreateSecurityGroup').filter((resource) => resource.includes(':subnet/'));
    const looksOf = (statements: readonly Statement[]) =>
      actionsOf(statements).filter((action) => searching.includes(action));
    const publicIp = { build: { sshInterface: 'public_ip' } } as const;
    const statements = of({}, { network: created });
    expect(subnets(statements)).toEqual(['arn:aws:ec2:eu-central-1:111122223333:subnet/*']);
    expect(looksOf(statements)).toEqual([]);
    expect(looksOf(of(publicIp, { network: created }))).toEqual(searching);
    expect(looksOf(of(publicIp))).toEqual([]);
    expect(subnets(of())).toEqual(['arn:aws:ec2:eu-central-1:111122223333:subnet/subnet-0a1b2c3d4e5f60718']);
  });

  test('an account that is not known: any', () => {
    expect(resourcesOf(statementsOf(withImage()), 'ec2:DeleteKeyPair')).toContain(
      'arn:aws:ec2:eu-central-1:*:key-pair/*',
    );
    expect(resourcesOf(of(), 'ec2:DeleteKeyPair')).toContain(
      'arn:aws:ec2:eu-central-1:111122223333:key-pair/*',
    );
  });

  test.each([
    ['eu-central-1', '099720109477'],
    ['cn-north-1', '837727238323'],
    ['us-gov-west-1', '513442679011'],
  ])(
    'Ubuntu in %s: images of Canonical, by its account or by the alias that AWS has for it',
    (region, account) => {
      const images = { base: { base: 'ubuntu-24.04' } };
      const statements = statementsOf({ ...minimal(), aws: { region }, images });
      const launching = allowing(statements, 'ec2:RunInstances').filter(({ Resource }) =>
        Resource.some((resource) => resource.includes(':image/')),
      );
      expect(launching.map(({ Condition }) => Condition)).toEqual([
        { StringEquals: { 'ec2:Owner': ['amazon', account] } },
      ]);
    },
  );
});
