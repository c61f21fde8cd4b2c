"""ECS: what services on Fargate are told to be."""

from moto.core.responses import ActionResult
from moto.ecs.exceptions import ECSException, InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend
from moto.ecs.responses import EC2ContainerServiceResponse

import clock
from gaps import added, gap, wrapped
from gaps_ecs import services_of, strategy_of
from gaps_ecs_deployments import check_room, deploy, describe, is_on_fargate
from gaps_ecs_network import check_network
from gaps_ecs_tasks import check_definition

# What AWS gives where a request says nothing.
DEFAULT_DEPLOYMENT = {
    'deploymentCircuitBreaker': {'enable': False, 'rollback': False},
    'maximumPercent': 200,
    'minimumHealthyPercent': 100,
}

# Settings of a service that take effect without a deployment: AWS's name, the attribute, and AWS's default.
SETTINGS = {
    'availabilityZoneRebalancing': ('availability_zone_rebalancing', 'ENABLED'),
    'deploymentConfiguration': ('deployment_configuration', DEFAULT_DEPLOYMENT),
    'desiredCount': ('desired_count', 0),
    'enableECSManagedTags': ('enable_ecs_managed_tags', False),
    'enableExecuteCommand': ('enable_execute_command', False),
    'healthCheckGracePeriodSeconds': ('health_check_grace_period_seconds', 0),
    'placementConstraints': ('placement_constraints', []),
    'placementStrategy': ('placement_strategy', []),
    'propagateTags': ('propagate_tags', 'NONE'),
}


def _settings(request, service=None):
    """The settings that a request leads to, by their attributes; an update leaves what it does not name."""
    found = {}
    for name, (attribute, default) in SETTINGS.items():
        present = getattr(service, attribute) if service else default
        found[attribute] = request.get(name, present)
    before = service.deployment_configuration if service else DEFAULT_DEPLOYMENT
    found['deployment_configuration'] = {**before, **request.get('deploymentConfiguration', {})}
    return found


def _deployed(backend, cluster, request):
    """What a request says that takes a deployment, by its attributes."""
    found = {}
    if 'taskDefinition' in request:
        definition = backend.describe_task_definition(request['taskDefinition'])
        check_definition(definition)
        found['task_definition'] = definition.arn
    if 'networkConfiguration' in request:
        found['network_configuration'] = check_network(backend, request['networkConfiguration'])
    if 'capacityProviderStrategy' in request:
        found['capacity_provider_strategy'] = strategy_of(cluster, request)
    if 'platformVersion' in request:
        found['platform_version'] = request['platformVersion']
    return found


def _can_rebalance(settings):
    """A task moves to another zone by one more that runs meanwhile."""
    return settings['deployment_configuration']['maximumPercent'] > 100


def _check(settings):
    """AWS's refusal of settings that contradict each other."""
    if settings['availability_zone_rebalancing'] == 'ENABLED' and not _can_rebalance(settings):
        message = 'A service with availability zone rebalancing needs a maximumPercent above 100.'
        raise InvalidParameterException(message)


def _take(service, values):
    for attribute, value in values.items():
        setattr(service, attribute, value)


def _create(original, response, backend, cluster):
    """Makes a service on Fargate, and begins its first deployment."""
    request = response._get_params()
    strategy = strategy_of(cluster, request)
    settings, deployed = _settings(request), _deployed(backend, cluster, request)
    if 'availabilityZoneRebalancing' not in request and not _can_rebalance(settings):
        settings['availability_zone_rebalancing'] = 'DISABLED'
    _check(settings)
    if 'network_configuration' not in deployed:
        check_network(backend, None)
    result = original(response)
    service = result.result['service']
    _take(service, {'platform_version': 'LATEST', 'platform_family': 'Linux', **settings, **deployed})
    service.capacity_provider_strategy = strategy
    service.launch_type = None if strategy else 'FARGATE'
    service.created_at = clock.now()
    service.deployments = []
    deploy(service)
    return result


def _update(backend, cluster, service, request):
    """Changes a service; a deployment begins where its tasks would be others, or where one is asked for."""
    settings, deployed = _settings(request, service), _deployed(backend, cluster, request)
    _check(settings)
    changes = any(getattr(service, attribute) != value for attribute, value in deployed.items())
    begins = changes or request.get('forceNewDeployment')
    if begins:
        check_room(service)
    _take(service, {**settings, **deployed})
    if begins:
        deploy(service)
    describe(service)
    return ActionResult({'service': service})


@gap('ECS', 'a service forgets its capacity providers, its way of deploying, zones, tags and shell access')
@gap('ECS', 'a service with another definition keeps its deployment')
def services():
    @wrapped(EC2ContainerServiceResponse, 'create_service')
    def create_service(original, response):
        backend, request = response.ecs_backend, response._get_params()
        cluster = backend._get_cluster(request.get('cluster', 'default'))
        if any(service.name == request['serviceName'] for service in services_of(backend, cluster)):
            raise InvalidParameterException('Creation of service was not idempotent.')
        if request.get('launchType') == 'FARGATE' or strategy_of(cluster, request):
            return _create(original, response, backend, cluster)
        return original(response)

    @wrapped(EC2ContainerServiceResponse, 'update_service')
    def update_service(original, response):
        backend, request = response.ecs_backend, response._get_params()
        cluster = backend._get_cluster(request.get('cluster', 'default'))
        service = backend._get_service(cluster.name, request['service'])
        if service.status != 'ACTIVE':
            raise ECSException('ServiceNotActiveException', 'Service was not ACTIVE.')
        return _update(backend, cluster, service, request) if is_on_fargate(service) else original(response)


@gap('ECS', 'a deleted service is gone while its tasks still run, and is listed for ever')
def deletion():
    @wrapped(EC2ContainerServiceBackend, 'delete_service')
    def delete_service(original, backend, cluster_name, service_name, force):
        service = original(backend, cluster_name, service_name, force)
        if is_on_fargate(service):
            service.status, service.desired_count = 'DRAINING', 0
            describe(service)
        return service

    @wrapped(EC2ContainerServiceBackend, 'list_services')
    def list_services(original, backend, cluster_str, *rest, **named):
        cluster = backend._get_cluster(cluster_str)
        active = [service.arn for service in services_of(backend, cluster) if service.status == 'ACTIVE']
        return [arn for arn in original(backend, cluster_str, *rest, **named) if arn in active]
