"""Makes what an environment refers to as given: resources with exactly these ids."""

import ipaddress
import json
import re
from contextlib import contextmanager
from datetime import datetime

from moto.ec2.models import amis, ec2_backends, security_groups, subnets, vpcs
from moto.ec2.models.amis import Ami
from moto.iam.models import iam_backends
from moto.kms.models import Key, kms_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import FakeSecret, secretsmanager_backends
from moto.ssm.models import Parameter, ssm_backends
from moto.core.utils import utcnow
from moto.utilities.utils import get_partition

from gaps_ec2 import deprecate

AMAZON, CANONICAL = '137112412989', '099720109477'
OPEN_POLICY = {
    'Version': '2012-10-17',
    'Statement': [{'Effect': 'Allow', 'Action': '*', 'Resource': '*'}],
}
ANY_SERVICE = {
    'Version': '2012-10-17',
    'Statement': [
        {'Effect': 'Allow', 'Principal': {'Service': 'ec2.amazonaws.com'}, 'Action': 'sts:AssumeRole'},
    ],
}


class Refused(Exception):
    """What was given cannot be made; the message is one sentence."""


class Place:
    """An account and a region, and the back ends there."""

    def __init__(self, account_id, region):
        self.account_id, self.region = account_id, region
        self.partition = get_partition(region)
        try:
            self.ec2 = ec2_backends[account_id][region]
            self.ssm = ssm_backends[account_id][region]
        except KeyError:
            raise Refused('The emulated AWS has no region %s.' % region) from None
        self.iam = iam_backends[account_id][self.partition]
        self.s3 = s3_backends[account_id][self.partition]


@contextmanager
def _next_id(module, generator, value):
    """While this is open, moto's generator answers this id."""
    original = getattr(module, generator)
    setattr(module, generator, lambda *_positional, **_named: value)
    try:
        yield
    finally:
        setattr(module, generator, original)


def _arn(arn):
    """The parts of an ARN: account, region, and what follows."""
    parts = arn.split(':', 5)
    if len(parts) < 6 or parts[0] != 'arn':
        raise Refused('%s is not an ARN.' % arn)
    return parts[4], parts[3], parts[5]


def _path_and_name(resource):
    """`role/some/path/name` is the name `name` on the path `/some/path/`."""
    words = resource.split('/')[1:]
    path = '/'.join(words[:-1])
    return '/%s/' % path if path else '/', words[-1]


# --- Network ------------------------------------------------------------------------------------------------


def _vpc(place, vpc_id):
    if vpc_id not in place.ec2.vpcs:
        with _next_id(vpcs, 'random_vpc_id', vpc_id):
            # 172.31 is the default VPC's.
            place.ec2.create_vpc(cidr_block='10.%d.0.0/16' % (len(place.ec2.vpcs) % 256))
    return place.ec2.vpcs[vpc_id]


def _subnet(place, vpc, subnet_id):
    present = place.ec2.describe_subnets()
    if any(subnet.id == subnet_id for subnet in present):
        return
    siblings = [subnet for subnet in present if subnet.vpc_id == vpc.id]
    zones = [zone.name for zone in place.ec2.describe_availability_zones()]
    free = (
        block
        for block in ipaddress.ip_network(vpc.cidr_block).subnets(new_prefix=24)
        if not any(block.overlaps(subnet.cidr) for subnet in siblings)
    )
    block = next(free, None)
    if block is None:
        raise Refused('%s has no room for another subnet, %s.' % (vpc.id, subnet_id))
    with _next_id(subnets, 'random_subnet_id', subnet_id):
        place.ec2.create_subnet(vpc.id, str(block), availability_zone=zones[len(siblings) % len(zones)])


def _networks(place, entry):
    for given in entry.get('vpcs', []):
        vpc = _vpc(place, given['id'])
        for subnet_id in given.get('subnetIds', []):
            _subnet(place, vpc, subnet_id)


def _first_vpc(place, entry):
    """The VPC of what is given without one: the entry's first, or the account's default."""
    given = entry.get('vpcs', [])
    return place.ec2.vpcs[given[0]['id']] if given else place.ec2.default_vpc


def _loose_subnets(place, entry):
    for subnet_id in entry.get('subnetIds', []):
        _subnet(place, _first_vpc(place, entry), subnet_id)


def _security_groups(place, entry):
    for group_id in entry.get('securityGroupIds', []):
        if place.ec2.get_security_group_from_id(group_id) is None:
            with _next_id(security_groups, 'random_security_group_id', group_id):
                vpc = _first_vpc(place, entry)
                place.ec2.create_security_group('given-' + group_id, 'Given', vpc_id=vpc.id)


def _key_pairs(place, entry):
    for name in entry.get('keyNames', []):
        if name not in place.ec2.key_pairs:
            place.ec2.create_key_pair(name, 'ed25519', {})


# --- Identities ---------------------------------------------------------------------------------------------


def _policies(place, entry):
    for arn in entry.get('policyArns', []):
        account_id, _, resource = _arn(arn)
        if account_id == 'aws':
            if arn not in place.iam.managed_policies:
                raise Refused('%s is not among the policies that AWS manages.' % arn)
            continue
        iam = iam_backends[account_id][place.partition]
        if arn not in iam.managed_policies:
            path, name = _path_and_name(resource)
            iam.create_policy('Given', path, json.dumps(OPEN_POLICY), name, [])


def _role(iam, path, name):
    if not any(role.name == name for role in iam.get_roles()):
        iam.create_role(name, json.dumps(ANY_SERVICE), path, None, 'Given', [], '3600')


def _roles(place, entry):
    for arn in entry.get('roleArns', []):
        account_id, _, resource = _arn(arn)
        _role(iam_backends[account_id][place.partition], *_path_and_name(resource))


def _instance_profiles(place, entry):
    for name in entry.get('instanceProfiles', []):
        if name not in [profile.name for profile in place.iam.get_instance_profiles()]:
            _role(place.iam, '/', name)
            place.iam.create_instance_profile(name, '/', [name], [])


# --- Storage, secrets, keys ---------------------------------------------------------------------------------


def _buckets(place, entry):
    for name in entry.get('buckets', []):
        if name not in place.s3.buckets:
            place.s3.create_bucket(name, place.region)


def _secrets(place, entry):
    for arn in entry.get('secretArns', []):
        account_id, region, resource = _arn(arn)
        backend = secretsmanager_backends[account_id][region]
        if arn in backend.secrets:
            continue
        # AWS ends the ARN with a dash and six characters that are not part of the name.
        name = re.sub(r'-[A-Za-z0-9]{6}$', '', resource.split(':', 1)[1])
        secret = FakeSecret(account_id, region, name, {}, '', created_date=int(datetime.now().timestamp()))
        secret.arn, secret.versions = arn, {}
        backend.secrets[name] = secret


def _parameter(ssm, name, value, data_type='text'):
    parameter = Parameter(ssm.account_id, name, value, 'String', None, None, None, utcnow(), 1, data_type)
    parameter.tier = 'Standard'
    ssm._parameters[name] = [parameter]


def _parameters(place, entry):
    for arn in entry.get('parameterArns', []):
        account_id, region, resource = _arn(arn)
        # parameter/a/b is /a/b, parameter/a is a.
        path = resource[len('parameter') :]
        name = path if path.count('/') > 1 else path[1:]
        ssm = ssm_backends[account_id][region]
        if not ssm._parameters[name]:
            _parameter(ssm, name, 'given')


def _kms_keys(place, entry):
    for arn in entry.get('kmsKeyArns', []):
        account_id, region, resource = _arn(arn)
        kind, _, key_id = resource.partition('/')
        if kind != 'key':
            raise Refused('%s is not the ARN of a key.' % arn)
        keys = kms_backends[account_id][region].keys
        if key_id not in keys:
            key = Key(None, 'ENCRYPT_DECRYPT', 'SYMMETRIC_DEFAULT', 'Given', account_id, region)
            key.id, key.arn = key_id, arn
            keys[key_id] = key


# --- Images and documents -----------------------------------------------------------------------------------


def _image(place, given):
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
            _image(place, given)


def _is_same(image, place, given):
    owner = given.get('ownerAccountId') or place.account_id
    tags = {tag['key']: tag['value'] for tag in image.get_tags()}
    return image.owner_id == owner and (owner != place.account_id or tags == given.get('tags', {}))


def _public_parameters(place, entry):
    for name, image_id in entry.get('publicParameters', {}).items():
        canonical = '/canonical/' in name
        arm = any(word in name for word in ('arm64', 'aarch64'))
        given = {
            'imageId': image_id,
            'name': '%s-%s' % (name.strip('/').replace('/', '-'), image_id),
            'ownerAccountId': CANONICAL if canonical else AMAZON,
            'architecture': 'arm64' if arm else 'x86_64',
            'rootDeviceName': '/dev/sda1' if canonical else '/dev/xvda',
        }
        _image(place, given)
        # Looking it up makes moto load its own list first, which would come after ours otherwise.
        _ = place.ssm._parameters[name]
        _parameter(place.ssm, name, image_id, 'aws:ec2:image')


def _documents(place, entry):
    for given in entry.get('documents', []):
        if given['name'] not in place.ssm._documents:
            place.ssm.create_document(
                content=given['content'],
                requires=[],
                attachments=[],
                name=given['name'],
                version_name=None,
                document_type=given['type'],
                document_format='JSON',
                target_type=None,
                tags=[],
            )


# In this order: a subnet belongs to the VPC that lists it, whoever else names it.
MAKERS = {
    'vpcs': _networks,
    'subnetIds': _loose_subnets,
    'securityGroupIds': _security_groups,
    'keyNames': _key_pairs,
    'policyArns': _policies,
    'roleArns': _roles,
    'instanceProfiles': _instance_profiles,
    'buckets': _buckets,
    'secretArns': _secrets,
    'parameterArns': _parameters,
    'kmsKeyArns': _kms_keys,
    'images': _images,
    'documents': _documents,
    'publicParameters': _public_parameters,
}


def make_given(entries):
    """Makes everything that is given; what is given twice is made once."""
    places = [(Place(entry['accountId'], entry['region']), entry) for entry in entries]
    for _, entry in places:
        unknown = set(entry) - set(MAKERS) - {'accountId', 'region'}
        if unknown:
            raise Refused('The emulated AWS cannot make what is given as %s.' % ', '.join(sorted(unknown)))
    for kind, make in MAKERS.items():
        for place, entry in places:
            try:
                make(place, entry)
            except Refused:
                raise
            except Exception as error:  # moto's own refusals have no common class
                message = 'The emulated AWS cannot make what is given as %s: %r' % (kind, error)
                raise Refused(message) from error
