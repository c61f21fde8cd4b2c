import { accessKey } from '../../scripts/emulate/environment';
import { startEmulator, type RunningEmulator } from '../../scripts/emulate/start-emulator';
import { askAwsJson } from '../support/ask-aws';
import { describeWith } from '../support/engines';
import { KEY_ARN, withFargate } from '../support/environments';
import { removeShells, shell } from '../scripts/commands';
import { stubDocker } from '../scripts/docker-registry';

/** `docker:build` against a registry that was not written for it. */

jest.setTimeout(120_000);

const account = '111122223333';
const region = 'eu-central-1';
const roleArn = `arn:aws:iam::${account}:role/ci/deploy`;

describeWith(['moto'], 'docker:build on the emulated AWS', ({ moto }) => {
  let emulator: RunningEmulator;
  beforeAll(async () => {
    const given = [{ accountId: account, region, roleArns: [roleArn], kmsKeyArns: [KEY_ARN] }];
    emulator = await startEmulator({ python: moto, defaultAccountId: account, given });
  });
  afterEach(removeShells);
  afterAll(() => emulator.stop());

  test('makes the repository as the environment’s role, pushes once, tags it, and finds it the second time', async () => {
    const environment = {
      ...withFargate(),
      aws: { region, accountId: account, assumeRoleArn: roleArn },
      encryption: { kmsKeyArn: KEY_ARN },
      tags: { team: 'platform' },
    };
    const at = shell({ prod: environment });
    at.stub('docker', stubDocker(at.folder));
    const env = {
      AWS_ENDPOINT_URL: emulator.url,
      // The role is in another account than its user.
      AWS_ACCESS_KEY_ID: accessKey('444455556666'),
      AWS_SECRET_ACCESS_KEY: 'emulated',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    };
    const build = async (): Promise<Record<string, string>[]> => {
      const args = ['build', 'prod', 'worker', '--json'];
      const { code, stdout, stderr } = await at.start('scripts/docker.ts', args, env).ended;
      if (code !== 0) throw new Error(stderr);
      return JSON.parse(stdout) as Record<string, string>[];
    };
    const ask = (action: string, parameters: object) =>
      askAwsJson(
        { url: emulator.url, account, region },
        'ecr',
        `AmazonEC2ContainerRegistry_V20150921.${action}`,
        parameters,
      );

    const [first] = await build();
    const [second] = await build();

    const repositoryName = 'acme-prod-worker';
    const { repositories } = await ask('DescribeRepositories', { repositoryNames: [repositoryName] });
    expect(repositories).toMatchObject([
      {
        repositoryUri: first?.uri,
        imageTagMutability: 'IMMUTABLE',
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfiguration: { encryptionType: 'KMS', kmsKey: KEY_ARN },
      },
    ]);
    expect(await ask('GetLifecyclePolicy', { repositoryName })).toHaveProperty('lifecyclePolicyText');
    const { imageDetails } = await ask('DescribeImages', { repositoryName });
    expect(imageDetails).toMatchObject([{ imageTags: [first?.tag], imageDigest: first?.digest }]);
    expect(first).toMatchObject({
      uri: `${account}.dkr.ecr.${region}.amazonaws.com/${repositoryName}`,
      outcome: 'pushed',
    });
    expect(second).toEqual({ ...first, outcome: 'exists' });
    const resourceArn = `arn:aws:ecr:${region}:${account}:repository/${repositoryName}`;
    const { tags } = await ask('ListTagsForResource', { resourceArn });
    expect(tags).toEqual(
      Object.entries({
        team: 'platform',
        'gitlab-runner-aws:project': 'acme',
        'gitlab-runner-aws:environment': 'prod',
        [`gitlab-runner-aws:image-${first?.tag}`]: 'x86_64',
      }).map(([Key, Value]) => ({ Key, Value })),
    );
    expect(at.read('password')).not.toBe('');
    expect(at.calls.filter((call) => call.startsWith('docker push'))).toHaveLength(1);
  });
});
