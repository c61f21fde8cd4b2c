import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { accessKey, emulatedEnvironment } from '../../scripts/emulate/environment';
import { overrideTerraform } from '../../scripts/emulate/override-terraform';
import { type Given, type RunningEmulator, startEmulator } from '../../scripts/emulate/start-emulator';
import { askAws, askAwsJson } from '../support/ask-aws';
import { FUNCTION_ARCHIVE, functionArchive } from '../support/emulated-function';
import { estate, type EstateProps, PUBLIC_PARAMETER } from '../support/emulated-estate';
import { describeWith } from '../support/engines';

const account = '111122223333';
const otherAccount = '444455556666';
const region = 'eu-central-1';
const vpcId = 'vpc-0123456789abcdef0';
const subnetIds = ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'];
const looseSubnetId = 'subnet-0123456789abcdef2';
const volumeKeyArn = `arn:aws:kms:${region}:${account}:key/11111111-2222-4333-8444-555555555555`;
const boundaryArn = `arn:aws:iam::${account}:policy/ci/boundary`;
const roleArn = `arn:aws:iam::${account}:role/ci/deploy`;
const secretArn = `arn:aws:secretsmanager:${region}:${account}:secret:given/token-a1B2c3`;
const parameterArn = `arn:aws:ssm:${region}:${account}:parameter/given/token`;
const sessionContent = '{"schemaVersion":"1.0","description":"","sessionType":"Standard_Stream","inputs":{}}';

const given: readonly Given[] = [
  // The subnet that no VPC lists here is listed below: the VPC that lists it wins, whatever comes first.
  { accountId: account, region, subnetIds: [subnetIds[0] ?? '', looseSubnetId] },
  {
    accountId: account,
    region,
    vpcs: [{ id: vpcId, subnetIds }],
    securityGroupIds: ['sg-0123456789abcdef0'],
    keyNames: ['operator'],
    policyArns: [boundaryArn, 'arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore'],
    roleArns: [roleArn],
    instanceProfiles: ['given-builder'],
    buckets: ['acme-terraform-state'],
    secretArns: [secretArn],
    parameterArns: [parameterArn],
    kmsKeyArns: [volumeKeyArn],
    images: [
      { imageId: 'ami-0123456789abcdef1', name: 'own', architecture: 'x86_64', tags: { ImageHash: 'abc' } },
      {
        imageId: 'ami-0123456789abcdef2',
        name: 'shared',
        ownerAccountId: otherAccount,
        architecture: 'arm64',
        tags: { ImageHash: 'abc' },
        deprecated: true,
      },
    ],
    documents: [{ name: 'SSM-SessionManagerRunShell', type: 'Session', content: sessionContent }],
    publicParameters: { [PUBLIC_PARAMETER]: 'ami-0123456789abcdef0' },
  },
  {
    accountId: otherAccount,
    region,
    keyNames: ['operator-of-the-other'],
    buckets: ['other-terraform-state'],
  },
];

const dev: EstateProps = {
  name: 'acme-dev',
  account,
  region,
  vpcId,
  subnetIds,
  boundaryArn,
  roleArn,
  stateBucket: 'acme-terraform-state',
  imageHash: 'abc',
  instanceType: 'm5.large',
  volumeKeyArn,
  keptSecretName: 'acme-dev-kept',
};

const scaling = { code: 'exports.handler = () => 1;', command: 'drain' };

jest.setTimeout(60_000);

const newFolder = () => mkdtempSync(join(tmpdir(), 'emulator-test-'));

describeWith(['terraform', 'moto'], 'the emulated AWS', ({ moto, terraform }) => {
  const folder = newFolder();
  const stack = join(folder, 'stack');
  let emulator: RunningEmulator;
  let environment: NodeJS.ProcessEnv;

  const ask = (service: Parameters<typeof askAws>[1], action: string, parameters?: Record<string, string>) =>
    askAws({ url: emulator.url, account, region }, service, action, parameters);

  const run = (...args: readonly string[]) => {
    const command = [`-chdir=${stack}`, ...args];
    const { status, stdout, stderr } = spawnSync(terraform, command, { env: environment, encoding: 'utf8' });
    return { status, output: stdout + stderr };
  };

  const write = (props: EstateProps) => {
    writeFileSync(join(stack, FUNCTION_ARCHIVE), functionArchive(props.scaling?.code ?? ''));
    writeFileSync(join(stack, 'cdk.tf.json'), JSON.stringify(estate(props), undefined, 1));
  };

  /** Without a refresh before it, where the last plan or apply has left none to do: that saves seconds. */
  const apply = (props: EstateProps) => {
    write(props);
    const { status, output } = run('apply', '-auto-approve', '-refresh=false', '-no-color');
    expect(status === 0 ? '' : output).toBe('');
    return output;
  };

  /** What a plan would change; nothing, unless moto answers otherwise than it was told. */
  const planned = () => {
    const { status, output } = run('plan', '-detailed-exitcode', '-no-color');
    return status === 0 ? [] : output.split('\n').filter((line) => /^ *[-+~#]|Error/.test(line));
  };

  const described = (name: string) =>
    ask('autoscaling', 'DescribeAutoScalingGroups', { 'AutoScalingGroupNames.member.1': `acme-dev-${name}` });

  const refreshes = (name: string) =>
    ask('autoscaling', 'DescribeInstanceRefreshes', { AutoScalingGroupName: `acme-dev-${name}` });

  beforeAll(async () => {
    emulator = await startEmulator({ python: moto, given, defaultAccountId: account });
    environment = emulatedEnvironment({
      url: emulator.url,
      region,
      accountId: account,
      directory: join(folder, 'environment'),
    });
    mkdirSync(stack);
  });

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await emulator.stop();
  });

  describe('what is given', () => {
    test('has a VPC with its subnets in distinct zones', async () => {
      const { all } = await ask('ec2', 'DescribeSubnets', {
        'Filter.1.Name': 'vpc-id',
        'Filter.1.Value.1': vpcId,
      });
      expect(all('subnetId').sort()).toEqual(subnetIds);
      expect(new Set(all('availabilityZone')).size).toBe(2);
    });

    test.each([
      ['a subnet that no VPC lists', 'DescribeSubnets', { 'SubnetId.1': looseSubnetId }, looseSubnetId],
      ['a security group', 'DescribeSecurityGroups', { 'GroupId.1': 'sg-0123456789abcdef0' }, vpcId],
      ['a key pair', 'DescribeKeyPairs', { 'KeyName.1': 'operator' }, 'operator'],
    ])('has %s', async (_, action, parameters: Record<string, string>, expected) => {
      expect((await ask('ec2', action, parameters)).text).toContain(`>${expected}<`);
    });

    test.each([
      ['a policy', 'GetPolicy', { PolicyArn: boundaryArn }, boundaryArn],
      ['a role', 'GetRole', { RoleName: 'deploy' }, roleArn],
      [
        'an instance profile',
        'GetInstanceProfile',
        { InstanceProfileName: 'given-builder' },
        'given-builder',
      ],
    ])('has %s', async (_, action, parameters: Record<string, string>, expected) => {
      expect((await ask('iam', action, parameters)).text).toContain(`>${expected}<`);
    });

    test.each([
      [
        'a secret',
        'secretsmanager',
        'secretsmanager.DescribeSecret',
        { SecretId: 'given/token' },
        { ARN: secretArn },
      ],
      [
        'a parameter',
        'ssm',
        'AmazonSSM.GetParameter',
        { Name: '/given/token' },
        { Parameter: { ARN: parameterArn } },
      ],
      [
        'a key',
        'kms',
        'TrentService.DescribeKey',
        { KeyId: volumeKeyArn },
        { KeyMetadata: { Arn: volumeKeyArn } },
      ],
      [
        'a document',
        'ssm',
        'AmazonSSM.GetDocument',
        { Name: 'SSM-SessionManagerRunShell' },
        { DocumentType: 'Session' },
      ],
      [
        'a public parameter',
        'ssm',
        'AmazonSSM.GetParameter',
        { Name: PUBLIC_PARAMETER },
        { Parameter: { Value: 'ami-0123456789abcdef0' } },
      ],
    ])('has %s', async (_, service, target, parameters, expected) => {
      const props = { url: emulator.url, account, region };
      expect(await askAwsJson(props, service, target, parameters)).toMatchObject(expected);
    });

    test("has images, without another owner's tags, deprecated ones on request only", async () => {
      const byHash = { 'Filter.1.Name': 'tag:ImageHash', 'Filter.1.Value.1': 'abc' };
      const ofOther = { 'Owner.1': otherAccount };
      expect((await ask('ec2', 'DescribeImages', byHash)).all('imageId')).toEqual(['ami-0123456789abcdef1']);
      expect((await ask('ec2', 'DescribeImages', ofOther)).all('imageId')).toEqual([]);
      const all = await ask('ec2', 'DescribeImages', { ...ofOther, IncludeDeprecated: 'true' });
      expect(all.all('imageId')).toEqual(['ami-0123456789abcdef2']);
      expect(all.all('deprecationTime')).toEqual(['2025-01-01T00:00:00.000Z']);
    });

    test('is refused in one sentence where it cannot be made', async () => {
      const broken = { accountId: account, region, policyArns: ['arn:aws:iam::aws:policy/NoSuchPolicy'] };
      await expect(
        startEmulator({ python: moto, given: [broken], defaultAccountId: account }),
      ).rejects.toThrow(
        /^The emulated AWS does not start: arn:aws:iam::aws:policy\/NoSuchPolicy is not among the policies that AWS manages\.$/,
      );
    });
  });

  describe('accounts', () => {
    const identity = async (of: string) =>
      (await askAws({ url: emulator.url, account: of, region }, 'sts', 'GetCallerIdentity')).all('Account');

    test('are told by the access key, else by the default', async () => {
      expect(await identity(account)).toEqual([account]);
      expect(await identity(otherAccount)).toEqual([otherAccount]);
      expect(await identity('not-an-account')).toEqual([account]);
    });

    test('do not see what is the other one’s', async () => {
      const other = { url: emulator.url, account: otherAccount, region };
      const keys = await askAws(other, 'ec2', 'DescribeKeyPairs');
      expect(keys.all('keyName')).toEqual(['operator-of-the-other']);
      const vpcs = await askAws(other, 'ec2', 'DescribeVpcs', { 'VpcId.1': vpcId });
      expect(vpcs.all('Code')).toEqual(['InvalidVpcID.NotFound']);
    });
  });

  test('refuses at once what it cannot answer', async () => {
    const { status, text } = await ask('ec2', 'DescribeInstanceConnectEndpoints');
    expect(status).toBe(501);
    expect(text).toContain('The emulated AWS cannot answer ec2 DescribeInstanceConnectEndpoints');
  });

  describe('an estate', () => {
    beforeAll(() => {
      write(dev);
      overrideTerraform(stack, account);
      const { status, output } = run('init', '-no-color');
      expect(status === 0 ? '' : output).toBe('');
    });

    test('is deployed in the assumed role’s account, with its state in S3', async () => {
      const output = apply({ ...dev, scaling });
      expect(output).toContain(`account = "${account}"`);
      const { all } = await askAws({ url: emulator.url, account, region }, 'iam', 'GetRole', {
        RoleName: 'acme-dev-runner',
      });
      expect(all('PermissionsBoundaryArn')).toEqual([boundaryArn]);
      expect(run('state', 'list').output).toContain('aws_autoscaling_group.mixed');
    });

    test('has instances in all subnets, with profile, metadata options, volumes and tags', async () => {
      const instances = await ask('ec2', 'DescribeInstances', {
        'Filter.1.Name': 'tag:Name',
        'Filter.1.Value.1': 'acme-dev-configuration',
      });
      expect(instances.all('instanceId')).toHaveLength(2);
      expect(new Set(instances.all('subnetId'))).toEqual(new Set(subnetIds));
      expect(instances.all('httpTokens')).toEqual(['required', 'required']);
      expect(instances.text).toContain('instance-profile/acme-dev-runner');
      const volumes = await ask('ec2', 'DescribeVolumes', {
        'Filter.1.Name': 'tag:Fleet',
        'Filter.1.Value.1': 'mixed',
      });
      expect(new Set(volumes.all('size'))).toEqual(new Set(['40']));
      expect(new Set(volumes.all('kmsKeyId'))).toEqual(new Set([volumeKeyArn]));
    });

    test('keeps what was set at creation beside an initial hook', async () => {
      const { text } = await described('mixed');
      expect(text).toContain('<MixedInstancesPolicy>');
      expect(text).toContain('<NewInstancesProtectedFromScaleIn>true<');
      const hooks = await ask('autoscaling', 'DescribeLifecycleHooks', {
        AutoScalingGroupName: 'acme-dev-mixed',
      });
      expect(hooks.all('LifecycleHookName')).toEqual(['drain']);
      expect(hooks.text).not.toContain('NotificationTargetARN');
    });

    test('has a function in its VPC, for which an account has no concurrency to reserve', async () => {
      const lambda = async (method: string, path: string, body?: string) => {
        const credential = `${accessKey(account)}/20260101/${region}/lambda/aws4_request`;
        const headers = { Authorization: `AWS4-HMAC-SHA256 Credential=${credential}` };
        return (await fetch(`${emulator.url}/${path}`, { method, headers, ...(body && { body }) })).json();
      };
      const described = await lambda('GET', '2015-03-31/functions/acme-dev-scaling/configuration');
      expect(described).toMatchObject({
        Version: '$LATEST',
        VpcConfig: { VpcId: vpcId },
      });
      expect(await lambda('GET', '2016-08-19/account-settings')).toMatchObject({
        AccountLimit: { ConcurrentExecutions: 10, UnreservedConcurrentExecutions: 10 },
        AccountUsage: { FunctionCount: 1 },
      });
      const reservation = JSON.stringify({ ReservedConcurrentExecutions: 1 });
      const refused = await lambda('PUT', '2017-10-31/functions/acme-dev-scaling/concurrency', reservation);
      expect(JSON.stringify(refused)).toContain('below its minimum value of [10]');
    });

    test('needs no change after it', () => {
      expect(planned()).toEqual([]);
    });

    test('changes its instance type by a new configuration and refreshes', async () => {
      const before = await described('configuration');
      const changed = {
        code: 'exports.handler = () => 2;',
        command: 'drain now',
        heartbeatTimeoutSeconds: 1800,
      };
      const output = apply({ ...dev, instanceType: 'm6i.large', scaling: changed });
      const order = output
        .split('\n')
        .filter((line) => /^aws_(launch_configuration|autoscaling_group)/.test(line));
      const position = (pattern: RegExp) => order.findIndex((line) => pattern.test(line));
      const created = position(/runner: Creation complete/);
      const updated = position(/configuration: Modifications complete/);
      const destroyed = position(/deposed.*Destroying/);
      expect([created, updated, destroyed].every((index) => index >= 0)).toBe(true);
      expect(created < updated && updated < destroyed).toBe(true);
      for (const name of ['configuration', 'mixed', 'jobs']) {
        expect((await refreshes(name)).all('Status')).toEqual(['Successful']);
        expect(new Set((await described(name)).all('InstanceType'))).toContain('m6i.large');
      }
      const after = await described('configuration');
      expect(after.all('InstanceId')).toHaveLength(2);
      expect(after.all('InstanceId').filter((id) => before.all('InstanceId').includes(id))).toEqual([]);
      expect(planned()).toEqual([]);
    });

    test('waits for protected instances in a refresh, which can be cancelled', async () => {
      const group = { AutoScalingGroupName: 'acme-dev-mixed' };
      const start = () => ask('autoscaling', 'StartInstanceRefresh', group);
      const [id = ''] = (await described('mixed')).all('InstanceId');
      await start();
      expect((await refreshes('mixed')).all('Status')[0]).toBe('InProgress');
      expect((await start()).all('Code')).toEqual(['InstanceRefreshInProgress']);
      const unprotected = { 'InstanceIds.member.1': id, ProtectedFromScaleIn: 'false' };
      await ask('autoscaling', 'SetInstanceProtection', { ...group, ...unprotected });
      expect((await refreshes('mixed')).all('Status')).toEqual(['Successful', 'Successful']);
      expect((await described('mixed')).all('InstanceId')).not.toContain(id);
      await start();
      await ask('autoscaling', 'CancelInstanceRefresh', group);
      expect((await refreshes('mixed')).all('Status')[0]).toBe('Cancelled');
      const rollback = await ask('autoscaling', 'RollbackInstanceRefresh', group);
      expect(rollback.all('Code')).toEqual(['ActiveInstanceRefreshNotFound']);
    });

    test('refuses to delete a launch configuration in use, and a capacity out of bounds', async () => {
      const [name = ''] = (await described('configuration')).all('LaunchConfigurationName');
      const deletion = await ask('autoscaling', 'DeleteLaunchConfiguration', {
        LaunchConfigurationName: name,
      });
      expect(deletion.all('Code')).toEqual(['ResourceInUse']);
      const capacity = { AutoScalingGroupName: 'acme-dev-configuration', DesiredCapacity: '9' };
      expect((await ask('autoscaling', 'SetDesiredCapacity', capacity)).all('Code')).toEqual([
        'ValidationError',
      ]);
      expect((await described('configuration')).all('DesiredCapacity')).toEqual(['2']);
    });

    test('is destroyed without a trace, in spite of protection and hooks, and deployed again', async () => {
      const { status, output } = run('destroy', '-auto-approve', '-refresh=false', '-no-color');
      expect(status === 0 ? '' : output).toBe('');
      expect(run('state', 'list').output).toBe('');
      const running = { 'Filter.1.Name': 'instance-state-name', 'Filter.1.Value.1': 'running' };
      expect((await ask('ec2', 'DescribeInstances', running)).all('instanceId')).toEqual([]);
      expect((await ask('ec2', 'DescribeVolumes')).all('volumeId')).toEqual([]);
      expect((await ask('autoscaling', 'DescribeAutoScalingGroups')).all('AutoScalingGroupName')).toEqual([]);
      expect(
        (await ask('autoscaling', 'DescribeLaunchConfigurations')).all('LaunchConfigurationName'),
      ).toEqual([]);
      expect((await ask('ec2', 'DescribeLaunchTemplates')).all('launchTemplateName')).toEqual([]);
      apply({ ...dev, keptSecretName: 'acme-dev-kept-again' });
      const hooks = await ask('autoscaling', 'DescribeLifecycleHooks', {
        AutoScalingGroupName: 'acme-dev-mixed',
      });
      expect(hooks.all('LifecycleHookName')).toEqual(['drain']);
    });
  });
});

/** Whether a process still runs, once it has had the time to end. */
const endsSoon = async (id: number): Promise<boolean> => {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    try {
      process.kill(id, 0);
    } catch {
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
};

/** The emulator that a process has started. */
const childOf = (parent: number): number => {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
  const line = stdout
    .split('\n')
    .find((one) => new RegExp(`^\\s*\\d+\\s+${parent}\\s.*emulator\\.py`).test(one));
  expect(line).toBeDefined();
  return Number(line?.trim().split(/\s+/)[0]);
};

describeWith(['moto'], 'the emulator’s process', ({ moto }) => {
  test('ends with stop', async () => {
    const emulator = await startEmulator({ python: moto, given: [], defaultAccountId: account });
    const id = childOf(process.pid);
    await emulator.stop();
    await emulator.stop();
    expect(await endsSoon(id)).toBe(true);
    await expect(fetch(emulator.url)).rejects.toThrow();
  });

  test('ends with its parent, even if that is killed', async () => {
    const launcher = join(__dirname, '../../scripts/emulate/start-emulator.ts');
    const program = `
      const { startEmulator } = require(${JSON.stringify(launcher)});
      const props = { python: ${JSON.stringify(moto)}, given: [], defaultAccountId: '${account}' };
      startEmulator(props).then(({ port }) => console.log(port));
    `;
    const loader = ['--import', pathToFileURL(require.resolve('tsx')).href];
    const parent = spawn(process.execPath, [...loader, '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(parent.stdout, 'data');
    const id = childOf(parent.pid ?? 0);
    parent.kill('SIGKILL');
    expect(await endsSoon(id)).toBe(true);
  });
});

describeWith(['moto', 'packer'], 'Packer on the emulated AWS', ({ moto }) => {
  const folder = newFolder();
  const template = join(folder, 'template');
  let emulator: RunningEmulator;
  let environment: NodeJS.ProcessEnv;

  const packer = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync('packer', args, {
      env: environment,
      encoding: 'utf8',
      cwd: folder,
    });
    return { status, stdout, stderr };
  };

  const source = (changes: object) => ({
    ami_name: 'built',
    region,
    instance_type: 't3.micro',
    source_ami: 'ami-0123456789abcdef1',
    skip_region_validation: true,
    skip_credential_validation: true,
    communicator: 'none',
    custom_endpoint_ec2: emulator.url,
    tags: { ImageHash: 'built' },
    snapshot_tags: { Name: 'built' },
    ...changes,
  });

  const write = (changes: object) => {
    mkdirSync(template, { recursive: true });
    const content = {
      source: { 'amazon-ebs': { image: source(changes) } },
      build: { sources: ['source.amazon-ebs.image'] },
    };
    writeFileSync(join(template, 'image.pkr.json'), JSON.stringify(content));
  };

  beforeAll(async () => {
    emulator = await startEmulator({ python: moto, given, defaultAccountId: account });
    const directory = join(folder, 'environment');
    environment = emulatedEnvironment({ url: emulator.url, region, accountId: account, directory });
  });

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await emulator.stop();
  });

  test('answers everything that is no build', () => {
    const { status, stdout } = packer('version');
    expect(status).toBe(0);
    expect(stdout).toContain('Packer v');
  });

  test.each([
    ['a build that would connect', { communicator: 'ssh' }, /communicator "none"/],
    ['a build at the real AWS', { custom_endpoint_ec2: undefined }, /custom_endpoint_ec2 on 127\.0\.0\.1/],
    [
      'a build at an address that begins alike',
      { custom_endpoint_ec2: 'http://127.0.0.1.example.com' },
      /custom_endpoint_ec2/,
    ],
  ])('refuses %s', (_, changes, reason) => {
    write(changes);
    const { status, stderr } = packer('build', '-color=false', template);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^packer build is refused on the emulated AWS, .*\.\n$/);
    expect(stderr).toMatch(reason);
  });

  test('builds an image that is found by its tag', async () => {
    write({});
    const { status, stdout, stderr } = packer('build', '-color=false', template);
    expect(status === 0 ? '' : stdout + stderr).toBe('');
    const props = { url: emulator.url, account, region };
    const images = await askAws(props, 'ec2', 'DescribeImages', {
      'Owner.1': 'self',
      'Filter.1.Name': 'tag:ImageHash',
      'Filter.1.Value.1': 'built',
    });
    expect(images.all('imageId')).toHaveLength(1);
    expect(images.all('rootDeviceName')).toEqual(['/dev/xvda']);
    expect(images.all('architecture')).toEqual(['x86_64']);
  });
});

describe('the emulated environment', () => {
  test('has nothing of the user’s AWS, Terraform, CDKTF or Packer settings', () => {
    const directory = newFolder();
    const before = { ...process.env };
    Object.assign(process.env, {
      AWS_PROFILE: 'x',
      TF_VAR_a: 'x',
      CDKTF_OUTDIR: 'x',
      PKR_VAR_a: 'x',
      PACKER_LOG: '1',
    });
    try {
      const environment = emulatedEnvironment({
        url: 'http://127.0.0.1:1',
        region,
        accountId: account,
        directory,
      });
      const names = Object.keys(environment).filter((name) => /^(AWS|TF|CDKTF|PKR|PACKER)_/.test(name));
      expect(names.sort()).toEqual([
        'AWS_ACCESS_KEY_ID',
        'AWS_CONFIG_FILE',
        'AWS_DEFAULT_REGION',
        'AWS_EC2_METADATA_DISABLED',
        'AWS_ENDPOINT_URL',
        'AWS_REGION',
        'AWS_SECRET_ACCESS_KEY',
        'AWS_SHARED_CREDENTIALS_FILE',
        'CDKTF_DISABLE_PLUGIN_CACHE_ENV',
        'TF_CLI_CONFIG_FILE',
        'TF_IN_AUTOMATION',
      ]);
      expect(environment).toMatchObject({
        AWS_ACCESS_KEY_ID: `EMULATED${account}`,
        NO_PROXY: '127.0.0.1,localhost',
      });
      expect(readdirSync(directory).sort()).toEqual(['aws-config', 'aws-credentials', 'bin', 'terraform.rc']);
    } finally {
      process.env = before;
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
