import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  GetAuthorizationTokenCommand,
  GetLifecyclePolicyCommand,
  ListTagsForResourceCommand,
  PutLifecyclePolicyCommand,
} from '@aws-sdk/client-ecr';
import {
  DeleteClusterCommand,
  DeleteServiceCommand,
  DeregisterTaskDefinitionCommand,
  DescribeTasksCommand,
  GetTaskProtectionCommand,
  PutClusterCapacityProvidersCommand,
  TagResourceCommand,
} from '@aws-sdk/client-ecs';
import { emulatedEnvironment } from '../../scripts/emulate/environment';
import { overrideTerraform } from '../../scripts/emulate/override-terraform';
import { type RunningEmulator, startEmulator } from '../../scripts/emulate/start-emulator';
import { containerImageTag } from '../../src/rendering/container-image-tag';
import { ECS_GIVEN, ECS_PLACE, type EmulatedEcs, startEmulatedEcs } from '../support/emulated-ecs';
import { ecsEstate, type EcsEstateProps } from '../support/emulated-ecs-estate';
import { describeWith } from '../support/engines';

const { account, region, clusterArn, subnetIds } = ECS_PLACE;
const noTask = 'arn:aws:ecs:eu-central-1:111122223333:task/jobs/0123456789abcdef0123456789abcdef';

describeWith(['moto'], 'ECS on the emulated AWS', ({ moto }) => {
  let aws: EmulatedEcs;

  beforeAll(async () => {
    aws = await startEmulatedEcs(moto);
  });

  afterAll(() => aws.stopEmulator());

  const arnOf = async (service: string) => (await aws.list({ serviceName: service }))[0] ?? '';

  describe('a task without a launch type', () => {
    test('runs on the capacity that its cluster has by default', async () => {
      const taskDefinition = await aws.register({}, 'ARM64');
      const [task] = await aws.run({ taskDefinition, startedBy: 'driver' });
      expect(task).toMatchObject({
        clusterArn,
        lastStatus: 'RUNNING',
        desiredStatus: 'RUNNING',
        launchType: 'FARGATE',
        capacityProviderName: 'FARGATE',
        platformVersion: '1.4.0',
        startedBy: 'driver',
        group: `family:${taskDefinition.split(/[/:]/).at(-2)}`,
        cpu: '256',
        memory: '512',
        attributes: [{ name: 'ecs.cpu-architecture', value: 'arm64' }],
        createdAt: expect.any(Date) as Date,
        startedAt: expect.any(Date) as Date,
      });
      expect(task?.taskArn).toMatch(/^arn:aws:ecs:eu-central-1:111122223333:task\/jobs\/[0-9a-f]{32}$/);
    });

    test('has an address in its subnet, which its container and EC2 know', async () => {
      const [task] = await aws.run({ taskDefinition: await aws.register() });
      const details = task?.attachments?.[0]?.details ?? [];
      const [subnetId, id, address] = ['subnetId', 'networkInterfaceId', 'privateIPv4Address'].map(
        (name) => details.find((detail) => detail.name === name)?.value,
      );
      expect(subnetId).toBe(subnetIds[0]);
      expect(address).toMatch(/^10\.1\.0\./);
      expect(task?.containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address).toBe(address);
      const known = await aws.interfaces(subnetIds[0]);
      expect(known).toContainEqual(
        expect.objectContaining({ NetworkInterfaceId: id, PrivateIpAddress: address }),
      );
    });

    test.each([
      [{ FARGATE: 1, FARGATE_SPOT: 3 }, ['FARGATE', 'FARGATE_SPOT', 'FARGATE_SPOT', 'FARGATE_SPOT']],
      [{ FARGATE_SPOT: 1 }, Array<string>(4).fill('FARGATE_SPOT')],
    ])('is spread over its providers as their weights %j say', async (weights, expected) => {
      const cluster = await aws.cluster(weights);
      const tasks = await aws.run({ cluster, count: 4, taskDefinition: await aws.register() });
      expect(tasks.map(({ capacityProviderName }) => capacityProviderName).sort()).toEqual(expected);
    });

    test('is not made from a definition that is gone', async () => {
      const taskDefinition = await aws.register();
      await aws.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition }));
      await expect(aws.run({ taskDefinition })).rejects.toThrow('TaskDefinition is inactive');
    });

    test('fails where its cluster has no capacity by default', async () => {
      const request = { cluster: await aws.cluster(), taskDefinition: await aws.register() };
      await expect(aws.run(request)).rejects.toMatchObject({
        name: 'InvalidParameterException',
        message: 'No Container Instances were found in your cluster.',
      });
    });

    test('takes overrides of its containers, and of no others', async () => {
      const taskDefinition = await aws.register();
      const override = (name: string) => ({
        taskDefinition,
        overrides: {
          containerOverrides: [{ name, environment: [{ name: 'SSH_PUBLIC_KEY', value: 'key' }] }],
        },
      });
      const [task] = await aws.run(override('ci-coordinator'));
      expect(task?.overrides?.containerOverrides).toEqual(
        override('ci-coordinator').overrides.containerOverrides,
      );
      await expect(aws.run(override('other'))).rejects.toThrow(
        'Override for container named other is not a container in the TaskDefinition.',
      );
    });

    test.each([
      ['a subnet that does not exist', { subnets: ['subnet-0123456789abcdeff'] }],
      ['a group that does not exist', { subnets: [...subnetIds], securityGroups: ['sg-0123456789abcdeff'] }],
    ])('is refused in %s', async (_, awsvpcConfiguration) => {
      const request = { taskDefinition: await aws.register(), networkConfiguration: { awsvpcConfiguration } };
      await expect(aws.run(request)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    });

    test('goes on however often it is looked at, until it is stopped', async () => {
      const [task] = await aws.run({ taskDefinition: await aws.register() });
      const arn = task?.taskArn ?? '';
      for (let looks = 0; looks < 5; looks += 1) {
        expect((await aws.tasks([arn]))[0]?.lastStatus).toBe('RUNNING');
      }
      const stopped = await aws.stop(arn, 'job is over');
      expect(stopped).toMatchObject({
        lastStatus: 'STOPPED',
        stopCode: 'UserInitiated',
        stoppedReason: 'job is over',
      });
      const id = task?.attachments?.[0]?.details?.find(({ name }) => name === 'networkInterfaceId')?.value;
      const left = (await aws.interfaces(subnetIds[0])).map(({ NetworkInterfaceId }) => NetworkInterfaceId);
      expect(id).toMatch(/^eni-/);
      expect(left).not.toContain(id);
    });
  });

  describe('tasks', () => {
    test('are listed by family, starter and status, running ones by default', async () => {
      const taskDefinition = await aws.register({ family: 'listed' });
      const [one, two] = await aws.run({ taskDefinition, count: 2, startedBy: 'lister' });
      await aws.stop(one?.taskArn ?? '');
      expect(await aws.list({ family: 'listed' })).toEqual([two?.taskArn]);
      expect(await aws.list({ startedBy: 'lister' })).toEqual([two?.taskArn]);
      expect(await aws.list({ family: 'listed', desiredStatus: 'STOPPED' })).toEqual([one?.taskArn]);
      expect(await aws.list({ family: 'other' })).toEqual([]);
    });

    test('can be tagged, and show their tags when they are asked for', async () => {
      const [task] = await aws.run({ taskDefinition: await aws.register() });
      const resourceArn = task?.taskArn ?? '';
      const tags = [{ key: 'manager', value: 'one' }];
      await aws.ecs.send(new TagResourceCommand({ resourceArn, tags }));
      expect((await aws.tasks([resourceArn]))[0]?.tags).toEqual(tags);
      const request = new DescribeTasksCommand({ cluster: 'jobs', tasks: [resourceArn] });
      const { tasks } = await aws.ecs.send(request);
      expect(tasks).toEqual([expect.objectContaining({ taskArn: resourceArn })]);
      expect(tasks?.[0]?.tags).toBeUndefined();
    });

    test('that do not exist are named, and cannot be stopped', async () => {
      const request = new DescribeTasksCommand({ cluster: 'jobs', tasks: [noTask] });
      expect((await aws.ecs.send(request)).failures).toEqual([{ arn: noTask, reason: 'MISSING' }]);
      await expect(aws.stop(noTask)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    });
  });

  describe('a service', () => {
    test('keeps as many tasks running as are desired, in its subnets in turn', async () => {
      const name = await aws.service({ desiredCount: 2, tags: [{ key: 'Fleet', value: 'managers' }] });
      const before = await aws.tasksOf(name);
      const deployment = (await aws.describe(name))?.deployments?.[0];
      expect(deployment?.id).toMatch(/^ecs-svc\/\d{19}$/);
      expect(before.map(({ startedBy }) => startedBy)).toEqual([deployment?.id, deployment?.id]);
      expect(new Set(before.map(({ availabilityZone }) => availabilityZone)).size).toBe(2);
      await aws.stop(before[0]?.taskArn ?? '');
      const after = await aws.tasksOf(name);
      expect(after).toHaveLength(2);
      expect(after[0]?.taskArn).toBe(before[1]?.taskArn);
    });

    test.each([
      ['SERVICE', 'service'],
      ['TASK_DEFINITION', 'definition'],
    ] as const)('gives its tasks the tags of its %s, and ECS its own', async (propagateTags, value) => {
      const taskDefinition = await aws.register({ tags: [{ key: 'of', value: 'definition' }] });
      const tags = [{ key: 'of', value: 'service' }];
      const name = await aws.service({ taskDefinition, tags, propagateTags, enableECSManagedTags: true });
      const [task] = await aws.tasksOf(name);
      expect(task?.tags).toEqual([
        { key: 'of', value },
        { key: 'aws:ecs:clusterName', value: 'jobs' },
        { key: 'aws:ecs:serviceName', value: name },
      ]);
    });

    test('ends its tasks when none is desired any more', async () => {
      const name = await aws.service({ desiredCount: 2 });
      await aws.update(name, { desiredCount: 0 });
      expect(await aws.tasksOf(name)).toEqual([]);
      expect(await aws.describe(name)).toMatchObject({ runningCount: 0, pendingCount: 0 });
    });

    test('is made once only', async () => {
      const serviceName = await aws.service();
      await expect(aws.service({ serviceName })).rejects.toThrow('Creation of service was not idempotent.');
    });

    test('is not changed any more once it is deleted', async () => {
      const service = await aws.service();
      await aws.ecs.send(new DeleteServiceCommand({ cluster: 'jobs', service, force: true }));
      const refused = aws.update(service, { desiredCount: 2 });
      await expect(refused).rejects.toMatchObject({ name: 'ServiceNotActiveException' });
    });

    test('is not deleted while tasks are desired, unless that is forced', async () => {
      const service = await aws.service();
      const deletion = new DeleteServiceCommand({ cluster: 'jobs', service });
      await expect(aws.ecs.send(deletion)).rejects.toMatchObject({ name: 'InvalidParameterException' });
      expect((await aws.describe(service))?.status).toBe('ACTIVE');
    });

    test('cannot move its tasks to other zones without room for one more', async () => {
      const settings = {
        availabilityZoneRebalancing: 'ENABLED' as const,
        deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 0 },
      };
      await expect(aws.service(settings)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    });

    test('is drained when it is deleted, and gone with its last task', async () => {
      const name = await aws.service();
      await aws.protect([await arnOf(name)]);
      const arn = await arnOf(name);
      await aws.ecs.send(new DeleteServiceCommand({ cluster: 'jobs', service: name, force: true }));
      expect((await aws.describe(name))?.status).toBe('DRAINING');
      await aws.stop(arn);
      expect((await aws.describe(name))?.status).toBe('INACTIVE');
    });
  });

  describe('a deployment', () => {
    test('replaces the tasks of the one before it', async () => {
      const name = await aws.service({ desiredCount: 2 });
      const before = await aws.list({ serviceName: name });
      const updated = await aws.update(name, { taskDefinition: await aws.register() });
      expect(updated?.deployments?.map(({ status }) => status)).toEqual(['PRIMARY', 'ACTIVE']);
      expect(await aws.deployments(name)).toEqual([['PRIMARY', 2]]);
      const after = await aws.tasksOf(name);
      expect(after.map(({ startedBy }) => startedBy)).toEqual(
        Array(2).fill((await aws.describe(name))?.deployments?.[0]?.id),
      );
      expect(before).not.toContain(after[0]?.taskArn);
      expect((await aws.tasks(before)).map(({ stopCode }) => stopCode)).toEqual([
        'ServiceSchedulerInitiated',
        'ServiceSchedulerInitiated',
      ]);
    });

    test('begins when it is forced, and not by another number of tasks', async () => {
      const name = await aws.service();
      const id = async () => (await aws.describe(name))?.deployments?.[0]?.id;
      const first = await id();
      await aws.update(name, { desiredCount: 2, deploymentConfiguration: { maximumPercent: 150 } });
      expect(await id()).toBe(first);
      expect((await aws.describe(name))?.deploymentConfiguration).toMatchObject({
        maximumPercent: 150,
        minimumHealthyPercent: 100,
      });
      await aws.update(name, { forceNewDeployment: true });
      expect(await id()).not.toBe(first);
    });

    test('leaves a protected task until its protection is lifted', async () => {
      const name = await aws.service({ desiredCount: 2 });
      const [kept = ''] = await aws.list({ serviceName: name });
      await aws.protect([kept]);
      await aws.update(name, { forceNewDeployment: true });
      expect(await aws.deployments(name)).toEqual([
        ['PRIMARY', 2],
        ['ACTIVE', 1],
      ]);
      expect(await aws.list({ serviceName: name })).toContain(kept);
      await aws.protect([kept], false);
      expect(await aws.deployments(name)).toEqual([['PRIMARY', 2]]);
    });

    test('waits for a protected task where there is no room beside it', async () => {
      const deploymentConfiguration = { minimumHealthyPercent: 0, maximumPercent: 100 };
      const name = await aws.service({ deploymentConfiguration });
      const kept = await arnOf(name);
      await aws.protect([kept]);
      await aws.update(name, { forceNewDeployment: true });
      expect(await aws.deployments(name)).toEqual([
        ['PRIMARY', 0],
        ['ACTIVE', 1],
      ]);
      await aws.stop(kept);
      expect(await aws.deployments(name)).toEqual([['PRIMARY', 1]]);
    });

    test('is refused when five are not over yet', async () => {
      const name = await aws.service({ deploymentConfiguration: { maximumPercent: 2000 } });
      for (let deployments = 1; deployments < 5; deployments += 1) {
        await aws.update(name, { desiredCount: deployments + 1 });
        await aws.protect(await aws.list({ serviceName: name }));
        await aws.update(name, { forceNewDeployment: true });
      }
      expect(await aws.deployments(name)).toHaveLength(5);
      await expect(aws.update(name, { forceNewDeployment: true })).rejects.toThrow('5 active deployments');
    });
  });

  describe('the protection of a task', () => {
    test('ends by itself, after two hours or as it was told', async () => {
      const name = await aws.service({ desiredCount: 2 });
      const [short = '', long = ''] = await aws.list({ serviceName: name });
      await aws.protect([short], true, 10);
      const { protectedTasks } = await aws.protect([long]);
      expect(protectedTasks).toEqual([
        { taskArn: long, protectionEnabled: true, expirationDate: expect.any(Date) as Date },
      ]);
      await aws.update(name, { desiredCount: 0 });
      await aws.pass(9 * 60);
      expect(await aws.list({ serviceName: name })).toEqual([short, long]);
      await aws.pass(60);
      expect(await aws.list({ serviceName: name })).toEqual([long]);
      await aws.pass(110 * 60);
      expect(await aws.list({ serviceName: name })).toEqual([]);
    });

    test('is told to who asks', async () => {
      const arn = await arnOf(await aws.service());
      const ask = new GetTaskProtectionCommand({ cluster: 'jobs', tasks: [arn] });
      expect((await aws.ecs.send(ask)).protectedTasks).toEqual([{ taskArn: arn, protectionEnabled: false }]);
      await aws.protect([arn]);
      expect((await aws.ecs.send(ask)).protectedTasks?.[0]?.protectionEnabled).toBe(true);
    });

    test('is not for tasks without a service, nor for those that are gone', async () => {
      const [task] = await aws.run({ taskDefinition: await aws.register() });
      const { failures, protectedTasks } = await aws.protect([task?.taskArn ?? '', noTask]);
      expect(failures?.map(({ reason }) => reason)).toEqual(['TASK_NOT_VALID', 'MISSING']);
      expect(protectedTasks).toEqual([]);
    });

    test('is refused where as many others are protected as are desired', async () => {
      const name = await aws.service();
      await aws.protect([await arnOf(name)]);
      await aws.update(name, { forceNewDeployment: true });
      const [, next = ''] = await aws.list({ serviceName: name });
      const refused = await aws.protect([next]);
      expect(refused.failures).toEqual([{ arn: next, reason: 'DEPLOYMENT_BLOCKED' }]);
      await aws.update(name, { desiredCount: 2 });
      expect((await aws.protect([next])).failures).toEqual([]);
    });
  });

  describe('a cluster', () => {
    test('stays while tasks run in it', async () => {
      const cluster = await aws.cluster({ FARGATE: 1 });
      await aws.run({ cluster, taskDefinition: await aws.register() });
      const deletion = new DeleteClusterCommand({ cluster });
      await expect(aws.ecs.send(deletion)).rejects.toMatchObject({ name: 'ClusterContainsTasksException' });
    });

    test('keeps the capacity that a service is on', async () => {
      await aws.service();
      const request = { cluster: 'jobs', capacityProviders: ['FARGATE_SPOT'] };
      const taken = new PutClusterCapacityProvidersCommand({
        ...request,
        defaultCapacityProviderStrategy: [],
      });
      await expect(aws.ecs.send(taken)).rejects.toMatchObject({ name: 'ResourceInUseException' });
    });
  });

  describe('ECR', () => {
    test('has the images that are given, and no others', async () => {
      const ask = (imageTag: string) =>
        aws.ecr.send(new DescribeImagesCommand({ repositoryName: 'acme-manager', imageIds: [{ imageTag }] }));
      expect((await ask('abc')).imageDetails?.[0]).toMatchObject({
        imageTags: ['abc'],
        imageDigest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
      });
      await expect(ask('def')).rejects.toMatchObject({ name: 'ImageNotFoundException' });
    });

    test('has the tag by which a stack finds a given image, as docker:build sets it', async () => {
      const resourceArn = `arn:aws:ecr:${region}:${account}:repository/acme-manager`;
      const { tags } = await aws.ecr.send(new ListTagsForResourceCommand({ resourceArn }));
      expect(tags).toEqual([{ Key: containerImageTag('abc'), Value: 'arm64' }]);
    });

    test('keeps what a repository is told to be', async () => {
      const settings = {
        repositoryName: 'acme/worker',
        imageTagMutability: 'IMMUTABLE' as const,
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfiguration: {
          encryptionType: 'KMS' as const,
          kmsKey: `arn:aws:kms:${region}:${account}:key/11111111-2222-4333-8444-555555555555`,
        },
      };
      const lifecyclePolicyText = JSON.stringify({
        rules: [
          {
            rulePriority: 1,
            selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 10 },
            action: { type: 'expire' },
          },
        ],
      });
      const repositoryName = settings.repositoryName;
      await aws.ecr.send(new CreateRepositoryCommand(settings));
      await aws.ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
      const described = await aws.ecr.send(
        new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }),
      );
      expect(described.repositories?.[0]).toMatchObject(settings);
      const policy = await aws.ecr.send(new GetLifecyclePolicyCommand({ repositoryName }));
      expect(policy.lifecyclePolicyText).toBe(lifecyclePolicyText);
    });

    test('hands out a password that holds for hours', async () => {
      const { authorizationData } = await aws.ecr.send(new GetAuthorizationTokenCommand({}));
      const [token] = authorizationData ?? [];
      expect(token?.expiresAt?.getTime()).toBeGreaterThan(Date.now() + 3_600_000);
      expect(Buffer.from(token?.authorizationToken ?? '', 'base64').toString()).toMatch(/^AWS:./);
    });
  });
});

const dev: EcsEstateProps = { ...ECS_PLACE, name: 'acme-dev', logLevel: 'info', managers: 2 };

describeWith(['terraform', 'moto'], 'Fargate as Terraform has it', ({ moto, terraform }) => {
  const folder = mkdtempSync(join(tmpdir(), 'emulator-test-'));
  const stack = join(folder, 'stack');
  let emulator: RunningEmulator;
  let environment: NodeJS.ProcessEnv;

  const run = (...args: readonly string[]) => {
    const command = [`-chdir=${stack}`, ...args, '-no-color'];
    const { status, stdout, stderr } = spawnSync(terraform, command, { env: environment, encoding: 'utf8' });
    return { status, output: stdout + stderr };
  };

  const apply = (props: EcsEstateProps) => {
    writeFileSync(join(stack, 'cdk.tf.json'), JSON.stringify(ecsEstate(props), undefined, 1));
    const { status, output } = run('apply', '-auto-approve', '-refresh=false');
    expect(status === 0 ? '' : output).toBe('');
    return output;
  };

  /** What a plan would change; nothing, unless moto answers otherwise than it was told. */
  const planned = () => {
    const { status, output } = run('plan', '-detailed-exitcode');
    return status === 0 ? [] : output.split('\n').filter((line) => /^ *[-+~#]|Error/.test(line));
  };

  beforeAll(async () => {
    emulator = await startEmulator({ python: moto, given: ECS_GIVEN, defaultAccountId: account });
    const directory = join(folder, 'environment');
    environment = emulatedEnvironment({ url: emulator.url, region, accountId: account, directory });
    mkdirSync(stack);
    overrideTerraform(stack, account);
    writeFileSync(join(stack, 'cdk.tf.json'), JSON.stringify(ecsEstate(dev), undefined, 1));
    expect(run('init').status).toBe(0);
  }, 60_000);

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await emulator.stop();
  });

  test('is made, and is then as it was told to be', () => {
    apply(dev);
    expect(planned()).toEqual([]);
  }, 120_000);

  test('takes another definition into the service that it has', () => {
    const output = apply({ ...dev, logLevel: 'debug', managers: 3 });
    expect(output).toContain('aws_ecs_service.managers will be updated in-place');
    expect(output).toContain('2 added, 1 changed, 2 destroyed');
    expect(planned()).toEqual([]);
  }, 60_000);

  test('names an image that is missing', () => {
    const props = { ...dev, image: { ...dev.image, tag: 'def' } };
    writeFileSync(join(stack, 'cdk.tf.json'), JSON.stringify(ecsEstate(props), undefined, 1));
    const { status, output } = run('plan');
    expect(status).toBe(1);
    expect(output).toContain("reading ECR Images: couldn't find resource");
  }, 60_000);

  test('is destroyed', () => {
    writeFileSync(join(stack, 'cdk.tf.json'), JSON.stringify(ecsEstate(dev), undefined, 1));
    const { status, output } = run('destroy', '-auto-approve');
    expect(status === 0 ? '' : output).toBe('');
    expect(output).toMatch(/Destroy complete! Resources: 1[0-9] destroyed/);
  }, 120_000);
});
