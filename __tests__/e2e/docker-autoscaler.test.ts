import dockerAutoscaler from '../../environments/examples/docker-autoscaler';
import type { EnvironmentInput } from '../../src/config/environment';
import { askAws, type AskAwsProps } from '../support/ask-aws';
import { Deployment } from '../support/deployment';
import { describeWith } from '../support/engines';
import type { AutoscalerInput } from '../support/environments';

/** The example of a manager that starts machines, on the real Terraform and provider and an emulated AWS. */

/** Without its cache, which takes a minute and is shown elsewhere. */
const example: EnvironmentInput = { ...dockerAutoscaler, cache: false };
const builds = example.fleets.builds as AutoscalerInput;
const region = 'eu-central-1';
const fleet = 'acme-docker-autoscaler-builds';

const withRunners = (runners: NonNullable<AutoscalerInput['runners']>): EnvironmentInput => ({
  ...example,
  fleets: { builds: { ...builds, runners } },
});

jest.setTimeout(240_000);

describeWith(['terraform', 'moto'], 'a manager that starts machines', () => {
  let deployment: Deployment;
  let asker: AskAwsProps;
  beforeAll(async () => {
    deployment = await Deployment.start('docker-autoscaler', example);
    asker = { url: deployment.emulator.url, region, account: '123456789012' };
    deployment.synth(example);
    deployment.apply();
  });
  afterAll(() => deployment.stop());

  const groupCalled = (name: string) =>
    askAws(asker, 'autoscaling', 'DescribeAutoScalingGroups', { 'AutoScalingGroupNames.member.1': name });
  const grow = (name: string, capacity: number) =>
    askAws(asker, 'autoscaling', 'SetDesiredCapacity', {
      AutoScalingGroupName: name,
      DesiredCapacity: String(capacity),
      HonorCooldown: 'false',
    });

  test('is one instance after a deploy, and none of its workers is', async () => {
    const sizes = async (name: string) => {
      const group = await groupCalled(name);
      return ['MinSize', 'MaxSize', 'DesiredCapacity'].map((key) => group.all(key).join());
    };
    expect(await sizes(fleet)).toEqual(['1', '1', '1']);
    expect(await sizes(`${fleet}-linux`)).toEqual(['0', '20', '0']);
    expect(await sizes(`${fleet}-arm`)).toEqual(['0', '2', '0']);
    expect((await groupCalled(fleet)).all('InstanceId')).toHaveLength(1);
  });

  test('is left as it is by a second plan', () => {
    expect(deployment.plan()).toEqual([]);
  });

  test('starts workers that only it ends, which a deploy leaves alone', async () => {
    await grow(`${fleet}-linux`, 3);
    const group = await groupCalled(`${fleet}-linux`);
    expect(group.all('InstanceId')).toHaveLength(3);
    expect(new Set(group.all('ProtectedFromScaleIn'))).toEqual(new Set(['true']));
    expect(deployment.plan()).toEqual([]);
  });

  test('gets a runner with workers of its own, without touching those of others', () => {
    expect(
      deployment.changes(withRunners({ ...builds.runners, gpu: { limit: 2, requestConcurrency: 2 } })),
    ).toEqual([
      'aws_autoscaling_group create',
      'aws_autoscaling_group update',
      'aws_cloudwatch_log_group create',
      'aws_iam_instance_profile create',
      'aws_iam_role create',
      'aws_iam_role_policy create',
      'aws_iam_role_policy update',
      'aws_launch_template create',
      'aws_launch_template update',
      'aws_secretsmanager_secret create',
      'aws_security_group create',
      'aws_vpc_security_group_egress_rule create',
      'aws_vpc_security_group_egress_rule create',
      'aws_vpc_security_group_egress_rule create',
      'aws_vpc_security_group_ingress_rule create',
    ]);
    deployment.apply();
    expect(deployment.plan()).toEqual([]);
  });

  test('is destroyed without a rest, with the workers that still run', async () => {
    expect(deployment.destroy()).toMatch(/Destroy complete! Resources: \d+ destroyed/);
    expect(deployment.run('state', 'list')).toBe('');
    const groups = await askAws(asker, 'autoscaling', 'DescribeAutoScalingGroups');
    expect(groups.all('AutoScalingGroupName')).toEqual([]);
    const instances = await askAws(asker, 'ec2', 'DescribeInstances', {
      'Filter.1.Name': 'instance-state-name',
      'Filter.1.Value.1': 'running',
    });
    expect(instances.all('instanceId')).toEqual([]);
  });
});
