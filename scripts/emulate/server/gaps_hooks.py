"""Auto Scaling: lifecycle hooks, and how a test plays the machines that complete them.

A test that plays the machines of a group says so before they are launched or terminated:
`POST /moto-api/emulator/hooks {"group": "…", "complete": ["launch", "termination"]}` names what the test
completes itself, `[]` gives all of it back to the emulator, which completes what waits.
`POST /moto-api/emulator/clock {"seconds": 3600}` lets time pass for hooks, so that their time-outs can be seen.
"""

import json

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import autoscaling_backends
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import EmptyResult
from moto.moto_api._internal import urls

import clock
import gaps_lifecycle
from gaps import added, gap, wrapped
from gaps_groups import group_of
from gaps_lifecycle import (
    LAUNCHING,
    LOCK,
    TERMINATING,
    complete,
    completed_by_test,
    is_ending,
)

TRANSITIONS = {'launch': LAUNCHING, 'termination': TERMINATING}
RESULTS = ('CONTINUE', 'ABANDON')

# What can be set of a hook: AWS's name and the attribute.
ATTRIBUTES = {
    'LifecycleTransition': 'lifecycle_transition',
    'HeartbeatTimeout': 'heartbeat_timeout',
    'DefaultResult': 'default_result',
    'RoleARN': 'role_arn',
    'NotificationTargetARN': 'notification_target_arn',
    'NotificationMetadata': 'notification_metadata',
}


# --- Hooks --------------------------------------------------------------------------------------------------


def _check(parameters):
    """AWS's refusals of a hook."""
    if parameters.get('LifecycleTransition', LAUNCHING) not in TRANSITIONS.values():
        raise ValidationError('Invalid Lifecycle Transition: %s' % parameters['LifecycleTransition'])
    if not 30 <= int(parameters.get('HeartbeatTimeout', 3600)) <= 7200:
        raise ValidationError('Heartbeat Timeout must be between 30 and 7200 seconds')
    if parameters.get('DefaultResult', 'ABANDON') not in RESULTS:
        raise ValidationError('Default Result must be CONTINUE or ABANDON')


def _new(backend, group_name, name):
    hook = backend.create_lifecycle_hook(name, group_name, None, None, None)
    # moto makes up a role and a target.
    hook.role_arn = hook.notification_target_arn = hook.notification_metadata = None
    return hook


def _put(backend, group_name, parameters):
    """Sets a hook; an update leaves what it does not name, and an empty text takes away what is there."""
    _check(parameters)
    name = parameters['LifecycleHookName']
    hook = backend.lifecycle_hooks.get('%s_%s' % (group_name, name)) or _new(backend, group_name, name)
    for parameter, attribute in ATTRIBUTES.items():
        if parameter in parameters:
            setattr(hook, attribute, parameters[parameter] or None)
    hook.global_timeout = min(172800, 100 * hook.heartbeat_timeout)


def _let_go(group, hook_name):
    """A hook that is deleted lets go of those that wait for it: launches fail, terminations go on."""
    for state in list(group.instance_states):
        if hook_name in state.waits:
            complete(group, state, hook_name, 'CONTINUE' if is_ending(state) else 'ABANDON')


@gap('Auto Scaling', 'DescribeLifecycleHooks answers with invented targets and roles')
@gap('Auto Scaling', 'hooks in CreateAutoScalingGroup are ignored')
def lifecycle_hooks():
    @added(AutoScalingResponse, 'put_lifecycle_hook')
    def put(response):
        _put(response.autoscaling_backend, group_of(response).name, response._get_params())
        return EmptyResult()

    @added(AutoScalingResponse, 'delete_lifecycle_hook')
    def delete(response):
        group, name = group_of(response), response._get_param('LifecycleHookName')
        response.autoscaling_backend.delete_lifecycle_hook(group.name, name)
        _let_go(group, name)
        return EmptyResult()

    @wrapped(AutoScalingResponse, 'create_auto_scaling_group')
    def create(original, response):
        backend, name = response.autoscaling_backend, response._get_param('AutoScalingGroupName')
        # Before the group, since its first instances wait for them; never those of a group that exists.
        hooks = response._get_param('LifecycleHookSpecificationList', [])
        for hook in hooks if name not in backend.autoscaling_groups else []:
            _put(backend, name, hook)
        try:
            return original(response)
        finally:
            for hook in hooks if name not in backend.autoscaling_groups else []:
                backend.delete_lifecycle_hook(name, hook['LifecycleHookName'])


# --- Actions ------------------------------------------------------------------------------------------------


def _waiting(response):
    """The instance that waits for the hook that a request names, and its group."""
    group, hook_name = group_of(response), response._get_param('LifecycleHookName')
    instance_id, token = response._get_param('InstanceId'), response._get_param('LifecycleActionToken')
    for state in group.instance_states:
        if state.instance.id == instance_id and hook_name in state.waits:
            return group, state, hook_name
    # Tokens are told by events alone, of which there are none here.
    named = 'instance ID %s' % instance_id if instance_id else 'token %s' % token
    raise ValidationError('No active Lifecycle Action found with %s' % named)


@gap('Auto Scaling', 'CompleteLifecycleAction and RecordLifecycleActionHeartbeat are missing')
def lifecycle_actions():
    @added(AutoScalingResponse, 'complete_lifecycle_action')
    def complete_lifecycle_action(response):
        result = response._get_param('LifecycleActionResult')
        if result not in RESULTS:
            raise ValidationError('Lifecycle Action Result must be CONTINUE or ABANDON')
        complete(*_waiting(response), result)
        return EmptyResult()

    @added(AutoScalingResponse, 'record_lifecycle_action_heartbeat')
    def record_lifecycle_action_heartbeat(response):
        _, state, hook_name = _waiting(response)
        state.waits[hook_name].heartbeat()
        return EmptyResult()


# --- A test in the machines' place --------------------------------------------------------------------------


def _take(request, expected):
    """The document of a request, which has exactly these keys."""
    document = json.loads(request.data)
    if set(document) != expected:
        raise ValueError('expected %s' % ' and '.join(sorted(expected)))
    return document


def _play(request):
    document = _take(request, {'group', 'complete'})
    completed_by_test[document['group']] = {TRANSITIONS[name] for name in document['complete']}


def _wait(request):
    clock.move(int(_take(request, {'seconds'})['seconds']))


def _control(do):
    """A path of the emulator's own: does it, and what follows from it in every account."""

    def handle(request, _url, _headers):
        with LOCK:
            try:
                do(request)
            except (ValueError, KeyError) as error:
                return 400, {}, 'The emulator does not understand this: %s' % error
            for account in list(autoscaling_backends.values()):
                for backend in list(account.values()):
                    gaps_lifecycle.settle(backend)
        return 200, {}, ''

    return handle


@gap('Auto Scaling', 'nothing runs on the machines, so that nobody completes their lifecycle actions')
def machines():
    urls.url_paths['{0}/moto-api/emulator/hooks$'] = _control(_play)
    urls.url_paths['{0}/moto-api/emulator/clock$'] = _control(_wait)
