import { readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import type { EnvironmentInput } from '../../src/config/environment';
import { askAws, askAwsJson, type AskAwsProps } from '../support/ask-aws';
import { Deployment } from '../support/deployment';
import { describeWith } from '../support/engines';

/** The real Terraform and provider against an emulated AWS: what a platform team does with an estate. */

const region = 'eu-central-1';
const accountId = '111122223333';
const base: EnvironmentInput = {
  project: 'acme',
  aws: { region, accountId, permissionsBoundaryArn: `arn:aws:iam::${accountId}:policy/boundary` },
  network: {
    type: 'existing',
    vpcId: 'vpc-0f1e2d3c4b5a69788',
    subnetIds: ['subnet-0f1e2d3c4b5a69788', 'subnet-0f1e2d3c4b5a69789'],
  },
  // It takes a minute, and the tour of the emulation has one.
  cache: false,
  secretRecoveryDays: 0,
  fleets: {},
};

const group = (fleet: Partial<EnvironmentInput['fleets'][string]>): EnvironmentInput['fleets'][string] => ({
  type: 'autoscaling-group',
  capacity: { min: 1, max: 3 },
  ...fleet,
});

const prod = (instanceType: string): EnvironmentInput => ({
  ...base,
  images: { linux: { packages: ['git-lfs'] } },
  fleets: {
    'gitlab-runner': group({
      image: { packer: 'linux' },
      launch: { type: 'configuration', instanceType },
      runners: { default: { token: { secretName: 'gitlab-token' } } },
    }),
  },
});

/** Terraform breaks its messages into lines, with a bar before each. */
const sentence = (output: string): string => output.replace(/[│\s]+/g, ' ');

jest.setTimeout(240_000);

describeWith(['terraform', 'moto'], 'an estate with an image of our own and a launch configuration', () => {
  let deployment: Deployment;
  let asker: AskAwsProps;
  beforeAll(async () => {
    deployment = await Deployment.start('prod', prod('m5.large'));
    asker = { url: deployment.emulator.url, region, account: accountId };
    deployment.synth(prod('m5.large'));
    deployment.apply();
  });
  afterAll(() => deployment.stop());

  const groupInAws = () => askAws(asker, 'autoscaling', 'DescribeAutoScalingGroups');

  test('is there after a deploy, under the names of the set-up that it replaces', async () => {
    expect((await groupInAws()).all('AutoScalingGroupName')).toEqual(['acme-prod-gitlab-runner']);
    const secrets = (await askAwsJson(asker, 'secretsmanager', 'secretsmanager.ListSecrets', {})) as {
      SecretList: { Name: string }[];
    };
    expect(secrets.SecretList.map(({ Name }) => Name)).toEqual(['acme-prod-gitlab-token']);
  });

  test('is left as it is by a second plan', () => {
    expect(deployment.plan()).toEqual([]);
  });

  test('gets a new launch configuration before the old one goes, and keeps its group, when the instance type changes', async () => {
    deployment.synth(prod('m5.xlarge'));
    const changes = deployment.plan();
    expect(changes.map(({ type, actions }) => [type, actions.join()]).sort()).toEqual([
      ['aws_autoscaling_group', 'update'],
      ['aws_launch_configuration', 'create,delete'],
    ]);
    deployment.apply();
    expect(deployment.plan()).toEqual([]);
    const refreshes = await askAws(asker, 'autoscaling', 'DescribeInstanceRefreshes', {
      AutoScalingGroupName: 'acme-prod-gitlab-runner',
    });
    expect(refreshes.all('Status')).toEqual(['Successful']);
  });

  test('replaces a security group whose description changed without a clash of names', () => {
    const file = join(deployment.stack, 'cdk.tf.json');
    const before = readFileSync(file, 'utf8');
    expect(before).toContain('"Machines of');
    writeFileSync(file, before.replace('"Machines of', '"Instances of'));
    const changes = deployment.plan();
    expect(changes.find(({ type }) => type === 'aws_security_group')?.actions).toEqual(['create', 'delete']);
    expect(changes.find(({ type }) => type === 'aws_autoscaling_group')?.actions).toEqual(['update']);
    deployment.apply();
    expect(deployment.plan()).toEqual([]);
  });

  test('never shows the value of its secret, in no file of the stack, plan or state', async () => {
    const canary = 'glrt-t3_CanaryCanaryCanary1';
    await askAwsJson(asker, 'secretsmanager', 'secretsmanager.PutSecretValue', {
      SecretId: 'acme-prod-gitlab-token',
      SecretString: canary,
    });
    const read = (await askAwsJson(asker, 'secretsmanager', 'secretsmanager.GetSecretValue', {
      SecretId: 'acme-prod-gitlab-token',
    })) as { SecretString: string };
    expect(read.SecretString).toBe(canary);
    expect(deployment.plan()).toEqual([]);
    deployment.apply();
    const state = deployment.run('state', 'pull');
    expect(state).toContain('acme-prod-gitlab-token');
    for (const text of [
      deployment.synthesized,
      state,
      deployment.run('show', '-json', 'plan.tfplan'),
      deployment.run('output', '-json'),
    ])
      expect(text).not.toContain(canary);
  });

  test('is destroyed without a rest, and deployed again under the same names', async () => {
    expect(deployment.destroy()).toMatch(/Destroy complete! Resources: \d+ destroyed/);
    expect(deployment.run('state', 'list')).toBe('');
    expect((await groupInAws()).all('AutoScalingGroupName')).toEqual([]);
    expect(
      (await askAws(asker, 'autoscaling', 'DescribeLaunchConfigurations')).all('LaunchConfigurationName'),
    ).toEqual([]);
    deployment.apply();
    expect((await groupInAws()).all('AutoScalingGroupName')).toEqual(['acme-prod-gitlab-runner']);
  });

  test('can be destroyed when its image is gone', async () => {
    const images = await askAws(asker, 'ec2', 'DescribeImages', { 'Owner.1': 'self' });
    const ids = images.all('imageId');
    expect(ids).toHaveLength(1);
    for (const ImageId of ids) await askAws(asker, 'ec2', 'DeregisterImage', { ImageId });
    expect(sentence(deployment.try('plan', '-input=false', '-no-color').output)).toContain(
      'npm run packer:build -- prod linux',
    );
    expect(deployment.destroy()).toMatch(/Destroy complete! Resources: \d+ destroyed/);
  });
});

describeWith(['terraform', 'moto'], 'an estate whose image was not built yet', () => {
  test('has a plan that fails and names the command that builds it', async () => {
    const deployment = await Deployment.start('prod', prod('m5.large'), false);
    try {
      deployment.synth(prod('m5.large'));
      const { code, output } = deployment.try('plan', '-input=false', '-no-color');
      expect(code).toBe(1);
      expect(sentence(output)).toContain('Build it: npm run packer:build -- prod linux');
    } finally {
      await deployment.stop();
    }
  });
});

const mixed = (size: 'large' | 'xlarge'): EnvironmentInput => ({
  ...base,
  state: { bucket: 'acme-terraform-state', region },
  encryption: { kmsKeyArn: `arn:aws:kms:${region}:${accountId}:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9` },
  fleets: {
    stock: group({
      launch: { type: 'template', instanceTypes: [`m6i.${size}`] },
      capacity: { min: 1, max: 3, maxInstanceLifetimeDays: 30 },
    }),
    pinned: group({
      image: { ami: 'ami-0a1b2c3d4e5f60799', architecture: 'arm64' },
      launch: { type: 'template', instanceTypes: [`m7g.${size}`] },
      rootVolume: { sizeGib: 40, iops: 4000, throughputMibps: 250 },
      keyName: 'break-glass',
      securityGroupIds: ['sg-0a1b2c3d4e5f60718'],
      policyArns: [`arn:aws:iam::${accountId}:policy/mirror`],
      egress: [{ cidr: '10.0.0.0/8' }, { cidr: '0.0.0.0/0', port: 443 }, { cidr: '::/0', protocol: 'icmp' }],
      runners: {
        one: {
          token: { secretArn: `arn:aws:secretsmanager:${region}:${accountId}:secret:gitlab-token-a1B2c3` },
        },
        two: { token: { parameterArn: `arn:aws:ssm:${region}:${accountId}:parameter/gitlab/token` } },
      },
    }),
  },
});

describeWith(
  ['terraform', 'moto'],
  'an estate with stock and given images, launch templates and S3 state',
  () => {
    let deployment: Deployment;
    beforeAll(async () => {
      deployment = await Deployment.start('mixed', mixed('large'));
      deployment.synth(mixed('large'));
      deployment.apply();
    });
    afterAll(() => deployment.stop());

    test('is left as it is by a second plan', () => {
      expect(deployment.plan()).toEqual([]);
    });

    test('keeps its state in the bucket, and nothing of it here', async () => {
      const asker = { url: deployment.emulator.url, region, account: accountId };
      const response = await fetch(
        `${deployment.emulator.url}/acme-terraform-state/acme/mixed/terraform.tfstate`,
        {
          headers: {
            Authorization: `AWS4-HMAC-SHA256 Credential=EMULATED${asker.account}/20260101/${region}/s3/aws4_request, SignedHeaders=host, Signature=0`,
          },
        },
      );
      expect(await response.text()).toContain('aws_launch_template');
    });

    test('updates templates and groups in place when instance types change', () => {
      deployment.synth(mixed('xlarge'));
      const changes = deployment.plan();
      expect(changes.map(({ type, actions }) => [type, actions.join()]).sort()).toEqual([
        ['aws_autoscaling_group', 'update'],
        ['aws_autoscaling_group', 'update'],
        ['aws_launch_template', 'update'],
        ['aws_launch_template', 'update'],
      ]);
      deployment.apply();
      expect(deployment.plan()).toEqual([]);
    });

    test('tells the owner of the given key what its policy needs', () => {
      const outputs = JSON.parse(deployment.run('output', '-json')) as Record<string, { value: string }>;
      expect(outputs.key_policy_to_add?.value).toContain(`logs.${region}.amazonaws.com`);
    });

    test('is destroyed, and leaves what was given', async () => {
      expect(deployment.destroy()).toMatch(/Destroy complete! Resources: \d+ destroyed/);
      const asker = { url: deployment.emulator.url, region, account: accountId };
      const secrets = (await askAwsJson(asker, 'secretsmanager', 'secretsmanager.ListSecrets', {})) as {
        SecretList: { Name: string }[];
      };
      expect(secrets.SecretList.map(({ Name }) => Name)).toEqual(['gitlab-token']);
    });
  },
);
