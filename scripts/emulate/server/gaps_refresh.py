"""Auto Scaling: instance refreshes."""

import uuid

from moto.autoscaling.exceptions import AutoscalingClientError
from moto.autoscaling.models import AutoScalingBackend
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.core.utils import utcnow

from gaps import added, gap, wrapped
from gaps_groups import find_group, group_of, launched_by

UNDER_WAY = ('Pending', 'InProgress')


def _refreshes(backend, group):
    """All refreshes of a group, the latest last, as AWS describes them."""
    of_groups = backend.__dict__.setdefault('instance_refreshes', {})
    return of_groups.setdefault(group.name, [])


def _under_way(backend, group):
    return next((one for one in _refreshes(backend, group) if one['Status'] in UNDER_WAY), None)


def _is_done(group, refresh, state):
    skip = refresh['Preferences'].get('SkipMatching') and state.launched_by == launched_by(group)
    return bool(skip) or state.instance.id in refresh['new']


def _to_replace(group, refresh):
    """The instances that a refresh can replace now, and those that it waits for."""
    protected = refresh['Preferences'].get('ScaleInProtectedInstances', 'Wait')
    left = [state for state in group.instance_states if not _is_done(group, refresh, state)]
    if protected == 'Refresh':
        return left, []
    held_back = [state for state in left if state.protected_from_scale_in]
    free = [state for state in left if not state.protected_from_scale_in]
    return free, held_back if protected == 'Wait' else []


def _replace(group, states):
    """Terminates these and answers the ids of new instances of the current configuration."""
    group.instance_states = [state for state in group.instance_states if state not in states]
    group.replace_autoscaling_group_instances(len(states), group.get_propagated_tags())
    ended = [state.instance.id for state in states]
    if ended:
        group.ec2_backend.terminate_instances(ended)
    return [state.instance.id for state in group.instance_states[len(group.instance_states) - len(states) :]]


def _finish(refresh, status):
    refresh.update(Status=status, EndTime=utcnow())
    refresh.pop('StatusReason', None)


def _advance(backend, group):
    """Does at once what AWS takes minutes for; only protection from scale-in can hold a refresh back."""
    refresh = _under_way(backend, group)
    if not refresh:
        return
    free, held_back = _to_replace(group, refresh)
    refresh['new'] += _replace(group, free)
    left, size = len(held_back), len(group.instance_states)
    refresh.update(InstancesToUpdate=left, PercentageComplete=100 * (size - left) // max(size, 1))
    if left:
        refresh['StatusReason'] = 'Waiting for %d instances that are protected from scale in.' % left
    else:
        refresh['PercentageComplete'] = 100
        _finish(refresh, 'Successful')


def _take_configuration(group, desired):
    """The configuration that a refresh brings along becomes the group's."""
    template, policy = desired.get('LaunchTemplate') or {}, desired.get('MixedInstancesPolicy')
    if template or policy:
        group.update(
            availability_zones=[],
            desired_capacity=None,
            max_size=None,
            min_size=None,
            launch_config_name=None,
            launch_template=template,
            vpc_zone_identifier=None,
            health_check_period=None,
            health_check_type=None,
            mixed_instances_policy=policy,
        )


def _start(backend, group, parameters):
    if _under_way(backend, group):
        message = 'An Instance Refresh is already in progress and blocks the execution of this %s.'
        raise AutoscalingClientError('InstanceRefreshInProgress', message % 'Instance Refresh')
    desired = parameters.get('DesiredConfiguration') or {}
    _take_configuration(group, desired)
    refresh = {
        'InstanceRefreshId': str(uuid.uuid4()),
        'AutoScalingGroupName': group.name,
        'Status': 'InProgress',
        'Strategy': parameters.get('Strategy') or 'Rolling',
        'StartTime': utcnow(),
        'PercentageComplete': 0,
        'InstancesToUpdate': len(group.instance_states),
        'Preferences': parameters.get('Preferences') or {},
        'DesiredConfiguration': desired,
        'new': [],
    }
    _refreshes(backend, group).append(refresh)
    _advance(backend, group)
    return refresh['InstanceRefreshId']


def _end(response, status):
    """Ends the refresh that is under way."""
    group = group_of(response)
    refresh = _under_way(response.autoscaling_backend, group)
    if not refresh:
        message = 'No in progress or pending Instance Refresh found for Auto Scaling group %s' % group.name
        raise AutoscalingClientError('ActiveInstanceRefreshNotFound', message)
    _finish(refresh, status)
    return ActionResult({'InstanceRefreshId': refresh['InstanceRefreshId']})


@gap('Auto Scaling', 'no instance refreshes: an update of a group with instance_refresh hangs')
def instance_refreshes():
    @added(AutoScalingResponse, 'start_instance_refresh')
    def start_instance_refresh(response):
        parameters = response._get_params()
        started = _start(response.autoscaling_backend, group_of(response), parameters)
        return ActionResult({'InstanceRefreshId': started})

    @added(AutoScalingResponse, 'describe_instance_refreshes')
    def describe_instance_refreshes(response):
        group, wanted = group_of(response), response._get_param('InstanceRefreshIds', [])
        _advance(response.autoscaling_backend, group)
        found = [
            refresh
            for refresh in reversed(_refreshes(response.autoscaling_backend, group))
            if not wanted or refresh['InstanceRefreshId'] in wanted
        ]
        return ActionResult({'InstanceRefreshes': found})

    @added(AutoScalingResponse, 'cancel_instance_refresh')
    def cancel_instance_refresh(response):
        return _end(response, 'Cancelled')

    @added(AutoScalingResponse, 'rollback_instance_refresh')
    def rollback_instance_refresh(response):
        return _end(response, 'RollbackSuccessful')

    @wrapped(AutoScalingBackend, 'set_instance_protection')
    def set_instance_protection(original, backend, group_name, *rest, **named):
        original(backend, group_name, *rest, **named)
        _advance(backend, find_group(backend, group_name))
