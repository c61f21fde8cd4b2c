"""Makes what an environment refers to as given: resources with exactly these ids."""

import json
import re
from datetime import datetime

from moto.iam.models import iam_backends
from moto.kms.models import Key, kms_backends
from moto.secretsmanager.models import FakeSecret, secretsmanager_backends

import given_containers
import given_images
import given_network
import given_ssm
from given_place import Place, Refused, parse_arn

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


# --- Identities ---------------------------------------------------------------------------------------------


def _path_and_name(resource):
    """`role/some/path/name` is the name `name` on the path `/some/path/`."""
    words = resource.split('/')[1:]
    path = '/'.join(words[:-1])
    return '/%s/' % path if path else '/', words[-1]


def _policies(place, entry):
    for arn in entry.get('policyArns', []):
        account_id, _, resource = parse_arn(arn)
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
        account_id, _, resource = parse_arn(arn)
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
        account_id, region, resource = parse_arn(arn)
        backend = secretsmanager_backends[account_id][region]
        if arn in backend.secrets:
            continue
        # AWS ends the ARN with a dash and six characters that are not part of the name.
        name = re.sub(r'-[A-Za-z0-9]{6}$', '', resource.split(':', 1)[1])
        secret = FakeSecret(account_id, region, name, {}, '', created_date=int(datetime.now().timestamp()))
        secret.arn, secret.versions = arn, {}
        backend.secrets[name] = secret


def _kms_keys(place, entry):
    for arn in entry.get('kmsKeyArns', []):
        account_id, region, resource = parse_arn(arn)
        kind, _, key_id = resource.partition('/')
        if kind != 'key':
            raise Refused('%s is not the ARN of a key.' % arn)
        keys = kms_backends[account_id][region].keys
        if key_id not in keys:
            key = Key(None, 'ENCRYPT_DECRYPT', 'SYMMETRIC_DEFAULT', 'Given', account_id, region)
            key.id, key.arn = key_id, arn
            keys[key_id] = key


OWN_MAKERS = {
    'policyArns': _policies,
    'roleArns': _roles,
    'instanceProfiles': _instance_profiles,
    'buckets': _buckets,
    'secretArns': _secrets,
    'kmsKeyArns': _kms_keys,
}

MAKERS = {
    **given_network.MAKERS,
    **OWN_MAKERS,
    **given_images.MAKERS,
    **given_ssm.MAKERS,
    **given_containers.MAKERS,
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
