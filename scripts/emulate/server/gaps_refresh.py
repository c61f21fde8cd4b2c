"""Auto Scaling: instance refreshes."""

import uuid

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.core.utils import utcnow

import gaps_lifecycle
from gaps import added, gap, wrapped
from gaps_groups import group_of
from gaps_launches import is_current
from gaps_lifecycle import adjust, is_ending, terminate

UNDER_WAY = ('Pending', 'InProgress')


def _refreshes(backend, group):
    """All refreshes of a group, the latest last, as AWS describes them."""
    of_groups = backend.__dict__.setdefault('instance_refreshes', {})
    return of_groups.setdefault(group.name, [])


def _under_way(backend, group):
    return next((one for one in _refreshes(backend, group) if one['Status'] in UNDER_WAY), None)


def _preference(refresh, state):
    """What a refresh does with an instance that something holds: Refresh or Terminate, Ignore, Wait."""
    if state.lifecycle_state == 'Standby':
        return refresh['Preferences'].get('StandbyInstances', 'Wait')
    if state.protected_from_scale_in:
        return refresh['Preferences'].get('ScaleInProtectedInstances', 'Wait')
    return 'Refresh'


def _outdated(group, refresh):
    """The instances from before a refresh that it is to replace, and those that it waits for."""
    skip = refresh['Preferences'].get('SkipMatching')
    left = [
        state
        for state in group.instance_states
        if state.instance.id in refresh['before']
        and not (is_ending(state) or state.is_replaced or skip and is_current(group, state))
    ]
    held_back = [state for state in left if _preference(refresh, state) == 'Wait']
    return [state for state in left if _preference(refresh, state) in ('Refresh', 'Terminate')], held_back


def _launch_replacements(group, states):
    """New instances of the current configuration; those that they replace count no longer."""
    for state in states:
        state.is_replaced = True
    adjust(group)


def _end_replaced(group, refresh):
    """Ends what is replaced: at once, or once others are in service if all of the group is to be healthy."""
    in_service = [state for state in group.instance_states if state.lifecycle_state == 'InService']
    replaced = [state for state in group.instance_states if state.is_replaced and not is_ending(state)]
    if refresh['Preferences'].get('MinHealthyPercentage', 90) == 100:
        spare = max(0, len(in_service) - int(group.desired_capacity))
        keep = [state for state in replaced if state in in_service][spare:]
        replaced = [state for state in replaced if state not in keep]
    for state in replaced:
        terminate(group, state, 'in response to an instance refresh')


def _finish(refresh, status):
    refresh.update(Status=status, EndTime=utcnow())
    if status == 'Successful':
        refresh['PercentageComplete'] = 100
    refresh.pop('StatusReason', None)


def _pending(group, held_back):
    """The instances that keep a refresh from its end."""
    return [
        state
        for state in group.instance_states
        if state in held_back or state.is_replaced or state.lifecycle_state == 'Pending:Wait'
    ]


def _advance(backend, group):
    """Does at once what AWS takes minutes for; only hooks and protection can hold a refresh back."""
    refresh = _under_way(backend, group)
    if not refresh:
        return
    outdated, held_back = _outdated(group, refresh)
    _launch_replacements(group, outdated)
    _end_replaced(group, refresh)
    left, size = len(_pending(group, held_back)), int(group.desired_capacity)
    refresh.update(InstancesToUpdate=left, PercentageComplete=100 * max(0, size - left) // max(size, 1))
    if left:
        refresh['StatusReason'] = 'Waiting for %d instances.' % left
    else:
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


def _check_rollback(preferences, desired):
    """AWS can only roll back to and from versions of a launch template that are known by their numbers."""
    policy = desired.get('MixedInstancesPolicy') or {}
    in_policy = (policy.get('LaunchTemplate') or {}).get('LaunchTemplateSpecification')
    version = (desired.get('LaunchTemplate') or in_policy or {}).get('Version')
    if preferences.get('AutoRollback') and version in (None, '$Latest', '$Default'):
        message = 'AutoRollback needs a desired configuration with a version of a launch template by its number.'
        raise ValidationError(message)


def _start(backend, group, parameters):
    if _under_way(backend, group):
        message = 'An Instance Refresh is already in progress and blocks the execution of this %s.'
        raise AutoscalingClientError('InstanceRefreshInProgress', message % 'Instance Refresh')
    desired, preferences = parameters.get('DesiredConfiguration') or {}, parameters.get('Preferences') or {}
    _check_rollback(preferences, desired)
    _take_configuration(group, desired)
    refresh = {
        'InstanceRefreshId': str(uuid.uuid4()),
        'AutoScalingGroupName': group.name,
        'Status': 'InProgress',
        'Strategy': parameters.get('Strategy') or 'Rolling',
        'StartTime': utcnow(),
        'PercentageComplete': 0,
        'InstancesToUpdate': len(group.instance_states),
        'Preferences': preferences,
        'DesiredConfiguration': desired,
        'before': [state.instance.id for state in group.instance_states],
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
    # What was to be replaced and has not begun to end stays, as far as it is needed.
    for state in group.instance_states:
        state.is_replaced = False
    adjust(group)
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

    @wrapped(gaps_lifecycle, 'settle')
    def settle(original, backend):
        original(backend)
        for group in backend.autoscaling_groups.values():
            _advance(backend, group)
