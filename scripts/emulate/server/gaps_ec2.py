"""EC2: machine images, launch templates, volumes."""

from datetime import timezone

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.exceptions import InvalidParameterValueError
from moto.ec2.models.amis import Ami, AmiBackend
from moto.ec2.models.instances import Instance
from moto.ec2.models.launch_templates import LaunchTemplate
from moto.ec2.responses.amis import AmisResponse
from moto.ec2.responses.launch_templates import LaunchTemplates
from moto.ec2.utils import filter_dict_attribute_mapping, parse_user_data

from gaps import added, gap, wrapped

# Attributes of an image that a copy has from its source, and a new one from the request.
IMAGE_ATTRIBUTES = {
    'Architecture': 'architecture',
    'BootMode': 'boot_mode',
    'EnaSupport': 'ena_support',
    'ImdsSupport': 'imds_support',
    'RootDeviceName': 'root_device_name',
    'VirtualizationType': 'virtualization_type',
}


# --- Images -------------------------------------------------------------------------------------------------


def _tag(backend, image, tag_specifications):
    """Tags for the image and for its snapshot, as they came with the request."""
    for specification in tag_specifications:
        tags = {tag['Key']: tag['Value'] for tag in specification.get('Tags', [])}
        owner = image.id if specification['ResourceType'] == 'image' else image.ebs_snapshot.id
        if tags:
            backend.create_tags([owner], tags)


def _complete(image, source=None, parameters=None):
    """What AWS knows of every image that is backed by EBS, and moto of none."""
    image.root_device_type = 'ebs'
    image.virtualization_type = image.virtualization_type or 'hvm'
    image.ena_support = True
    for parameter, attribute in IMAGE_ATTRIBUTES.items():
        value = (parameters or {}).get(parameter)
        if value is None and source is not None:
            value = getattr(source, attribute, None)
        if value is not None:
            setattr(image, attribute, value)


@gap('EC2', 'CreateImage with tags for the snapshot is refused, RegisterImage and CopyImage ignore tags')
@gap('EC2', 'a registered or copied image has no architecture and no root device of its own')
def images():
    @wrapped(AmiBackend, 'create_image')
    def create(original, backend, instance_id, name, description, tag_specifications):
        own = [image.name for image in backend.amis.values() if image.owner_id == backend.account_id]
        if name in own:
            backend.raise_error('InvalidAMIName.Duplicate', 'AMI name %s is already in use.' % name)
        image = original(backend, instance_id, name, description, [])
        _complete(image, backend.amis.get(image.instance.image_id))
        _tag(backend, image, tag_specifications)
        return image

    @wrapped(AmisResponse, 'register_image')
    def register(original, response):
        image = response.ec2_backend.amis[original(response).result['ImageId']]
        _complete(image, parameters=response._get_params())
        _tag(response.ec2_backend, image, response._get_param('TagSpecifications', []))
        return ActionResult({'ImageId': image.id})

    @wrapped(AmisResponse, 'copy_image')
    def copy(original, response):
        image = response.ec2_backend.amis[original(response).result['ImageId']]
        source_backend = _other_region(response.ec2_backend, response._get_param('SourceRegion'))
        source = source_backend.amis[response._get_param('SourceImageId')]
        _complete(image, source)
        encrypted = response._get_bool_param('Encrypted', False)
        image.ebs_snapshot.encrypted = encrypted or source.ebs_snapshot.encrypted
        if response._get_bool_param('CopyImageTags', False):
            image.add_tags({tag['key']: tag['value'] for tag in source.get_tags()})
        _tag(response.ec2_backend, image, response._get_param('TagSpecifications', []))
        return ActionResult({'ImageId': image.id})


def _other_region(backend, region):
    from moto.ec2.models import ec2_backends

    return ec2_backends[backend.account_id][region]


def deprecate(image, time):
    """Sets an image's time of deprecation; AWS keeps whole minutes."""
    image.deprecation_time = time and time.strftime('%Y-%m-%dT%H:%M:00.000Z')


def _is_hidden(image, account_id):
    deprecated = getattr(image, 'deprecation_time', None)
    is_due = bool(deprecated) and deprecated < utcnow().strftime('%Y-%m-%dT%H:%M:%S')
    return is_due and image.owner_id != account_id


@gap('EC2', 'Enable- and DisableImageDeprecation are missing, deprecated images are not hidden')
def image_deprecation():
    def image_of(response):
        return response.ec2_backend.describe_images(ami_ids=[response._get_param('ImageId')])[0]

    @added(AmisResponse, 'enable_image_deprecation')
    def enable(response):
        time = response._get_param('DeprecateAt')
        if time.tzinfo:
            time = time.astimezone(timezone.utc).replace(tzinfo=None)
        if time < utcnow():
            raise InvalidParameterValueError(time.isoformat())
        deprecate(image_of(response), time)
        return ActionResult({'Return': True})

    @added(AmisResponse, 'disable_image_deprecation')
    def disable(response):
        deprecate(image_of(response), None)
        return ActionResult({'Return': True})

    @wrapped(AmisResponse, 'describe_images')
    def describe(original, response):
        result = original(response)
        # An image that is asked for by its id is shown to everybody.
        by_id = response._get_param('ImageIds', [])
        if not by_id and not response._get_bool_param('IncludeDeprecated', False):
            account_id = response.current_account
            found = result.result['Images']
            result.result['Images'] = [image for image in found if not _is_hidden(image, account_id)]
        return result


@gap('EC2', 'images cannot be filtered by their root device')
def image_filters():
    @wrapped(Ami, 'get_filter_value')
    def get_filter_value(original, image, filter_name, method_name=None):
        if filter_name in ('root-device-type', 'root-device-name', 'image-type', 'hypervisor'):
            return getattr(image, filter_name.replace('-', '_'))
        return original(image, filter_name, method_name)


# --- Launch templates ---------------------------------------------------------------------------------------


@gap('EC2', 'a launch template takes its own tags for its instances: the next plan changes them')
@gap('EC2', 'a second version of a launch template with user data fails')
def launch_templates():
    @wrapped(LaunchTemplates, 'create_launch_template')
    def create(original, response):
        tags = response._parse_tag_specification().get('launch-template', {})
        # What this answers is added to the tags of the instances.
        response._parse_tag_specification = lambda *_: {}
        result = original(response)
        template = result.result['LaunchTemplate']
        created = response.ec2_backend.get_launch_template(template['LaunchTemplateId'])
        created.add_tags(tags)
        created.tags = created.get_tags()
        template['Tags'] = created.tags
        return result

    @wrapped(LaunchTemplate, 'create_version')
    def create_version(original, template, data, description):
        if isinstance(data.get('UserData'), (str, bytes)):
            data['UserData'] = parse_user_data(data['UserData'])
        return original(template, data, description)


# --- Volumes ------------------------------------------------------------------------------------------------


@gap('EC2', 'a root volume without a size is refused')
def root_volume_size():
    @wrapped(Instance, 'add_block_device')
    def add_block_device(original, instance, size, device_path, snapshot_id, *rest, **named):
        image = instance.ec2_backend.amis.get(instance.image_id)
        if size is None and snapshot_id is None and image and device_path == image.root_device_name:
            size = image.block_device_mappings[0]['Ebs']['VolumeSize']
        return original(instance, size, device_path, snapshot_id, *rest, **named)


# --- Instances ----------------------------------------------------------------------------------------------


@gap('EC2', 'instances cannot be filtered by their instance profile')
def instance_filters():
    filter_dict_attribute_mapping['iam-instance-profile.arn'] = 'iam_instance_profile.Arn'
