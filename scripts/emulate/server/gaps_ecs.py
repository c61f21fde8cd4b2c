"""ECS: clusters and their capacity, task definitions."""

from moto.ecs.exceptions import ClusterNotFoundException, ECSException, InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend

from gaps import gap, wrapped

FARGATE = ('FARGATE', 'FARGATE_SPOT')


def tasks_of(backend, cluster):
    """All tasks of a cluster, those that have stopped too."""
    return list(backend.tasks.get(cluster.name, {}).values())


def running_tasks_of(backend, cluster):
    """The tasks of a cluster that run."""
    return [task for task in tasks_of(backend, cluster) if task.last_status == 'RUNNING']


def services_of(backend, cluster):
    """The services of a cluster that are not gone."""
    services = list(backend.services.values())
    return [one for one in services if one.cluster_arn == cluster.arn and one.status != 'INACTIVE']


def count(backend):
    """Brings the numbers of every cluster up to date."""
    for cluster in list(backend.clusters.values()):
        cluster.running_tasks_count = len(running_tasks_of(backend, cluster))
        cluster.pending_tasks_count = 0
        cluster.active_services_count = len(services_of(backend, cluster))


# --- Clusters -----------------------------------------------------------------------------------------------


@gap('ECS', 'a deleted cluster goes on, and one with tasks or services can be deleted')
def clusters():
    @wrapped(EC2ContainerServiceBackend, '_get_cluster')
    def get_cluster(original, backend, name):
        cluster = original(backend, name)
        if cluster.status == 'INACTIVE':
            raise ClusterNotFoundException
        return cluster

    @wrapped(EC2ContainerServiceBackend, 'delete_cluster')
    def delete_cluster(original, backend, cluster_str):
        cluster = backend._get_cluster(cluster_str)
        if services_of(backend, cluster):
            message = 'The Cluster cannot be deleted while Services are active.'
            raise ECSException('ClusterContainsServicesException', message)
        if running_tasks_of(backend, cluster):
            message = 'The Cluster cannot be deleted while Tasks are active.'
            raise ECSException('ClusterContainsTasksException', message)
        return original(backend, cluster_str)


# --- Capacity providers -------------------------------------------------------------------------------------


def _check_known(strategy, providers):
    if {one['capacityProvider'] for one in strategy} - set(providers or []):
        raise InvalidParameterException(
            'The specified capacity provider strategy cannot contain a capacity provider that is not associated '
            'with the cluster. Associate the capacity provider with the cluster and try again.'
        )


def _check_weights(strategy):
    if strategy and not any(one.get('weight') for one in strategy):
        message = 'The capacity provider strategy needs a capacity provider with a weight greater than 0.'
        raise InvalidParameterException(message)


def strategy_of(cluster, request):
    """The capacity provider strategy of a request: its own, the cluster's, or none where it has a launch type."""
    own, launch_type = request.get('capacityProviderStrategy'), request.get('launchType')
    if own and launch_type:
        message = 'Specifying both a launch type and capacity provider strategy is not supported.'
        raise InvalidParameterException(message + ' Remove one and try again.')
    strategy = own or (not launch_type and cluster.default_capacity_provider_strategy) or []
    _check_known(strategy, cluster.capacity_providers)
    _check_weights(strategy)
    return strategy


def _load(provider, placed):
    """How much a provider has; the one that has least gets the next task."""
    beyond_base = placed.count(provider['capacityProvider']) - provider.get('base', 0)
    if beyond_base < 0:
        return -1
    return (beyond_base + 1) / provider['weight'] if provider.get('weight') else float('inf')


def next_provider(strategy, placed):
    """The provider of one more task, bases first, then as the weights say; `placed` names those of the others."""
    return min(strategy, key=lambda provider: _load(provider, placed))['capacityProvider'] if strategy else None


@gap('ECS', 'capacity providers can be taken from a service that is on them')
def capacity_providers():
    @wrapped(EC2ContainerServiceBackend, 'put_cluster_capacity_providers')
    def put(original, backend, cluster_name, capacity_providers, default_strategy):
        cluster = backend._get_cluster(cluster_name)
        used = {
            one['capacityProvider']
            for service in services_of(backend, cluster)
            for one in service.capacity_provider_strategy
        }
        if used - set(capacity_providers or []):
            message = 'The specified capacity provider is in use and cannot be removed.'
            raise ECSException('ResourceInUseException', message)
        _check_known(default_strategy or [], capacity_providers)
        return original(backend, cluster_name, capacity_providers, default_strategy)
