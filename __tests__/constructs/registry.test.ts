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
