import { AutoScalingClient, type AutoScalingClientConfig } from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { clientSettings } from '../../../src/functions/client-settings';
import { privateAddresses } from '../../../src/functions/scaling/addresses';
import { answerOf, refusalOf } from '../../../src/functions/scaling/calls';
import { autoScalingGroup } from '../../../src/functions/scaling/group';
import { publish } from '../../../src/functions/scaling/publish';
import { PlayedAws, refused } from '../played-aws';

/** The calls of AWS, by the real SDK against an end point that plays what AWS may answer. */

const settings = {
  groupName: 'acme-dev-linux',
  metricsPort: 9252,
  namespace: 'GitLabRunner',
  headroomJobs: 2,
  idleTimeSeconds: 120,
  capacityPerInstance: 4,
};

const metrics = {
  Jobs: 3,
  WaitingJobs: 0,
  Utilization: 37.5,
  DesiredInstances: 2,
  InServiceInstances: 2,
  IdleInstances: 1,
  DrainingInstances: 0,
  ScrapeFailures: 0,
};

const reasonOf = (settled: PromiseSettledResult<unknown>): string =>
  settled.status === 'rejected' ? String(settled.reason) : 'no error';

describe('the calls of AWS', () => {
  let aws: PlayedAws;
  beforeEach(async () => {
    aws = await PlayedAws.start();
  });
  afterEach(() => aws.stop());

  const client = () => ({
    ...clientSettings,
    endpoint: aws.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'played' },
  });
  const groupBy = (settings: AutoScalingClientConfig, name = 'acme-dev-linux') => {
    const one = new AutoScalingClient(settings);
    return autoScalingGroup(one, one, name);
  };
  const group = () => groupBy(client());
  const parameters = (index = 0) => Object.fromEntries(new URLSearchParams(aws.calls[index]?.body));

  test('set the size of the group without waiting for its cooldown', async () => {
    aws.play = () => ({ body: '<SetDesiredCapacityResponse/>' });
    await group().resize(7);
    expect(parameters()).toMatchObject({
      Action: 'SetDesiredCapacity',
      AutoScalingGroupName: 'acme-dev-linux',
      DesiredCapacity: '7',
      HonorCooldown: 'false',
    });
  });

  test('end one instance, and make the group smaller by it', async () => {
    aws.play = () => ({ body: '<TerminateInstanceInAutoScalingGroupResponse/>' });
    await group().end('i-1');
    expect(parameters()).toMatchObject({
      Action: 'TerminateInstanceInAutoScalingGroup',
      InstanceId: 'i-1',
      ShouldDecrementDesiredCapacity: 'true',
    });
  });

  test('find the addresses of the group on all pages', async () => {
    const pageOf = (id: string, more: string) =>
      `<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>i-${id}</instanceId><privateIpAddress>10.0.0.${id}</privateIpAddress></item><item><instanceId>i-without-${id}</instanceId></item></instancesSet></item></reservationSet>${more}</DescribeInstancesResponse>`;
    aws.play = ({ body }) => ({
      body: body.includes('NextToken=more') ? pageOf('2', '') : pageOf('1', '<nextToken>more</nextToken>'),
    });
    const addresses = await privateAddresses(new EC2Client(client()), 'acme-dev-linux');
    expect(Object.fromEntries(addresses)).toEqual({ 'i-1': '10.0.0.1', 'i-2': '10.0.0.2' });
    expect(parameters()).toMatchObject({
      'Filter.1.Name': 'tag:aws:autoscaling:groupName',
      'Filter.1.Value.1': 'acme-dev-linux',
      MaxResults: '1000',
    });
    expect(aws.actions).toEqual(['DescribeInstances', 'DescribeInstances']);
  });

  test('send all metrics at once, each with its unit and the group that it is of', async () => {
    aws.play = () => ({ body: '{}' });
    await publish(new CloudWatchClient(client()), settings, metrics);
    expect(aws.actions).toEqual(['PutMetricData']);
    const { Namespace, MetricData } = JSON.parse(aws.calls[0]?.body ?? '') as {
      Namespace: string;
      MetricData: { MetricName: string; Value: number; Unit: string; Dimensions: object[] }[];
    };
    expect(Namespace).toBe('GitLabRunner');
    expect(Object.fromEntries(MetricData.map(({ MetricName, Value }) => [MetricName, Value]))).toEqual(
      metrics,
    );
    expect(MetricData.filter(({ Unit }) => Unit === 'Percent').map(({ MetricName }) => MetricName)).toEqual([
      'Utilization',
    ]);
    for (const { Dimensions } of MetricData)
      expect(Dimensions).toEqual([{ Name: 'AutoScalingGroupName', Value: 'acme-dev-linux' }]);
  });

  test('are tried again when throttled', async () => {
    const body = '<SetDesiredCapacityResponse/>';
    aws.play = (call) => (aws.calls.length < 3 ? refused('Throttling', call) : { body });
    await group().resize(7);
    expect(aws.calls).toHaveLength(3);
  });

  test.each(['Throttling', 'ScalingActivityInProgress', 'ResourceContention', 'ValidationError'])(
    'may be refused with %s, which is told',
    async (code) => {
      aws.play = (call) => refused(code, call);
      await expect(refusalOf(group().resize(7))).resolves.toMatch(new RegExp(`^${code}(Fault)?: Not now$`));
    },
  );

  test('of CloudWatch may be throttled, which is told', async () => {
    aws.play = (call) => refused('ThrottlingException', call);
    const publishing = publish(new CloudWatchClient(client()), settings, metrics);
    await expect(refusalOf(publishing)).resolves.toBe('ThrottlingException: Not now');
    expect(aws.calls).toHaveLength(3);
  });

  test('may be forbidden, which is an error', async () => {
    aws.play = (call) => refused('AccessDenied', call);
    await expect(refusalOf(group().resize(7))).rejects.toThrow('Not now');
  });

  test('without an answer name the API, and what the subnets need', async () => {
    aws.play = () => 'silence';
    const { requestHandler } = clientSettings;
    const hurried = { ...client(), requestHandler: { ...requestHandler, requestTimeout: 20 } };
    const hurriedGroup = groupBy(hurried);
    const failures = await Promise.allSettled<unknown>([
      hurriedGroup.read(),
      hurriedGroup.resize(7),
      hurriedGroup.end('i-1'),
      privateAddresses(new EC2Client(hurried), 'acme-dev-linux'),
      publish(new CloudWatchClient(hurried), settings, metrics),
    ]);
    const words = 'does not answer: the subnets of the function need a way to it (interface endpoint';
    expect(failures.map((failure) => /Error: (.*), or NAT\)/.exec(reasonOf(failure))?.[1])).toEqual([
      ...Array.from({ length: 3 }, () => `Amazon EC2 Auto Scaling ${words} autoscaling`),
      `Amazon EC2 ${words} ec2`,
      `Amazon CloudWatch ${words} monitoring`,
    ]);
  });

  test('without a connection name the API too', async () => {
    const failure = Object.assign(new Error('no connection within 2500 ms'), { name: 'TimeoutError' });
    const call = answerOf({ name: 'Amazon EC2', endpoint: 'ec2' }, Promise.reject(failure));
    await expect(call).rejects.toThrow(
      'Amazon EC2 does not answer: the subnets of the function need a way to it',
    );
  });

  test('end long before the function does where nothing answers', async () => {
    aws.play = () => 'silence';
    const { maxAttempts, requestHandler } = clientSettings;
    const hurried = { ...client(), requestHandler: { ...requestHandler, requestTimeout: 20 } };
    await expect(groupBy(hurried, 'a').read()).rejects.toThrow('does not answer');
    expect(aws.calls).toHaveLength(maxAttempts);
    expect(maxAttempts * requestHandler.requestTimeout).toBeLessThan(20_000);
    expect(maxAttempts * requestHandler.connectionTimeout).toBeLessThan(10_000);
  });
});
