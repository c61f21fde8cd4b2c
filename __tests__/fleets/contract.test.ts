import { redact } from '../../src/config/tokens';
import { readProvisioning } from '../../src/provisioning/provisioning';
import { PARAMETER_ARN, SECRET_ARN } from '../support/environments';
import { REPOSITORY } from '../support/folders';
import {
  addressOf,
  addressesOf,
  blockAt,
  blocksOf,
  carriedBy,
  needs,
  permissionsOf,
  synthesize,
  textOf,
  type Block,
  type Terraform,
} from '../support/synth';
import { BOUNDARY, autoscalers, behindProxies, groups, inCreatedNetworks, machines, tasks } from './variants';

/** What holds for every fleet, of whatever type, however it is built and encrypted. */

/** What AWS has no resource for, and what only reads: all that may be allowed on `*`. */
const onEverything = [
  'autoscaling:DescribeAutoScalingGroups',
  'cloudwatch:PutMetricData',
  'ec2:DescribeInstances',
  'ec2:DescribeKeyPairs',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSpotInstanceRequests',
  'ec2:DescribeSubnets',
  'ecr:GetAuthorizationToken',
  'ecs:ListTasks',
  'logs:DescribeLogGroups',
  'ssm:GetCommandInvocation',
  'route53:ListHostedZonesByName',
  'ssmmessages:CreateControlChannel',
  'ssmmessages:CreateDataChannel',
  'ssmmessages:OpenControlChannel',
  'ssmmessages:OpenDataChannel',
];

/** Tags of a block, in either of Terraform's forms. */
const tagsOf = ({ tags, tag = [] }: Block): unknown =>
  tags ?? Object.fromEntries((tag as { key: string; value: string }[]).map(({ key, value }) => [key, value]));

/** The one of a type that has this name. */
function addressNamed(terraform: Terraform, type: string, name: string): string {
  const found = addressesOf(terraform).filter(
    (address) => address.startsWith(`${type}.`) && blockAt(terraform, address).name === name,
  );
  if (found.length !== 1 || found[0] === undefined) throw new Error(`there is not one ${type} ${name}`);
  return found[0];
}

/** What stands under one of these keys, if it is text. */
const textsUnder = (block: Block, ...keys: string[]): string[] =>
  keys.flatMap((key) => (typeof block[key] === 'string' ? [block[key]] : []));

const variants = [...groups, ...autoscalers, ...machines, ...tasks, ...inCreatedNetworks, ...behindProxies];

describe.each(variants)('$title', ({ input, manager, logs, notNeeded }) => {
  const terraform = synthesize(input);
  const resources = addressesOf(terraform).filter((address) => !address.startsWith('data.'));
  const managerAddress = addressNamed(terraform, manager, 'acme-dev-ci');
  const managers = blockAt(terraform, managerAddress);
  const permissions = permissionsOf(terraform);
  const statements = Object.values(permissions).flat();

  test('lets in nobody but security groups', () => {
    for (const { ingress = [] } of blocksOf(terraform, 'aws_security_group'))
      for (const rule of ingress as Block[]) {
        expect(rule.security_groups).toEqual([
          expect.stringMatching(/^\$\{aws_security_group\..*\.id\}$/) as string,
        ]);
        for (const from of ['cidr_blocks', 'ipv6_cidr_blocks', 'prefix_list_ids'])
          expect(rule[from]).toEqual([]);
      }
    const inbound = Object.keys(terraform.resource).filter(
      (type) => /ingress/.test(type) || type === 'aws_security_group_rule',
    );
    expect(inbound).toEqual(['aws_vpc_security_group_ingress_rule']);
    for (const rule of blocksOf(terraform, 'aws_vpc_security_group_ingress_rule')) {
      expect(rule.referenced_security_group_id).toMatch(
        /^(sg-[0-9a-f]{17}|\$\{aws_security_group\..*\.id\})$/,
      );
      expect(Object.keys(rule).filter((key) => /cidr|prefix_list/.test(key))).toEqual([]);
      expect([22, 2376, 5000, 9252]).toContain(rule.from_port);
      expect(rule.to_port).toBe(rule.from_port);
    }
  });

  test('has no public address', () => {
    expect(JSON.stringify(terraform)).not.toMatch(/"(associate_public_ip_address|assign_public_ip)":\s*true/);
    expect(carriedBy(terraform).join('\n')).not.toContain('EnablePublicIP = true');
  });

  test('has secrets without a value', () => {
    expect(blocksOf(terraform, 'aws_secretsmanager_secret')).toHaveLength(1);
    const values = Object.keys(terraform.resource).filter((type) => /secret_version|random/.test(type));
    expect(values).toEqual([]);
    // What only a deploy knows of machines is no secret.
    const lines = Object.values(terraform.resource.aws_ssm_parameter ?? {}).flatMap((block) =>
      textsUnder(block, 'insecure_value', 'value', 'value_wo').flatMap((value) => value.split('\n')),
    );
    for (const line of lines) expect(line).toMatch(/^(ami|security-group-\d|subnet-id|vpc-id|zone)=/);
    expect(Object.keys(terraform.data).filter((type) => /secret/.test(type))).toEqual([]);
  });

  test('has nothing that looks like a token, in what it carries compressed neither', () => {
    const text = JSON.stringify(terraform);
    expect(redact(text)).toBe(text);
    const carried = carriedBy(terraform);
    expect(carried.length).toBeGreaterThan(0);
    expect(carried.filter((one) => /gl(rt|pat)-[A-Za-z0-9_-]{8}/.test(one))).toEqual([]);
  });

  test('has encrypted logs that are kept for a time', () => {
    const groupsOfLogs = blocksOf(terraform, 'aws_cloudwatch_log_group');
    expect(groupsOfLogs.map(({ name }) => name).sort()).toEqual([...logs, 'acme-dev-ec2-session'].sort());
    for (const { kms_key_id: key, retention_in_days: days } of groupsOfLogs) {
      expect(key).toMatch(/^(arn:aws:kms:|\$\{aws_kms_key\.)/);
      expect(days).toBe(90);
    }
  });

  test('encrypts what it leaves in queues', () => {
    const queues = Object.values(terraform.resource.aws_sqs_queue ?? {});
    expect(queues).toHaveLength('aws_lambda_function' in terraform.resource ? 1 : 0);
    for (const { kms_master_key_id: key } of queues)
      expect(key).toMatch(/^(arn:aws:kms:|\$\{aws_kms_key\..*\.arn\})/);
  });

  test('has roles within the boundary, each assumed by one service', () => {
    const roles = blocksOf(terraform, 'aws_iam_role');
    for (const { permissions_boundary: boundary, assume_role_policy: trust } of roles) {
      expect(boundary).toBe(BOUNDARY);
      expect(trust).toMatch(
        /"Principal":\{"Service":"(ec2|ecs-tasks|lambda|vpc-flow-logs)\.amazonaws\.com"\}/,
      );
    }
  });

  test('lets its managers read its tokens, and nobody else', () => {
    const readers = Object.entries(permissions).filter(([, own]) =>
      own.some(({ Action }) =>
        Action.some((action) => /^secretsmanager:(Batch)?Get|^ssm:GetParameter/.test(action)),
      ),
    );
    expect(readers.map(([role]) => role)).toEqual(['acme-dev-ci']);
    const resourcesOf = (action: string) =>
      statements.filter(({ Action }) => Action.includes(action)).flatMap(({ Resource }) => Resource);
    expect(resourcesOf('secretsmanager:GetSecretValue')).toEqual([
      `\${${addressOf(terraform, 'aws_secretsmanager_secret')}.arn}`,
      SECRET_ARN,
    ]);
    const parameters = resourcesOf('ssm:GetParameter').filter((one) => one !== PARAMETER_ARN);
    const ofMachines =
      'aws_ssm_parameter' in terraform.resource ? [':parameter/acme-dev-ci/deployment/*'] : [];
    expect(parameters.map((one) => one.replace(/^arn:aws:ssm:eu-central-1:(\d+|\$\{[^}]*\})/, ''))).toEqual(
      ofMachines,
    );
  });

  test('allows nothing on all resources but what reads or has no resource, and no actions by a pattern', () => {
    expect(statements.length).toBeGreaterThan(3);
    const wide = statements.filter(({ Resource }) => Resource.some((one) => /^(\*|arn:[^:]*:\*)/.test(one)));
    const allowed = wide.flatMap(({ Action }) => Action).filter((action) => !onEverything.includes(action));
    expect(allowed).toEqual([]);
    expect(statements.flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).toEqual([]);
    const metrics = statements.filter(({ Action }) => Action.includes('cloudwatch:PutMetricData'));
    for (const { Condition } of metrics)
      expect(Condition).toEqual({ StringEquals: { 'cloudwatch:namespace': 'GitLabRunner' } });
  });

  test('keeps what its managers need until the last of them is gone', () => {
    const kept = needs(terraform, managerAddress);
    // That objects of the cache expire is nothing that a job needs.
    const all = resources.filter((address) => !address.startsWith('aws_s3_bucket_lifecycle_configuration.'));
    const wanted = all.filter((address) => !notNeeded.test(address));
    expect(wanted.length).toBeGreaterThan(7);
    expect(wanted.filter((address) => !kept.has(address))).toEqual([]);
  });

  /**
   * What is made before the old one goes spreads that to all that it refers to: a fixed name would then be taken,
   * unless nothing of that resource can force a new one.
   */
  test('can be replaced: nothing that is referred to has a fixed name and a field that replaces it', () => {
    const replacing: Record<string, string[]> = {
      aws_cloudwatch_log_group: ['log_group_class', 'name_prefix'],
      aws_iam_instance_profile: ['path'],
      aws_iam_role: ['path'],
      aws_security_group: ['description', 'vpc_id'],
      aws_subnet: ['availability_zone', 'cidr_block', 'vpc_id'],
      aws_vpc: ['cidr_block'],
    };
    const started = resources.filter((address) =>
      /^aws_(launch_configuration|launch_template|ecs_task_definition)\./.test(address),
    );
    const referred = [...new Set(started.flatMap((address) => [...needs(terraform, address)]))].filter(
      (address) => !address.startsWith('data.') && !address.startsWith('aws_kms_key.'),
    );
    expect(referred.length).toBeGreaterThan(2);
    for (const address of referred) {
      const fields = replacing[address.split('.')[0] ?? ''];
      expect([address, fields]).toEqual([address, expect.any(Array)]);
      const block = blockAt(terraform, address);
      expect('name' in block && (fields ?? []).some((field) => field in block)).toBe(false);
    }
  });

  test('is named in AWS’s form', () => {
    expect(managers.name).toBe('acme-dev-ci');
    const names = resources
      .map((address) => blockAt(terraform, address))
      .flatMap((block) => textsUnder(block, 'name', 'name_prefix', 'family', 'function_name'))
      .filter((name) => !name.startsWith('${'));
    expect(names.length).toBeGreaterThan(8);
    for (const name of names) {
      expect(name).toMatch(
        /^((alias\/)?acme-dev(-[a-z0-9]+)*-?|\/acme-dev-ci\/deployment\/[a-z]+|registry\.acme-dev(-[a-z0-9]+)*\.internal)$/,
      );
      expect(name.length).toBeLessThanOrEqual(64);
    }
  });

  test('has its own tags besides those of the environment, on its managers too', () => {
    const ofEnvironment = {
      team: 'platform',
      'gitlab-runner-aws:project': 'acme',
      'gitlab-runner-aws:environment': 'dev',
    };
    expect(terraform.provider.aws).toMatchObject([{ default_tags: [{ tags: ofEnvironment }] }]);
    expect(tagsOf(managers)).toEqual({
      ...ofEnvironment,
      cost: 'ci',
      Name: 'acme-dev-ci',
      'gitlab-runner-aws:fleet': 'ci',
    });
  });

  test('is the same in a second synth, with everything read again', () => {
    expect(textOf(input, 'dev', readProvisioning(REPOSITORY))).toBe(textOf(input));
  });
});
