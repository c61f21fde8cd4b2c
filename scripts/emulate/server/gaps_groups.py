"""Auto Scaling: groups, what launches them, their hooks."""

import threading

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.models import ASG_NAME_TAG, AutoScalingBackend, FakeAutoScalingGroup, InstanceState
from moto.autoscaling.responses import AutoScalingResponse
from moto.ec2.utils import convert_tag_spec

from gaps import added, gap, wrapped

# Terraform works on ten resources at a time, and a group's instances are one list.
LOCK = threading.RLock()

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


@gap('Auto Scaling', 'two calls at a time mix up the instances of a group')
def one_call_at_a_time():
    @wrapped(AutoScalingResponse, 'call_action')
    def call_action(original, response):
        with LOCK:
            return original(response)


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


@gap('Auto Scaling', 'a desired capacity out of bounds is taken')
def capacity_bounds():
    @wrapped(FakeAutoScalingGroup, 'set_desired_capacity')
    def set_desired_capacity(original, group, new_capacity):
        # None: deletion and creation without a desired capacity, both in bounds by themselves.
        wanted = group.min_size if new_capacity is None else new_capacity
        deleting = getattr(group, 'deleting', False)
        if not deleting and not int(group.min_size or 0) <= int(wanted or 0) <= int(group.max_size or 0):
            message = 'Desired capacity:%s must be between the specified min size:%s and max size:%s'
            raise ValidationError(message % (wanted, group.min_size, group.max_size))
        return original(group, wanted)


# --- What launches the instances ----------------------------------------------------------------------------


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


def _template_version(group):
    return group.ec2_launch_template and group.ec2_launch_template.get_version(group.launch_template_version)


def launched_by(group):
    """What an instance that the group launches now is launched by, as DescribeAutoScalingGroups tells it."""
    version = _template_version(group)
    if not version:
        return {'LaunchConfigurationName': group.launch_config.name}
    return {
        'LaunchTemplateId': version.template.id,
        'LaunchTemplateName': version.template.name,
        'Version': str(version.number),
    }


def _from_template(group, version):
    """Arguments of run_instances from a launch template."""
    settings_of = version.data
    interface = (settings_of.get('NetworkInterfaces') or [{}])[0]
    profile = settings_of.get('IamInstanceProfile') or {}
    launch_template = {'LaunchTemplateId': version.template.id, 'Version': str(version.number)}
    overrides = ((group.mixed_instances_policy or {}).get('LaunchTemplate') or {}).get('Overrides') or [{}]
    return {
        'instance_type': overrides[0].get('InstanceType') or version.instance_type,
        'key_name': settings_of.get('KeyName'),
        'security_group_ids': settings_of.get('SecurityGroupIds') or interface.get('Groups') or [],
        'profile': {
            'iam_instance_profile_name': profile.get('Name'),
            'iam_instance_profile_arn': profile.get('Arn'),
        },
        'metadata_options': settings_of.get('MetadataOptions') or {},
        'block_device_mappings': settings_of.get('BlockDeviceMappings') or [],
        'associate_public_ip': interface.get('AssociatePublicIpAddress'),
        'ebs_optimized': settings_of.get('EbsOptimized', False),
        'launch_template': launch_template,
        'volume_tags': convert_tag_spec(settings_of.get('TagSpecifications') or []).get('volume', {}),
    }


def _from_configuration(configuration):
    """Arguments of run_instances from a launch configuration."""
    profile = configuration.iam_instance_profile or ''
    kind = 'iam_instance_profile_arn' if profile.startswith('arn:') else 'iam_instance_profile_name'
    return {
        'instance_type': configuration.instance_type,
        'key_name': configuration.key_name,
        'security_group_ids': list(configuration.security_groups),
        'profile': {kind: profile},
        'metadata_options': configuration.metadata_options or {},
        'block_device_mappings': configuration.block_device_mapping_dict or [],
        'associate_public_ip': configuration.associate_public_ip_address,
        'ebs_optimized': configuration.ebs_optimized,
        'volume_tags': {},
    }


def _devices(image, mappings):
    """The volumes of an instance: those asked for, and the image's root volume if it is not among them."""
    root = image.root_device_name if image else '/dev/xvda'
    size = image.block_device_mappings[0]['Ebs']['VolumeSize'] if image else 8
    devices = [{**mapping, 'Ebs': dict(mapping['Ebs'])} for mapping in mappings if mapping.get('Ebs')]
    if not any(device['DeviceName'] == root for device in devices):
        devices.insert(0, {'DeviceName': root, 'Ebs': {}})
    for device in devices:
        device['Ebs'].setdefault('DeleteOnTermination', True)
        device['Ebs'].setdefault('VolumeSize', size)
    return devices


def _subnet_with_fewest(group):
    """AWS spreads the instances of a group over its subnets."""
    subnets = [subnet for subnet in (group.vpc_zone_identifier or '').split(',') if subnet]
    taken = [state.instance.subnet_id for state in group.instance_states]
    return min(subnets, key=taken.count) if subnets else None


def _launch(group, tags):
    version = _template_version(group)
    settings_of = _from_template(group, version) if version else _from_configuration(group.launch_config)
    image = group.ec2_backend.amis.get(group.image_id)
    devices = _devices(image, settings_of.pop('block_device_mappings'))
    profile = {key: value for key, value in settings_of.pop('profile').items() if value}
    reservation = group.ec2_backend.run_instances(
        group.image_id,
        1,
        group.user_data,
        [],
        # Tags of the template are set by run_instances; the group's own come after and win, as at AWS.
        tags={'instance': {**tags, ASG_NAME_TAG: group.name}, 'volume': settings_of.pop('volume_tags')},
        placement=group.availability_zones[len(group.instance_states) % len(group.availability_zones)],
        is_instance_type_default=False,
        subnet_id=_subnet_with_fewest(group),
        block_device_mappings=devices,
        **settings_of
    )
    instance = reservation.instances[0]
    if profile:
        group.ec2_backend.associate_iam_instance_profile(instance_id=instance.id, **profile)
    instance.autoscaling_group = group
    state = InstanceState(instance, protected_from_scale_in=group.new_instances_protected_from_scale_in)
    state.launched_by = launched_by(group)
    group.instance_states.append(state)


@gap('Auto Scaling', 'instances lack profile, key and metadata options, and are all in one subnet')
def launches():
    @added(FakeAutoScalingGroup, 'replace_autoscaling_group_instances')
    def launch_instances(group, count_needed, propagated_tags):
        for _ in range(count_needed):
            _launch(group, propagated_tags)

    def launch_template(state):
        return state.launched_by if 'LaunchTemplateId' in state.launched_by else None

    InstanceState.launched_by = {}
    InstanceState.launch_template = property(launch_template)
    InstanceState.launch_configuration_name = property(
        lambda state: state.launched_by.get('LaunchConfigurationName')
    )


# --- The end of instances and groups ------------------------------------------------------------------------


@gap('Auto Scaling', 'instances that lose their protection stay above the desired capacity: destroy hangs')
def protection():
    @wrapped(AutoScalingBackend, 'set_instance_protection')
    def set_instance_protection(original, backend, group_name, instance_ids, protected_from_scale_in):
        group = find_group(backend, group_name)
        original(backend, group_name, instance_ids, protected_from_scale_in)
        if not protected_from_scale_in and len(group.active_instances()) > int(group.desired_capacity or 0):
            group.set_desired_capacity(group.desired_capacity)


def _forget(backend, group):
    """A later group of the same name must not inherit what belonged to this one."""
    for things in (backend.lifecycle_hooks, backend.policies, backend.scheduled_actions):
        for key, thing in list(things.items()):
            if thing.auto_scaling_group_name == group.name:
                del things[key]
    getattr(backend, 'instance_refreshes', {}).pop(group.name, None)


@gap('Auto Scaling', 'a deleted group leaves its hooks, and its protected instances running')
def deletion():
    @wrapped(AutoScalingResponse, 'delete_auto_scaling_group')
    def delete(original, response):
        group = group_of(response)
        if group.instance_states and not response._get_bool_param('ForceDelete', False):
            message = (
                'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance '
                'request(s) still in the group.'
            )
            raise AutoscalingClientError('ResourceInUse', message)
        for state in group.instance_states:
            state.protected_from_scale_in = False
        group.deleting = True
        result = original(response)
        _forget(response.autoscaling_backend, group)
        return result


# --- Lifecycle hooks ----------------------------------------------------------------------------------------


def _complete_hook(hook, parameters):
    hook.role_arn = parameters.get('RoleARN') or None
    hook.notification_target_arn = parameters.get('NotificationTargetARN') or None
    hook.notification_metadata = parameters.get('NotificationMetadata') or None
    hook.global_timeout = min(172800, 100 * hook.heartbeat_timeout)


@gap('Auto Scaling', 'DescribeLifecycleHooks answers with invented targets and roles')
@gap('Auto Scaling', 'hooks in CreateAutoScalingGroup are ignored')
def lifecycle_hooks():
    @wrapped(AutoScalingResponse, 'put_lifecycle_hook')
    def put(original, response):
        group = group_of(response)
        result = original(response)
        name = response._get_param('LifecycleHookName')
        hook = response.autoscaling_backend.describe_lifecycle_hooks(group.name, [name])[0]
        _complete_hook(hook, response._get_params())
        return result

    @wrapped(AutoScalingResponse, 'create_auto_scaling_group')
    def create(original, response):
        result = original(response)
        for hook in response._get_param('LifecycleHookSpecificationList', []):
            created = response.autoscaling_backend.create_lifecycle_hook(
                hook['LifecycleHookName'],
                response._get_param('AutoScalingGroupName'),
                hook.get('LifecycleTransition'),
                hook.get('HeartbeatTimeout'),
                hook.get('DefaultResult'),
            )
            _complete_hook(created, hook)
        return result
