import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import { groupStateOf } from '../../../src/functions/scaling/group';

/** What AWS's description of a group comes to. */

const described = (fields: Partial<AutoScalingGroup>): AutoScalingGroup => ({
  AutoScalingGroupName: 'acme-dev-linux',
  MinSize: 1,
  MaxSize: 8,
  DesiredCapacity: 2,
  DefaultCooldown: 300,
  AvailabilityZones: ['eu-central-1a'],
  HealthCheckType: 'EC2',
  CreatedTime: new Date(0),
  ...fields,
});

const stateOf = (LifecycleState: string | undefined, fields: object = {}) => {
  const instance = { InstanceId: 'i-1', AvailabilityZone: 'eu-central-1a', LifecycleState, ...fields };
  // AWS may name states that this version of the SDK does not know.
  const group = described({ Instances: [instance as NonNullable<AutoScalingGroup['Instances']>[number]] });
  return groupStateOf(group)?.members;
};

test.each([
  ['Pending', 'launching'],
  ['Pending:Wait', 'launching'],
  ['Pending:Proceed', 'launching'],
  ['InService', 'in-service'],
  ['Terminating', 'draining'],
  ['Terminating:Wait', 'draining'],
  ['Terminating:Proceed', 'draining'],
  ['Terminating:Retained', 'draining'],
  ['Detaching', 'draining'],
  ['EnteringStandby', 'standby'],
  ['Standby', 'standby'],
  ['Quarantined', 'standby'],
  ['Warmed:Stopped', 'standby'],
  ['SomethingNew', 'standby'],
  [undefined, 'standby'],
])('an instance that is %s is %s', (lifecycleState, state) => {
  expect(stateOf(lifecycleState)).toEqual([{ id: 'i-1', zone: 'eu-central-1a', state, isProtected: false }]);
});

test.each(['Terminated', 'Detached'])('an instance that is %s is not there', (lifecycleState) => {
  expect(stateOf(lifecycleState)).toEqual([]);
});

test('an instance may be protected by an operator', () => {
  expect(stateOf('InService', { ProtectedFromScaleIn: true })).toMatchObject([{ isProtected: true }]);
});

test('the bounds and the size are those that AWS has now', () => {
  expect(groupStateOf(described({}))).toEqual({ size: { min: 1, max: 8, desired: 2 }, members: [] });
});

test('a group that is not there, or is being deleted, is none', () => {
  expect(groupStateOf(undefined)).toBeUndefined();
  expect(groupStateOf(described({ Status: 'Delete in progress' }))).toBeUndefined();
});

test('rejects a description without bounds', () => {
  expect(() => groupStateOf(described({ MaxSize: undefined }))).toThrow('has no bounds');
});
