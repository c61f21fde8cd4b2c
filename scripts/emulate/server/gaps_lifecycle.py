"""Auto Scaling: the life of instances, from their launch to their end, with the hooks that hold them.

Pending:Wait -> InService -> Terminating:Wait -> gone. Nothing runs on an emulated machine, so the emulator
completes its lifecycle actions at once, unless a test says that it plays the machine (see gaps_hooks.py).
"""

import threading

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, InstanceState
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult

import clock
import gaps_activities as activities
from gaps import added, gap, wrapped
from gaps_launches import counted, launch_instance

# Terraform works on ten resources at a time, and a group's instances are one list.
LOCK = threading.RLock()

LAUNCHING = 'autoscaling:EC2_INSTANCE_LAUNCHING'
TERMINATING = 'autoscaling:EC2_INSTANCE_TERMINATING'

# Transitions that a test completes itself, by the group's name.
completed_by_test = {}


class Wait:
    """An instance that waits for one of its hooks to be completed."""

    def __init__(self, hook):
        self.hook = hook
        self.ends = clock.elapsed() + hook.global_timeout
        self.heartbeat()

    def heartbeat(self):
        """Starts the time-out anew; no heartbeat reaches beyond the hook's global time-out."""
        self.due = min(clock.elapsed() + self.hook.heartbeat_timeout, self.ends)

    def result(self):
        """How it ends by itself, if it does so now."""
        if self.hook.lifecycle_transition not in completed_by_test.get(self.hook.auto_scaling_group_name, ()):
            return 'CONTINUE'
        return self.hook.default_result if self.due <= clock.elapsed() else None


def _wait(group, state, lifecycle_state, transition):
    hooks = group.autoscaling_backend.describe_lifecycle_hooks(group.name)
    state.lifecycle_state = lifecycle_state
    state.waits = {hook.name: Wait(hook) for hook in hooks if hook.lifecycle_transition == transition}
    if not state.waits:
        return _go_on(group, state, 'CONTINUE')
    activities.wait(state.activity)
    _settle(group, state)


def _settle(group, state):
    """Completes what completes by itself."""
    for wait in list(state.waits.values()):
        result = wait.result()
        if result and wait.hook.name in state.waits:
            complete(group, state, wait.hook.name, result)


def settle(backend):
    """Completes what completes by itself in every group."""
    for group in list(backend.autoscaling_groups.values()):
        for state in list(group.instance_states):
            _settle(group, state)


def complete(group, state, hook_name, result):
    """Completes one action of an instance; to abandon is to skip the others."""
    del state.waits[hook_name]
    if result == 'ABANDON':
        state.waits = {}
    if not state.waits:
        _go_on(group, state, result)


def _go_on(group, state, result):
    if is_ending(state):
        activities.end(state.activity, 'Successful')
        remove(group, state)
    elif result == 'CONTINUE':
        state.lifecycle_state = 'InService'
        activities.end(state.activity, 'Successful')
    else:
        terminate(group, state, 'in response to a launch that was abandoned')
        adjust(group)


def is_ending(state):
    """Whether an instance is on its way out."""
    return state.lifecycle_state.startswith('Terminating')


def remove(group, state):
    """An instance ends now, whatever it waits for."""
    group.instance_states = [other for other in group.instance_states if other is not state]
    group.ec2_backend.terminate_instances([state.instance.id])


def launch(group, reason):
    """Launches an instance, which is in service when its hooks are completed."""
    state = launch_instance(group)
    description = 'Launching a new EC2 instance: %s' % state.instance.id
    state.activity = activities.begin(group, description, 'an instance was started %s.' % reason)
    _wait(group, state, 'Pending:Wait', LAUNCHING)


def terminate(group, state, reason):
    """Ends an instance, which is gone when its hooks are completed."""
    if state.activity.get('StatusCode') == 'MidLifecycleAction':
        activities.end(state.activity, 'Cancelled')
    cause = 'instance %s was taken out of service %s.' % (state.instance.id, reason)
    state.activity = activities.begin(group, 'Terminating EC2 instance: %s' % state.instance.id, cause)
    _wait(group, state, 'Terminating:Wait', TERMINATING)


def _to_scale_in(group, count):
    """The instances that go: of the zone that has most, the oldest; the newest if the group says so."""
    candidates = [state for state in counted(group) if not state.protected_from_scale_in]
    if 'NewestInstance' in group.termination_policies:
        candidates.reverse()
    zones = [state.availability_zone for state in counted(group)]
    chosen = []
    for _ in range(min(count, len(candidates))):
        state = max(candidates, key=lambda candidate: zones.count(candidate.availability_zone))
        candidates.remove(state)
        zones.remove(state.availability_zone)
        chosen.append(state)
    return chosen


def adjust(group):
    """Launches or terminates instances until there are as many as desired."""
    size, desired = len(counted(group)), int(group.desired_capacity or 0)
    difference = 'in response to a difference between desired and actual capacity'
    reason = '%s, changing the capacity from %d to %d' % (difference, size, desired)
    for _ in range(desired - size):
        launch(group, reason)
    for state in _to_scale_in(group, size - desired):
        terminate(group, state, reason)


def check_capacity(desired, minimum, maximum):
    """AWS's refusal of a capacity out of bounds."""
    if not int(minimum or 0) <= int(desired or 0) <= int(maximum or 0):
        message = 'Desired capacity:%s must be between the specified min size:%s and max size:%s'
        raise ValidationError(message % (desired, minimum, maximum))


@gap('Auto Scaling', 'a desired capacity out of bounds is taken')
@gap('Auto Scaling', 'instances end at once, whatever hooks the group has')
@gap('Auto Scaling', 'a share of spot instances loses instances in rounding')
def capacity():
    # Of instances that were attached.
    InstanceState.waits, InstanceState.activity = {}, {}

    @added(FakeAutoScalingGroup, 'set_desired_capacity')
    def set_desired_capacity(group, new_capacity):
        # None: creation without a desired capacity.
        desired = group.min_size if new_capacity is None else new_capacity
        check_capacity(desired, group.min_size, group.max_size)
        group.desired_capacity = desired
        adjust(group)

    @added(AutoScalingBackend, 'notify_terminate_instances')
    def notify_terminate_instances(backend, instance_ids):
        """EC2 has terminated instances by itself: no hook is heard, and they are replaced."""
        with LOCK:
            for group in backend.autoscaling_groups.values():
                left = [state for state in group.instance_states if state.instance.id not in instance_ids]
                if len(left) < len(group.instance_states):
                    group.instance_states = left
                    adjust(group)


@gap('Auto Scaling', 'two calls at a time mix up the instances of a group')
def one_call_at_a_time():
    @wrapped(AutoScalingResponse, 'call_action')
    def call_action(original, response):
        with LOCK:
            settle(response.autoscaling_backend)
            return original(response)


def _managed(backend, instance_id):
    """The instance and its group."""
    for group in backend.autoscaling_groups.values():
        for state in group.instance_states:
            if state.instance.id == instance_id:
                return group, state
    message = 'Instance Id not found - No managed instance found for instance ID: %s'
    raise ValidationError(message % instance_id)


def _decrement(group):
    """One less is desired, if the group's minimum allows it."""
    if int(group.desired_capacity) - 1 < int(group.min_size):
        message = (
            'Currently, desiredSize equals minSize (%s). Terminating instance without replacement will violate '
            'group\'s min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower '
            'group\'s min size.'
        )
        raise ValidationError(message % group.min_size)
    group.desired_capacity = int(group.desired_capacity) - 1


@gap('Auto Scaling', 'TerminateInstanceInAutoScalingGroup knows no minimum, and fails for unknown instances')
def termination_of_one():
    @added(AutoScalingResponse, 'terminate_instance_in_auto_scaling_group')
    def terminate_instance(response):
        group, state = _managed(response.autoscaling_backend, response._get_param('InstanceId'))
        if is_ending(state):
            message = 'Instance %s is already being terminated.' % state.instance.id
            raise AutoscalingClientError('ScalingActivityInProgress', message)
        if response._get_bool_param('ShouldDecrementDesiredCapacity', False):
            _decrement(group)
        terminate(group, state, 'in response to a user request')
        adjust(group)
        return ActionResult({'Activity': state.activity})
