"""Auto Scaling: groups, their settings, and what they are launched by."""

import uuid

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import EmptyResult
from moto.utilities.utils import get_partition

from gaps import added, gap, wrapped
from gaps_lifecycle import adjust, check_capacity, remove

# Settings of a group that moto takes no or little notice of: AWS's name and the attribute.
SETTINGS = {
    'AvailabilityZoneDistribution': 'availability_zone_distribution',
    'CapacityRebalance': 'capacity_rebalance',
    'Context': 'context',
    'DefaultCooldown': 'default_cooldown',
    'DefaultInstanceWarmup': 'default_instance_warmup',
    'DesiredCapacityType': 'desired_capacity_type',
    'InstanceMaintenancePolicy': 'instance_maintenance_policy',
    'MaxInstanceLifetime': 'max_instance_lifetime',
    'PlacementGroup': 'placement_group',
    'ServiceLinkedRoleARN': 'service_linked_role_arn',
    'TerminationPolicies': 'termination_policies',
}


def group_of(response):
    """The group that a request names."""
    return find_group(response.autoscaling_backend, response._get_param('AutoScalingGroupName'))


def find_group(backend, name):
    """A group by its name; AWS's own refusal where there is none."""
    if name not in backend.autoscaling_groups:
        raise ValidationError('AutoScalingGroup name not found - AutoScalingGroup \'%s\' not found' % name)
    return backend.autoscaling_groups[name]


# --- Settings -----------------------------------------------------------------------------------------------


def _keep_settings(response):
    group = group_of(response)
    for parameter, attribute in SETTINGS.items():
        value = response._get_param(parameter)
        if value is not None:
            setattr(group, attribute, value)
    # -1 and 0 are how AWS is told to forget.
    if getattr(group, 'default_instance_warmup', None) == -1:
        group.default_instance_warmup = None
    if getattr(group, 'max_instance_lifetime', None) == 0:
        group.max_instance_lifetime = None


@gap('Auto Scaling', 'warm-up, life time, maintenance policy and others are not returned or not updated')
def settings():
    @wrapped(AutoScalingResponse, 'create_auto_scaling_group')
    def create(original, response):
        name = response._get_param('AutoScalingGroupName')
        if name in response.autoscaling_backend.autoscaling_groups:
            message = 'AutoScalingGroup by this name already exists - A group with the name %s already exists'
            raise AutoscalingClientError('AlreadyExists', message % name)
        result = original(response)
        _keep_settings(response)
        return result

    @wrapped(AutoScalingResponse, 'update_auto_scaling_group')
    def update(original, response):
        result = original(response)
        _keep_settings(response)
        return result


# --- What launches the instances ----------------------------------------------------------------------------


def _sizes(group, parameters):
    """The sizes of a group after an update; a desired capacity that is not given moves into the bounds."""
    asked = [parameters[name] for name in ('min_size', 'max_size', 'desired_capacity')]
    present = [group.min_size, group.max_size, group.desired_capacity]
    minimum, maximum, desired = (int(b if a is None else a) for a, b in zip(asked, present))
    if asked[2] is None:
        desired = min(max(desired, minimum), maximum)
    return minimum, maximum, desired


@gap('Auto Scaling', 'an update sets the desired capacity by the number of instances')
def sizes():
    @wrapped(FakeAutoScalingGroup, 'update')
    def update(original, group, **parameters):
        minimum, maximum, desired = _sizes(group, parameters)
        check_capacity(desired, minimum, maximum)
        return original(group, **{**parameters, 'desired_capacity': desired})

    @wrapped(AutoScalingResponse, 'set_desired_capacity')
    def set_desired_capacity(original, response):
        group, wanted = group_of(response), response._get_int_param('DesiredCapacity')
        message = 'New SetDesiredCapacity value %s is %s value %s for the AutoScalingGroup.'
        if wanted > int(group.max_size):
            raise ValidationError(message % (wanted, 'above max', group.max_size))
        if wanted < int(group.min_size):
            raise ValidationError(message % (wanted, 'below min', group.min_size))
        return original(response)


@gap('Auto Scaling', 'an update without a mixed instances policy clears it')
@gap('Auto Scaling', 'a group that changes from configuration to template, or back, keeps both')
def one_way_to_launch():
    @wrapped(FakeAutoScalingGroup, 'update')
    def update(original, group, **parameters):
        configuration, template = parameters['launch_config_name'], parameters['launch_template']
        policy = parameters['mixed_instances_policy']
        if configuration:
            group.ec2_launch_template = None
        if template or policy:
            group.launch_config, group.launch_configuration_name = None, None
        if not configuration and not template and not policy:
            parameters['mixed_instances_policy'] = group.mixed_instances_policy
        return original(group, **parameters)

    @wrapped(FakeAutoScalingGroup, '_set_launch_configuration')
    def set_launch_configuration(original, group, configuration, template, mixed_instances_policy):
        if configuration and configuration not in group.autoscaling_backend.launch_configurations:
            message = 'Launch configuration name not found - Launch configuration %s not found'
            raise ValidationError(message % configuration)
        if mixed_instances_policy:
            # moto refuses both, and after a first look at the policy has put both in.
            specification = mixed_instances_policy['LaunchTemplate']['LaunchTemplateSpecification']
            if specification.get('LaunchTemplateId'):
                specification.pop('LaunchTemplateName', None)
        return original(group, configuration, template, mixed_instances_policy)

    template_of_group = FakeAutoScalingGroup.launch_template.fget
    FakeAutoScalingGroup.launch_template = property(
        lambda group: None if group.mixed_instances_policy else template_of_group(group)
    )


@gap('Auto Scaling', 'a launch configuration in use can be deleted, one of the same name replaces it')
def launch_configurations():
    @wrapped(AutoScalingBackend, 'create_launch_configuration')
    def create(original, backend, **parameters):
        name = parameters['name']
        if name in backend.launch_configurations:
            message = 'Launch Configuration by this name already exists - %s'
            raise AutoscalingClientError('AlreadyExists', message % name)
        return original(backend, **parameters)

    @wrapped(AutoScalingBackend, 'delete_launch_configuration')
    def delete(original, backend, name):
        for group in backend.autoscaling_groups.values():
            if group.launch_config and group.launch_config.name == name:
                message = 'Cannot delete launch configuration %s: attached to AutoScalingGroup %s'
                raise AutoscalingClientError('ResourceInUse', message % (name, group.name))
        return original(backend, name)


# --- Schedules ----------------------------------------------------------------------------------------------


def _action_arn(backend, group_name, action_name):
    region, owner = backend.region_name, backend.account_id
    prefix = 'arn:%s:autoscaling:%s:%s:scheduledUpdateGroupAction' % (get_partition(region), region, owner)
    names = 'autoScalingGroupName/%s:scheduledActionName/%s' % (group_name, action_name)
    return '%s:%s:%s' % (prefix, uuid.uuid5(uuid.NAMESPACE_URL, names), names)


@gap('Auto Scaling', 'two groups cannot have scheduled actions of the same name')
def scheduled_actions():
    @wrapped(AutoScalingBackend, 'put_scheduled_update_group_action')
    def put(original, backend, name, **settings):
        find_group(backend, name)
        action = original(backend, name=name, **settings)
        action_name = action.scheduled_action_name
        # moto knows an action by its name alone.
        backend.scheduled_actions[name, action_name] = backend.scheduled_actions.pop(action_name)
        action.scheduled_action_arn = _action_arn(backend, name, action_name)
        return action

    @added(AutoScalingBackend, 'delete_scheduled_action')
    def delete(backend, auto_scaling_group_name, scheduled_action_name):
        if not backend.scheduled_actions.pop((auto_scaling_group_name, scheduled_action_name), None):
            raise ValidationError('Scheduled action name not found')


# --- The end of instances and groups ------------------------------------------------------------------------


@gap('Auto Scaling', 'instances that lose their protection stay above the desired capacity: destroy hangs')
def protection():
    @wrapped(AutoScalingBackend, 'set_instance_protection')
    def set_instance_protection(original, backend, group_name, instance_ids, protected_from_scale_in):
        group = find_group(backend, group_name)
        original(backend, group_name, instance_ids, protected_from_scale_in)
        adjust(group)


def _forget(backend, group):
    """A later group of the same name must not inherit what belonged to this one."""
    for things in (backend.lifecycle_hooks, backend.policies, backend.scheduled_actions):
        for key, thing in list(things.items()):
            if thing.auto_scaling_group_name == group.name:
                del things[key]
    getattr(backend, 'instance_refreshes', {}).pop(group.name, None)


@gap('Auto Scaling', 'a deleted group leaves its hooks, and its protected instances running')
def deletion():
    @added(AutoScalingResponse, 'delete_auto_scaling_group')
    def delete(response):
        group = group_of(response)
        if group.instance_states and not response._get_bool_param('ForceDelete', False):
            message = (
                'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance '
                'request(s) still in the group.'
            )
            raise AutoscalingClientError('ResourceInUse', message)
        # To force it is to wait for no hook.
        for state in list(group.instance_states):
            remove(group, state)
        del response.autoscaling_backend.autoscaling_groups[group.name]
        _forget(response.autoscaling_backend, group)
        return EmptyResult()
