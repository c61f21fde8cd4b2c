import dockerMachine from '../../environments/examples/docker-machine';
import type { EnvironmentInput } from '../../src/config/environment';
import { askAws, askAwsJson, type AskAwsProps } from '../support/ask-aws';
import { Deployment } from '../support/deployment';
import { describeWith } from '../support/engines';
import type { DockerMachineInput } from '../support/environments';

/** The example of a manager with Docker Machine, in a network that is made, on the real Terraform and an emulated AWS. */

/** Without its cache, which takes a minute and is shown elsewhere. */
const example: EnvironmentInput = { ...dockerMachine, cache: false };
const machines = example.fleets.machines as DockerMachineInput;
const region = 'eu-central-1';
const fleet = 'acme-docker-machine-machines';

const withRunners = (runners: NonNullable<DockerMachineInput['runners']>): EnvironmentInput => ({
  ...example,
  fleets: { machines: { ...machines, runners } },
});

jest.setTimeout(300_000);

describeWith(['terraform', 'moto'], 'a manager with Docker Machine', () => {
  let deployment: Deployment;
  let asker: AskAwsProps;
  beforeAll(async () => {
    deployment = await Deployment.start('docker-machine', example);
    asker = { url: deployment.emulator.url, region, account: '123456789012' };
    deployment.synth(example);
    deployment.apply();
  });
  afterAll(() => deployment.stop());

  const outputs = () => JSON.parse(deployment.run('output', '-json')) as Record<string, { value: unknown }>;

  test('is one instance after a deploy, and is left as it is by a second plan', async () => {
    const group = await askAws(asker, 'autoscaling', 'DescribeAutoScalingGroups');
    expect(group.all('AutoScalingGroupName')).toEqual([fleet]);
    expect(group.all('InstanceId')).toHaveLength(1);
    expect(deployment.plan()).toEqual([]);
  });

  test('finds in parameters what only a deploy knows of its machines', async () => {
    const name = `/${fleet}/deployment/builds`;
    const { Parameter } = await askAwsJson(asker, 'ssm', 'AmazonSSM.GetParameter', { Name: name });
    const { Value: value } = Parameter as { Value: string };
    const groups = await askAws(asker, 'ec2', 'DescribeSecurityGroups', {
      'Filter.1.Name': 'group-name',
      'Filter.1.Value.1': `${fleet}-builds-*`,
    });
    const [subnet] = outputs().subnet_ids?.value as string[];
    expect(Object.fromEntries(value.split('\n').map((line) => line.split('=')))).toEqual({
      'vpc-id': outputs().vpc_id?.value,
      'subnet-id': subnet,
      zone: 'a',
      ami: expect.stringMatching(/^ami-[0-9a-f]+$/) as string,
      'security-group-0': groups.all('groupName')[0],
    });
  });

  test('gets a runner with machines of its own, without touching those of others', () => {
    expect(
      deployment.changes(withRunners({ ...machines.runners, gpu: { limit: 2, requestConcurrency: 2 } })),
    ).toEqual([
      'aws_autoscaling_group update',
      'aws_iam_instance_profile create',
      'aws_iam_role create',
      'aws_iam_role_policy update',
      'aws_launch_template update',
      'aws_secretsmanager_secret create',
      'aws_security_group create',
      'aws_ssm_parameter create',
      ...Array<string>(2).fill('aws_vpc_security_group_egress_rule create'),
    ]);
    deployment.apply();
    expect(deployment.plan()).toEqual([]);
  });

  test('is destroyed without a rest', () => {
    expect(deployment.destroy()).toMatch(/Destroy complete! Resources: \d+ destroyed/);
    expect(deployment.run('state', 'list')).toBe('');
  });
});
