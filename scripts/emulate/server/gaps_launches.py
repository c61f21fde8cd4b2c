"""Auto Scaling: what launches the instances of a group, and their launch."""

import math

from moto.autoscaling.models import ASG_NAME_TAG, FakeAutoScalingGroup, InstanceState
from moto.ec2.utils import convert_tag_spec

from gaps import gap

# States of the instances that a group's desired capacity counts: not Standby, not Terminating.
COUNTED = ('Pending:Wait', 'InService')


def counted(group):
    """The instances that make up a group's capacity, the oldest first; not those that a refresh replaces."""
    return [
        state
        for state in group.instance_states
        if state.lifecycle_state in COUNTED and not state.is_replaced
    ]


# --- By what ------------------------------------------------------------------------------------------------


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


def _instance_types(group):
    """The types of a mixed instances policy, in its order; none without one."""
    overrides = ((group.mixed_instances_policy or {}).get('LaunchTemplate') or {}).get('Overrides') or []
    if any('InstanceType' not in override or 'WeightedCapacity' in override for override in overrides):
        raise NotImplementedError('overrides other than instance types of equal weight')
    return [override['InstanceType'] for override in overrides]


def is_current(group, state):
    """Whether the group would launch such an instance now."""
    types = _instance_types(group)
    return state.launched_by == launched_by(group) and (not types or state.instance_type in types)


def _on_demand_of(size, distribution):
    """How many of so many instances are On-Demand; AWS rounds their share up."""
    base = min(size, int(distribution.get('OnDemandBaseCapacity', 0)))
    percentage = int(distribution.get('OnDemandPercentageAboveBaseCapacity', 100))
    return base + math.ceil((size - base) * percentage / 100)


def _market(group):
    """Where a mixed instances policy buys the next instance."""
    if not group.mixed_instances_policy:
        return {}
    present = counted(group)
    on_demand = sum(1 for state in present if state.instance.lifecycle != 'spot')
    distribution = group.mixed_instances_policy.get('InstancesDistribution') or {}
    is_spot = on_demand >= _on_demand_of(len(present) + 1, distribution)
    return {'instance_market_options': {'MarketType': 'spot'}} if is_spot else {}


def _from_template(group, version):
    """Arguments of run_instances from a launch template."""
    settings_of = version.data
    interface = (settings_of.get('NetworkInterfaces') or [{}])[0]
    profile = settings_of.get('IamInstanceProfile') or {}
    return {
        # There is always room for the first type, so that no other one is ever taken.
        'instance_type': [*_instance_types(group), version.instance_type][0],
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
        'launch_template': {'LaunchTemplateId': version.template.id, 'Version': str(version.number)},
        'volume_tags': convert_tag_spec(settings_of.get('TagSpecifications') or []).get('volume', {}),
        **_market(group),
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


# --- The launch ---------------------------------------------------------------------------------------------


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
    taken = [state.instance.subnet_id for state in counted(group)]
    return min(subnets, key=taken.count) if subnets else None


def _run_instance(group):
    version = _template_version(group)
    settings_of = _from_template(group, version) if version else _from_configuration(group.launch_config)
    image = group.ec2_backend.amis.get(group.image_id)
    devices = _devices(image, settings_of.pop('block_device_mappings'))
    profile = {key: value for key, value in settings_of.pop('profile').items() if value}
    tags = {**group.get_propagated_tags(), ASG_NAME_TAG: group.name}
    reservation = group.ec2_backend.run_instances(
        group.image_id,
        1,
        group.user_data,
        [],
        # Tags of the template are set by run_instances; the group's own come after and win, as at AWS.
        tags={'instance': tags, 'volume': settings_of.pop('volume_tags')},
        placement=group.availability_zones[len(group.instance_states) % len(group.availability_zones)],
        is_instance_type_default=False,
        subnet_id=_subnet_with_fewest(group),
        block_device_mappings=devices,
        **settings_of
    )
    instance = reservation.instances[0]
    if profile:
        group.ec2_backend.associate_iam_instance_profile(instance_id=instance.id, **profile)
    return instance


def launch_instance(group):
    """Launches an instance into a group; its life begins after that."""
    instance = _run_instance(group)
    instance.autoscaling_group = group
    state = InstanceState(instance, protected_from_scale_in=group.new_instances_protected_from_scale_in)
    state.launched_by = launched_by(group)
    # moto has an object there that reads like the zone and is unlike every other.
    state.availability_zone = instance.placement.zone
    group.instance_states.append(state)
    return state


@gap('Auto Scaling', 'instances lack profile, key and metadata options, and are all in one subnet')
@gap('Auto Scaling', 'no instance of a mixed instances policy is a spot instance')
def launches():
    InstanceState.launched_by, InstanceState.is_replaced = {}, False
    InstanceState.launch_template = property(
        lambda state: state.launched_by if 'LaunchTemplateId' in state.launched_by else None
    )
    InstanceState.launch_configuration_name = property(
        lambda state: state.launched_by.get('LaunchConfigurationName')
    )
