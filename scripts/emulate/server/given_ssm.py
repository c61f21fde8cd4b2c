"""Makes what an environment refers to as given in Systems Manager."""

from moto.core.utils import utcnow
from moto.ssm.models import Parameter, ssm_backends

from given_images import AMAZON, CANONICAL, make_image
from given_place import parse_arn


def _parameter(ssm, name, value, data_type='text'):
    parameter = Parameter(ssm.account_id, name, value, 'String', None, None, None, utcnow(), 1, data_type)
    parameter.tier = 'Standard'
    ssm._parameters[name] = [parameter]


def _parameters(place, entry):
    for arn in entry.get('parameterArns', []):
        account_id, region, resource = parse_arn(arn)
        # parameter/a/b is /a/b, parameter/a is a.
        path = resource[len('parameter') :]
        name = path if path.count('/') > 1 else path[1:]
        ssm = ssm_backends[account_id][region]
        if not ssm._parameters[name]:
            _parameter(ssm, name, 'given')


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
        make_image(place, given)
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


MAKERS = {
    'parameterArns': _parameters,
    'documents': _documents,
    'publicParameters': _public_parameters,
}
