"""Makes what an environment refers to as given of ECS and ECR."""

import hashlib
import json

from moto.ecr.models import ecr_backends
from moto.ecs.models import ecs_backends

from gaps_ecs import FARGATE
from given_place import Refused, parse_arn

# Media types of the Open Container Initiative.
INDEX = 'application/vnd.oci.image.index.v1+json'
MANIFEST = 'application/vnd.oci.image.manifest.v1+json'

ARCHITECTURES = {'x86_64': 'amd64', 'arm64': 'arm64'}

# What `docker:build` sets on a repository, and a stack looks for: src/rendering/container-image-tag.ts.
IMAGE_TAG = 'gitlab-runner-aws:image-%s'


def _clusters(place, entry):
    for arn in entry.get('clusters', []):
        account_id, region, resource = parse_arn(arn)
        kind, _, name = resource.partition('/')
        if kind != 'cluster':
            raise Refused('%s is not the ARN of a cluster.' % arn)
        ecs = ecs_backends[account_id][region]
        if name not in ecs.clusters:
            default = [{'capacityProvider': 'FARGATE', 'weight': 1, 'base': 0}]
            ecs.create_cluster(name, capacity_providers=[*FARGATE], default_capacity_provider_strategy=default)


def _digest(text):
    return 'sha256:%s' % hashlib.sha256(text.encode()).hexdigest()


def _index(given, architecture):
    """What a registry has of an image that was built for one architecture."""
    # Another tag is another image.
    content = _digest('%(repository)s:%(tag)s' % given)
    platform = {'os': 'linux', 'architecture': ARCHITECTURES[architecture]}
    manifest = {'mediaType': MANIFEST, 'digest': content, 'size': 1024, 'platform': platform}
    return json.dumps({'schemaVersion': 2, 'mediaType': INDEX, 'manifests': [manifest]})


def _container_images(place, entry):
    ecr = ecr_backends[place.account_id][place.region]
    for given in entry.get('containerImages', []):
        name, tag = given['repository'], given['tag']
        architecture = given.get('architecture', 'x86_64')
        if name not in ecr.repositories:
            ecr.create_repository(name, None, None, {'scanOnPush': True}, 'IMMUTABLE', [])
        repository = ecr.repositories[name]
        if not any(tag in image.image_tags for image in repository.images):
            index = _index(given, architecture)
            ecr.put_image(name, index, tag, INDEX, _digest(index))
        ecr.tag_resource(repository.arn, [{'Key': IMAGE_TAG % tag, 'Value': architecture}])


MAKERS = {'clusters': _clusters, 'containerImages': _container_images}
