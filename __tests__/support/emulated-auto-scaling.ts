import {
  AutoScalingClient,
  CompleteLifecycleActionCommand,
  CreateAutoScalingGroupCommand,
  type CreateAutoScalingGroupCommandInput,
  DescribeAutoScalingGroupsCommand,
  type Instance,
  type LifecycleHookSpecification,
  RecordLifecycleActionHeartbeatCommand,
  SetDesiredCapacityCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  CreateLaunchTemplateCommand,
  DescribeInstancesCommand,
  EC2Client,
  type Instance as Machine,
} from '@aws-sdk/client-ec2';
import { accessKey, SECRET_KEY } from '../../scripts/emulate/environment';
import { startEmulator } from '../../scripts/emulate/start-emulator';

const account = '111122223333';
const region = 'eu-central-1';
const imageId = 'ami-0123456789abcdef1';
const subnetIds = ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'];

/** Hooks as the product has them: an instance that does not start is given up, one that ends may end. */
export const HOOKS: readonly LifecycleHookSpecification[] = [
  { LifecycleHookName: 'boot', LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING' },
  {
    LifecycleHookName: 'drain',
    LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
    DefaultResult: 'CONTINUE',
  },
];

/** A transition whose hooks the test completes in the machine's place. */
export type Played = 'launch' | 'termination';

/** The calls that tests make most. */
const calls = (client: AutoScalingClient) => ({
  setDesired: (AutoScalingGroupName: string, DesiredCapacity: number) =>
    client.send(new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity })),

  terminate: (InstanceId: string, ShouldDecrementDesiredCapacity: boolean) =>
    client.send(
      new TerminateInstanceInAutoScalingGroupCommand({ InstanceId, ShouldDecrementDesiredCapacity }),
    ),

  complete: (group: string, hook: string, InstanceId: string, LifecycleActionResult = 'CONTINUE') =>
    client.send(
      new CompleteLifecycleActionCommand({
        AutoScalingGroupName: group,
        LifecycleHookName: hook,
        InstanceId,
        LifecycleActionResult,
      }),
    ),

  heartbeat: (group: string, hook: string, InstanceId: string) =>
    client.send(
      new RecordLifecycleActionHeartbeatCommand({
        AutoScalingGroupName: group,
        LifecycleHookName: hook,
        InstanceId,
      }),
    ),
});

/** What is asked of groups and of their machines. */
const questions = (client: AutoScalingClient, ec2: EC2Client) => {
  const describe = async (name: string) => {
    const request = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] });
    return (await client.send(request)).AutoScalingGroups?.[0];
  };
  const instances = async (name: string): Promise<readonly Instance[]> =>
    (await describe(name))?.Instances ?? [];
  const ids = async (name: string) => (await instances(name)).map(({ InstanceId = '' }) => InstanceId);
  return {
    describe,
    instances,
    ids,
    firstId: async (name: string) => (await ids(name))[0] ?? '',
    states: async (name: string) => (await instances(name)).map(({ LifecycleState }) => LifecycleState),

    /** What EC2 knows of an instance. */
    machine: async (id: string): Promise<Machine | undefined> => {
      const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
      return Reservations?.[0]?.Instances?.[0];
    },
  };
};

/** Tells the emulator something that AWS has no words for. */
const controls = (url: string) => (path: 'hooks' | 'clock', document: object) =>
  fetch(`${url}/moto-api/emulator/${path}`, { method: 'POST', body: JSON.stringify(document) });

/** Makes groups, each of a name of its own. */
const makers = (autoScaling: AutoScalingClient, ec2: EC2Client, control: ReturnType<typeof controls>) => {
  let count = 0;

  const createTemplate = async (): Promise<string> => {
    const { LaunchTemplate } = await ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: `template-${(count += 1)}`,
        LaunchTemplateData: { ImageId: imageId, InstanceType: 'm5.large' },
      }),
    );
    return LaunchTemplate?.LaunchTemplateId ?? '';
  };

  const create = async (
    settings: Partial<CreateAutoScalingGroupCommandInput> = {},
    played: readonly Played[] = [],
  ): Promise<string> => {
    const name = settings.AutoScalingGroupName ?? `group-${(count += 1)}`;
    await control('hooks', { group: name, complete: played });
    const launch = settings.MixedInstancesPolicy
      ? {}
      : { LaunchTemplate: { LaunchTemplateId: await createTemplate(), Version: '1' } };
    const group = { MinSize: 0, MaxSize: 8, VPCZoneIdentifier: subnetIds.join(','), ...launch };
    await autoScaling.send(
      new CreateAutoScalingGroupCommand({ ...group, ...settings, AutoScalingGroupName: name }),
    );
    return name;
  };

  const hooked = (played: readonly Played[], DesiredCapacity = 1) =>
    create({ LifecycleHookSpecificationList: [...HOOKS], DesiredCapacity }, played);

  return { createTemplate, create, hooked };
};

/** Starts an emulated AWS with Auto Scaling groups as the SDK sees them. */
export const startEmulatedGroups = async (python: string) => {
  const images = [{ imageId, name: 'own', architecture: 'x86_64' as const }];
  const vpcs = [{ id: 'vpc-0123456789abcdef0', subnetIds }];
  const given = [{ accountId: account, region, vpcs, images }];
  const emulator = await startEmulator({ python, given, defaultAccountId: account });
  const credentials = { accessKeyId: accessKey(account), secretAccessKey: SECRET_KEY };
  // A refusal is an answer, not to be asked for again.
  const client = { endpoint: emulator.url, region, credentials, maxAttempts: 1 };
  const [autoScaling, ec2, control] = [
    new AutoScalingClient(client),
    new EC2Client(client),
    controls(emulator.url),
  ];
  return {
    ...calls(autoScaling),
    ...questions(autoScaling, ec2),
    ...makers(autoScaling, ec2, control),
    autoScaling,
    ec2,
    client,
    control,
    stop: () => emulator.stop(),
  };
};

/** What `startEmulatedGroups` answers. */
export type EmulatedGroups = Awaited<ReturnType<typeof startEmulatedGroups>>;
