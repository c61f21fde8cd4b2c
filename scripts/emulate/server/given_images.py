"""Makes the machine images that an environment refers to as given."""

from datetime import datetime

from moto.ec2.models import amis
from moto.ec2.models.amis import Ami

from gaps_ec2 import deprecate

AMAZON, CANONICAL = '137112412989', '099720109477'


def make_image(place, given):
    """Makes a machine image, and answers it."""
    owner = given.get('ownerAccountId') or place.account_id
    image_id = given.get('imageId') or amis.random_ami_id()
    if image_id in place.ec2.amis:
        return place.ec2.amis[image_id]
    image = Ami(
        place.ec2,
        image_id,
        name=given['name'],
        description='Given',
        owner_id=owner,
        owner_alias='amazon' if owner in (AMAZON, CANONICAL) else None,
        public=owner in (AMAZON, CANONICAL),
        architecture=given['architecture'],
        virtualization_type='hvm',
        hypervisor='xen',
        root_device_type='ebs',
        root_device_name=given.get('rootDeviceName', '/dev/xvda'),
        # Nobody sees the tags of another account's image.
        tags=given.get('tags', {}) if owner == place.account_id else {},
    )
    image.ena_support = True
    if given.get('deprecated'):
        deprecate(image, datetime(2025, 1, 1))
    place.ec2.amis[image_id] = image
    return image


def _images(place, entry):
    for given in entry.get('images', []):
        known = [image for image in place.ec2.amis.values() if image.name == given['name']]
        # The same image without an id, given twice, is one image.
        if given.get('imageId') or not any(_is_same(image, place, given) for image in known):
            make_image(place, given)


def _is_same(image, place, given):
    owner = given.get('ownerAccountId') or place.account_id
    tags = {tag['key']: tag['value'] for tag in image.get_tags()}
    return image.owner_id == owner and (owner != place.account_id or tags == given.get('tags', {}))


MAKERS = {'images': _images}
