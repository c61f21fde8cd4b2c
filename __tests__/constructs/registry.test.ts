import { PortExit } from '../../src/constructs/port-exit';
import { PrivateZone } from '../../src/constructs/private-zone';
import { blockOf, synthesizeScope } from '../support/synth';

/** What a manager's mirror of Docker Hub is reached by, with everything that Terraform gets. */

test('PrivateZone is known in one VPC only, and is destroyed with the records that machines made', () => {
  const terraform = synthesizeScope((scope) => {
    new PrivateZone(scope, 'zone', { domain: 'a.internal', description: 'b', vpcId: 'vpc-1' });
  });
  expect(blockOf(terraform, 'aws_route53_zone')).toEqual({
    name: 'a.internal',
    comment: 'b',
    force_destroy: true,
    vpc: [{ vpc_id: 'vpc-1' }],
  });
});

test('PortExit leads to one port of one group', () => {
  const terraform = synthesizeScope((scope) => {
    new PortExit(scope, 'exit', { securityGroupId: 'sg-1', port: 5000, toGroupId: 'sg-2' });
  });
  expect(blockOf(terraform, 'aws_vpc_security_group_egress_rule')).toEqual({
    security_group_id: 'sg-1',
    referenced_security_group_id: 'sg-2',
    ip_protocol: 'tcp',
    from_port: 5000,
    to_port: 5000,
    lifecycle: { create_before_destroy: true },
  });
});
