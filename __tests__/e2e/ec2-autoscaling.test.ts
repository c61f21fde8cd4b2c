import ec2Autoscaling from '../../environments/examples/ec2-autoscaling';
import type { EnvironmentInput } from '../../src/config/environment';
import { askAws, type AskAwsProps } from '../support/ask-aws';
import { Deployment } from '../support/deployment';
import { describeWith } from '../support/engines';
import type { GroupInput } from '../support/environments';

/** The example of a group that follows its jobs, on the real Terraform and provider and an emulated AWS. */

/** Without its cache, which takes a minute and is shown elsewhere. */
const example: EnvironmentInput = { ...ec2Autoscaling, cache: false };
const { linux } = example.fleets;
if (linux === undefined) throw new Error('the example has no fleet');
const region = 'eu-central-1';

const withFleet = (fields: Partial<GroupInput>): EnvironmentInput => ({
  ...example,
  fleets: { linux: { ...linux, ...fields } as GroupInput },
});

jest.setTimeout(240_000);

describeWith(['terraform', 'moto'], 'a group that follows its jobs', () => {
  let deployment: Deployment;
  let asker: AskAwsProps;
  beforeAll(async () => {
    deployment = await Deployment.start('ec2-autoscaling', example);
    asker = { url: deployment.emulator.url, region, account: '123456789012' };
    deployment.synth(example);
    deployment.apply();
  });
  afterAll(() => deployment.stop());

  test('is there after a deploy, with both hooks from its first instance on', async () => {
    const hooks = await askAws(asker, 'autoscaling', 'DescribeLifecycleHooks', {
      AutoScalingGroupName: 'acme-ec2-autoscaling-linux',
    });
    expect(hooks.all('LifecycleHookName').sort()).toEqual(['drain', 'launch']);
    expect(hooks.all('HeartbeatTimeout').sort()).toEqual(['1800', '3600']);
    expect(hooks.all('DefaultResult').sort()).toEqual(['ABANDON', 'CONTINUE']);
  });

  test('is left as it is by a second plan', () => {
    expect(deployment.plan()).toEqual([]);
  });

  test('is left as large as the jobs and the calendar made it', async () => {
    await askAws(asker, 'autoscaling', 'UpdateAutoScalingGroup', {
      AutoScalingGroupName: 'acme-ec2-autoscaling-linux',
      MinSize: '0',
      MaxSize: '9',
      DesiredCapacity: '3',
    });
    expect(deployment.plan()).toEqual([]);
  });

  test('gets a project with its secret, and lets its instances drain for it', () => {
    const more = withFleet({ runners: { ...linux.runners, mobile: { requestConcurrency: 2 } } });
    expect(deployment.changes(more)).toEqual([
      'aws_autoscaling_group update',
      'aws_iam_role_policy update',
      'aws_launch_template update',
      'aws_secretsmanager_secret create',
    ]);
    deployment.apply();
    expect(deployment.plan()).toEqual([]);
  });

  test('gets another headroom without touching an instance', () => {
    const headroom = withFleet({
      runners: { ...linux.runners, mobile: { requestConcurrency: 2 } },
      scaling: { type: 'jobs', headroomJobs: 7 },
    });
    expect(deployment.changes(headroom)).toEqual(['aws_lambda_function update']);
    deployment.apply();
  });

  test('is destroyed without a rest', async () => {
    expect(deployment.destroy()).toMatch(/Destroy complete! Resources: \d+ destroyed/);
    expect(deployment.run('state', 'list')).toBe('');
    const groups = await askAws(asker, 'autoscaling', 'DescribeAutoScalingGroups');
    expect(groups.all('AutoScalingGroupName')).toEqual([]);
  });
});
