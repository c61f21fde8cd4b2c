"""ECS: how a service on Fargate keeps as many tasks running as are desired, and how deployments replace them.

What a call asks for is done before the next one, so that its answer shows the deployment in progress.
"""

import threading
import uuid
from math import ceil, floor

from moto.core.exceptions import ServiceException
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.responses import EC2ContainerServiceResponse

import clock
from gaps import gap, wrapped
from gaps_ecs import count, next_provider
from gaps_ecs_network import network_of_task
from gaps_ecs_protection import is_protected
from gaps_ecs_tasks import start, stop, tags_of_owner
from gaps_requests import attempt

# Terraform works on ten resources at a time, and a cluster's tasks are one list.
LOCK = threading.RLock()

# AWS refuses a sixth.
MOST_DEPLOYMENTS = 5


class Deployment:
    """One generation of a service's tasks, as AWS describes it."""

    def __init__(self, service):
        self.id = 'ecs-svc/%019d' % (uuid.uuid4().int % 10**19)
        self.created_at = self.updated_at = clock.now()
        self.launch_type = service.launch_type
        self.capacity_provider_strategy = service.capacity_provider_strategy
        self.network_configuration = service.network_configuration
        self.task_definition = service.task_definition
        self.platform_family, self.platform_version = 'Linux', '1.4.0'
        self.status, self.failed_tasks = 'PRIMARY', 0
        self.rollout_state = 'IN_PROGRESS'
        self.tasks = []

    def running(self):
        """Its tasks that run."""
        return [task for task in self.tasks if task.last_status == 'RUNNING']

    def describe(self, service):
        """Brings what AWS tells of it up to date."""
        self.running_count = len(self.running())
        self.desired_count = service.desired_count if self.status == 'PRIMARY' else 0
        self.pending_count = max(0, self.desired_count - self.running_count)
        if service.deployments == [self] and not self.pending_count:
            self.rollout_state = 'COMPLETED'
        words = self.rollout_state.lower().replace('_', ' ')
        self.rollout_state_reason = 'ECS deployment %s %s.' % (self.id, words)


def check_room(service):
    """AWS's refusal of one more deployment."""
    if len(service.deployments) >= MOST_DEPLOYMENTS:
        message = '%d active deployments exist, unable to create new deployment.' % MOST_DEPLOYMENTS
        raise InvalidParameterException(message)


def deploy(service):
    """Begins a deployment: what ran until now is to be replaced."""
    older = service.deployments
    for deployment in older:
        deployment.status = 'ACTIVE'
    service.deployments = [Deployment(service), *older]
    describe(service)


def is_on_fargate(service):
    """Whether it is a service of the emulator's; others are moto's."""
    return hasattr(service, 'deployment_configuration')


def describe(service):
    """Brings what AWS tells of a service up to date."""
    for deployment in service.deployments:
        deployment.describe(service)
    service.running_count = sum(deployment.running_count for deployment in service.deployments)
    service.pending_count = sum(deployment.pending_count for deployment in service.deployments)


# --- Tasks of a service -------------------------------------------------------------------------------------


def _tags(service, cluster, definition):
    managed = {'aws:ecs:clusterName': cluster.name, 'aws:ecs:serviceName': service.name}
    tags = [{'key': key, 'value': value} for key, value in managed.items()]
    inherited = tags_of_owner(service.propagate_tags, definition, service.tags)
    return [*inherited, *(tags if service.enable_ecs_managed_tags else [])]


def _start(service, number):
    """Starts a task of the newest deployment."""
    backend, deployment = service._backend, service.deployments[0]
    cluster = backend._get_cluster(service.cluster_name)
    definition = backend.describe_task_definition(deployment.task_definition)
    placed = [task.capacity_provider_name for task in deployment.running()]
    request = {
        'group': 'service:%s' % service.name,
        'startedBy': deployment.id,
        'networkConfiguration': network_of_task(backend, deployment.network_configuration, number),
        'enableExecuteCommand': service.enable_execute_command,
        'tags': _tags(service, cluster, definition),
    }
    provider = next_provider(deployment.capacity_provider_strategy, placed)
    task = start(backend, cluster, definition, request, provider)
    task.service = service
    deployment.tasks.append(task)


def _stop(deployment, number):
    """Stops so many tasks of a deployment, none of them protected."""
    for task in [one for one in deployment.running() if not is_protected(one)][: max(0, number)]:
        reason = 'Scaling activity initiated by (deployment %s)' % deployment.id
        stop(task, 'ServiceSchedulerInitiated', reason)


def _grow(service):
    """Starts what is missing, if there is room for it."""
    total = sum(len(deployment.running()) for deployment in service.deployments)
    most = floor(service.desired_count * service.deployment_configuration['maximumPercent'] / 100)
    present = len(service.deployments[0].running())
    for number in range(present, min(service.desired_count, present + most - total)):
        try:
            _start(service, number)
        except ServiceException:  # its subnet is gone, say: AWS tries again and again
            service.deployments[0].failed_tasks += 1
            return


def _shrink(service):
    """Stops what is too much, and of older deployments what is not needed until it is replaced."""
    newest, *older = service.deployments
    _stop(newest, len(newest.running()) - service.desired_count)
    fewest = ceil(service.desired_count * service.deployment_configuration['minimumHealthyPercent'] / 100)
    for deployment in reversed(older):
        total = sum(len(one.running()) for one in service.deployments)
        _stop(deployment, total - fewest)


def _settle(service):
    """Starts and stops tasks until nothing more can be done."""
    before = None
    while before != (now := [len(deployment.running()) for deployment in service.deployments]):
        before = now
        _grow(service)
        _shrink(service)
    newest, *older = service.deployments
    service.deployments = [newest, *(deployment for deployment in older if deployment.running())]
    describe(service)
    if service.status == 'DRAINING' and not service.running_count:
        service.status = 'INACTIVE'


def settle(backend):
    """Brings every service to where it is to be."""
    for service in list(backend.services.values()):
        if service.status != 'INACTIVE' and is_on_fargate(service):
            _settle(service)
    count(backend)


@gap('ECS', 'services start no tasks')
@gap('ECS', 'two calls at a time mix up the tags that they answer')
def one_call_at_a_time():
    @wrapped(EC2ContainerServiceResponse, 'call_action')
    def call_action(original, response):
        with LOCK:
            refusal = attempt(response, lambda: settle(response.ecs_backend))
            return refusal or original(response)
