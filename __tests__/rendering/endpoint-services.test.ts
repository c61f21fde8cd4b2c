import type { EnvironmentInput } from '../../src/config/environment';
import type { Fleet } from '../../src/config/fleet-model';
import { endpointServices } from '../../src/rendering/endpoint-services';
import { PARAMETER_ARN, withFargate, withFleet } from '../support/environments';
import { blocksOf, synthesize } from '../support/synth';

/** Which services the fleets of an environment call, and what AWS calls their endpoints. */

const frankfurt = { partition: 'aws', region: 'eu-central-1' };
const group = { type: 'autoscaling-group' } as const;
const autoscaler = { type: 'docker-autoscaler' } as const;
const tasks = { type: 'fargate' } as const;
type Types = readonly Pick<Fleet, 'type'>[];

const shortNames = (fleets: Types, region = 'eu-central-1') =>
  Object.keys(endpointServices(fleets, { partition: 'aws', region }));

const ofGroups = [
  ...['autoscaling', 'ec2', 'ec2messages', 'ecr.api', 'ecr.dkr', 'kms', 'logs', 'monitoring'],
  ...['secretsmanager', 'ssm', 'ssmmessages', 'sts'],
];
const ofTasks = ['ecr.api', 'ecr.dkr', 'ecs', 'kms', 'logs', 'secretsmanager', 'ssm', 'sts'];

describe('the services that are called', () => {
  test.each<[string, Types, string[]]>([
    ['a group of instances', [group], ofGroups],
    ['a manager that starts machines', [autoscaler], ofGroups.filter((service) => service !== 'monitoring')],
    ['Fargate tasks', [tasks], ofTasks],
    ['both, each service once', [tasks, group, tasks], [...new Set([...ofGroups, ...ofTasks])].sort()],
    ['no fleet', [], []],
  ])('by %s', (_, fleets, expected) => {
    expect(shortNames(fleets)).toEqual(expected);
  });

  test('are the same in whatever order the fleets stand', () => {
    expect(JSON.stringify(endpointServices([tasks, group], frankfurt))).toBe(
      JSON.stringify(endpointServices([group, tasks], frankfurt)),
    );
  });

  test.each(['ap-east-2', 'ap-southeast-5', 'ap-southeast-6', 'ap-southeast-7', 'mx-central-1'])(
    'are without ec2messages in %s, where AWS does not have it',
    (region) => {
      expect(shortNames([group], region)).toEqual(ofGroups.filter((service) => service !== 'ec2messages'));
    },
  );
});

describe('the names of services', () => {
  test.each([
    ['aws', 'eu-central-1'],
    ['aws-us-gov', 'us-gov-west-1'],
  ])('in partition %s are all of one form', (partition, region) => {
    const names = endpointServices([group, tasks], { partition, region });
    expect(Object.entries(names)).toEqual(
      Object.keys(names).map((service) => [service, `com.amazonaws.${region}.${service}`]),
    );
  });

  test.each(['cn-north-1', 'cn-northwest-1'])('in %s have the prefix that some have there', (region) => {
    const names = Object.values(endpointServices([group, tasks], { partition: 'aws-cn', region }));
    const ofChina = names.filter((name) => name.startsWith('cn.'));
    expect(ofChina).toEqual(
      ['autoscaling', 'ec2', 'ecr.api', 'ecr.dkr', 'monitoring', 'sts'].map(
        (service) => `cn.com.amazonaws.${region}.${service}`,
      ),
    );
    expect(names.filter((name) => !ofChina.includes(name))).toEqual(
      ['ec2messages', 'ecs', 'kms', 'logs', 'secretsmanager', 'ssm', 'ssmmessages'].map(
        (service) => `com.amazonaws.${region}.${service}`,
      ),
    );
  });
});

/** Endpoints by the prefixes of actions in policies, where they are called otherwise. */
const endpointsOf: Readonly<Record<string, readonly string[]>> = {
  cloudwatch: ['monitoring'],
  ecr: ['ecr.api', 'ecr.dkr'],
  // ECS passes roles, and Lambda sends dead letters: both from networks of their own.
  iam: [],
  sqs: [],
  // By its gateway.
  s3: [],
};

/** The endpoints that whoever runs in the network may call, by the policies of its roles. */
function allowed(input: EnvironmentInput): string[] {
  const actions = blocksOf(synthesize(input), 'aws_iam_role_policy').flatMap(({ policy }) => {
    const { Statement } = JSON.parse(String(policy)) as { Statement: { Action: string[] }[] };
    return Statement.flatMap(({ Action }) => Action);
  });
  const prefixes = actions.map((action) => action.replace(/:.*/, ''));
  return [...new Set(prefixes.flatMap((prefix) => endpointsOf[prefix] ?? [prefix]))];
}

describe('every service that policies allow has an endpoint', () => {
  const runners = { made: {}, given: { token: { parameterArn: PARAMETER_ARN } } };
  test('for a group of instances that follows its jobs', () => {
    const services = allowed(withFleet({ scaling: { type: 'jobs' }, runners }));
    expect(services).toEqual(expect.arrayContaining(['autoscaling', 'ec2', 'monitoring', 'ssm', 'logs']));
    expect(ofGroups).toEqual(expect.arrayContaining(services));
  });

  test('for Fargate tasks', () => {
    // The function that ends orphans runs outside of the network, and measures from there.
    const services = allowed(withFargate({ runners })).filter((service) => service !== 'monitoring');
    expect(services).toEqual(expect.arrayContaining(['ecs', 'ecr.api', 'secretsmanager', 'ssm', 'logs']));
    expect(ofTasks).toEqual(expect.arrayContaining(services));
  });
});
