import type { FargateInput } from '../support/environments';
import { blocksOf, type Terraform } from '../support/synth';
import { containerOf, definitionOf, groupOf, stackOf, variablesOf, withTask } from './fargate-stack';

/** Who reaches whom in a fleet of Fargate tasks, and what has no way out. */

const smallest = stackOf();
const subnet = 'subnet-0a1b2c3d4e5f60718';
const given = 'sg-0a1b2c3d4e5f60719';

describe('the network', () => {
  const ingress = (terraform: Terraform) =>
    blocksOf(terraform, 'aws_vpc_security_group_ingress_rule').map((rule) => [
      rule.referenced_security_group_id,
      rule.security_group_id,
      rule.ip_protocol,
      { from_port: rule.from_port, to_port: rule.to_port },
    ]);
  const port = (number: number) => ({ from_port: number, to_port: number });
  /** One that is removed goes after the managers were told. */
  const lifecycle = { create_before_destroy: true };
  const egressOf = (terraform: Terraform, from: string) =>
    blocksOf(terraform, 'aws_vpc_security_group_egress_rule').filter(
      ({ security_group_id: id }) => id === from,
    );
  const everything = (from: string) => [
    { security_group_id: from, cidr_ipv4: '0.0.0.0/0', ip_protocol: '-1', lifecycle },
    { security_group_id: from, cidr_ipv6: '::/0', ip_protocol: '-1', lifecycle },
  ];
  const ssh = (from: string, to: string) => ({
    security_group_id: from,
    referenced_security_group_id: to,
    ip_protocol: 'tcp',
    ...port(22),
    lifecycle,
  });

  test('lets managers reach jobs by SSH, and nobody reach anything else', () => {
    const [managers, jobs] = [groupOf(smallest, 'Managers'), groupOf(smallest, 'Jobs')];
    expect(ingress(smallest)).toEqual([[managers, jobs, 'tcp', port(22)]]);
    expect(egressOf(smallest, managers)).toEqual(
      expect.arrayContaining([...everything(managers), ssh(managers, jobs)]),
    );
    expect(egressOf(smallest, managers)).toHaveLength(3);
    expect(egressOf(smallest, jobs)).toEqual(expect.arrayContaining(everything(jobs)));
    expect(egressOf(smallest, jobs)).toHaveLength(2);
  });

  test('lets managers reach jobs in a given group too, each group once', () => {
    const inGiven = { task: { securityGroupId: given } };
    const terraform = stackOf({ runners: { a: inGiven, b: inGiven, c: {} } });
    const [managers, jobs] = [groupOf(terraform, 'Managers'), groupOf(terraform, 'Jobs')];
    expect(ingress(terraform)).toHaveLength(2);
    expect(ingress(terraform)).toEqual(
      expect.arrayContaining([
        [managers, given, 'tcp', port(22)],
        [managers, jobs, 'tcp', port(22)],
      ]),
    );
    expect(egressOf(terraform, managers)).toEqual(
      expect.arrayContaining([ssh(managers, given), ssh(managers, jobs)]),
    );
  });

  test('makes no group of jobs where all have one given', () => {
    const terraform = withTask({ securityGroupId: given });
    expect(blocksOf(terraform, 'aws_security_group').map(({ description }) => description)).toEqual([
      'Managers of acme-dev-jobs',
    ]);
    expect(ingress(terraform)).toEqual([[groupOf(terraform, 'Managers'), given, 'tcp', port(22)]]);
    const variables = variablesOf(containerOf(definitionOf(terraform, 'acme-dev-jobs')));
    expect(variables.WORKERS_SECURITY_GROUP).toBe('');
  });

  test('has the way out that the model says, and SSH to jobs besides', () => {
    const terraform = stackOf({ egress: [{ cidr: '10.0.0.0/8', port: 443 }] });
    const [managers, jobs] = [groupOf(terraform, 'Managers'), groupOf(terraform, 'Jobs')];
    const https = (from: string) => ({
      security_group_id: from,
      cidr_ipv4: '10.0.0.0/8',
      ip_protocol: 'tcp',
      ...port(443),
      lifecycle,
    });
    const ofManagers = egressOf(terraform, managers);
    expect(ofManagers).toHaveLength(2);
    expect(ofManagers).toEqual(expect.arrayContaining([https(managers), ssh(managers, jobs)]));
    expect(egressOf(terraform, jobs)).toEqual([https(jobs)]);
  });

  test('shows the managers’ metrics to the named groups only', () => {
    const prometheus = 'sg-0a1b2c3d4e5f6071a';
    const terraform = stackOf({ metrics: { port: 9100, allowedSecurityGroupIds: [prometheus] } });
    const managers = groupOf(terraform, 'Managers');
    expect(ingress(terraform).filter(([from]) => from === prometheus)).toEqual([
      [prometheus, managers, 'tcp', port(9100)],
    ]);
    expect(ingress(terraform)).toHaveLength(2);
  });

  test('is looked at in the plan, for each subnet once in which a task has no public address', () => {
    const others = [
      'subnet-0a1b2c3d4e5f6071a',
      'subnet-0a1b2c3d4e5f6071b',
      'subnet-0a1b2c3d4e5f6071c',
    ] as const;
    const checksOf = (fields: Partial<FargateInput>) =>
      Object.values((stackOf(fields) as unknown as { check?: Record<string, unknown> }).check ?? {});
    const [check, ...more] = checksOf({});
    expect(more).toEqual([]);
    expect(check).toMatchObject({
      assert: {
        condition: expect.stringMatching(/^\$\{!data\.aws_subnet\..*\.map_public_ip_on_launch\}$/) as string,
        error_message: `${subnet} gives public addresses, as subnets do whose way out is an internet gateway. A task of acme-dev-jobs without assignPublicIp gets none, and reaches nothing from there. Let the subnet have a NAT gateway, or interface endpoints.`,
      },
    });
    const looked = checksOf({
      managers: { subnetIds: [others[0]], assignPublicIp: true },
      runners: {
        a: { task: { subnetId: others[1] } },
        b: { task: { subnetId: others[1] } },
        c: { task: { subnetId: others[2], assignPublicIp: true } },
      },
    });
    expect(looked).toHaveLength(1);
    expect(JSON.stringify(looked)).toContain(`${others[1]} gives public addresses`);
    const open = { assignPublicIp: true };
    expect(checksOf({ managers: open, runners: { a: { task: open } } })).toEqual([]);
  });
});
