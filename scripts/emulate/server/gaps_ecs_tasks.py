"""ECS: tasks on Fargate. They run as soon as they are asked for, and stop as soon as they are told to."""

import uuid

from moto.ec2.models import ec2_backends
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ecs import models
from moto.ecs.exceptions import EcsClientException, InvalidParameterException
from moto.ecs.models import Task

import clock
from gaps import added, gap
from gaps_ecs import tasks_of
from gaps_ecs_network import details_of

ARCHITECTURES = {'ARM64': 'arm64', 'X86_64': 'x86_64'}


# --- What AWS knows of a task -------------------------------------------------------------------------------


def _overrides(definition, overrides):
    """What is overridden, with an entry for each container, as AWS completes it."""
    given = {one['name']: one for one in (overrides or {}).get('containerOverrides', [])}
    names = [container['name'] for container in definition.container_definitions]
    for name in set(given) - set(names):
        raise InvalidParameterException(
            'Override for container named %s is not a container in the TaskDefinition.' % name
        )
    containers = [given.get(name, {'name': name}) for name in names]
    return {'inferenceAcceleratorOverrides': [], **(overrides or {}), 'containerOverrides': containers}


def _container(task, definition):
    arn = '%s/%s' % (task.task_arn.replace(':task/', ':container/'), uuid.uuid4())
    interfaces = [
        {
            'attachmentId': attachment['id'],
            'privateIpv4Address': details_of(attachment)['privateIPv4Address'],
        }
        for attachment in task.attachments
    ]
    memory = {'memory': str(definition['memory'])} if definition.get('memory') else {}
    return {
        'containerArn': arn,
        'taskArn': task.task_arn,
        'name': definition['name'],
        'image': definition['image'],
        'runtimeId': '%s-%d' % (task.id, uuid.uuid4().int % 10**10),
        'lastStatus': 'RUNNING',
        'healthStatus': 'UNKNOWN',
        'cpu': str(definition.get('cpu', 0)),
        **memory,
        'networkBindings': [],
        'networkInterfaces': interfaces,
    }


def _size(task, definition):
    task.cpu = task.overrides.get('cpu') or definition.cpu
    task.memory = task.overrides.get('memory') or definition.memory
    storage = task.overrides.get('ephemeralStorage') or definition.ephemeral_storage or {'sizeInGiB': 20}
    task.ephemeral_storage = task.fargate_ephemeral_storage = storage


def _complete(task, definition):
    """What moto does not know of a task on Fargate."""
    task.id = task.id.replace('-', '')
    _size(task, definition)
    now = clock.now()
    task.created_at = task.pull_started_at = task.pull_stopped_at = now
    task.started_at = task.connectivity_at = now
    task.connectivity, task.health_status, task.version = 'CONNECTED', 'UNKNOWN', 1
    task.platform_family, task.platform_version = 'Linux', '1.4.0'
    platform = definition.runtime_platform or {}
    architecture = ARCHITECTURES[platform.get('cpuArchitecture', 'X86_64')]
    task.attributes = [{'name': 'ecs.cpu-architecture', 'value': architecture}]
    task.containers = [_container(task, one) for one in definition.container_definitions]
    task.service = task.stopped_reason = None
    task.protected_until = None


# --- Start and stop -----------------------------------------------------------------------------------------


def start(backend, cluster, definition, request, provider):
    """Starts one task of a request in its first subnet, on a provider's capacity."""
    task = Task(
        cluster=cluster,
        task_definition=definition,
        container_instance_arn=None,
        resource_requirements=None,
        backend=backend,
        group=request.get('group') or 'family:%s' % definition.family,
        launch_type='FARGATE',
        overrides=_overrides(definition, request.get('overrides')),
        started_by=request.get('startedBy'),
        tags=list(request.get('tags', [])),
        networking_configuration=request['networkConfiguration'],
    )
    _complete(task, definition)
    task.capacity_provider_name = provider
    task.enable_execute_command = request.get('enableExecuteCommand', False)
    task.availability_zone = _place(backend, task, request['networkConfiguration']['awsvpcConfiguration'])
    backend.tasks.setdefault(cluster.name, {})[task.task_arn] = task
    return task


def _place(backend, task, network):
    """Completes the network interface of a task; answers its availability zone."""
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    interface = ec2.get_network_interface(details_of(task.attachments[0])['networkInterfaceId'])
    details = task.attachments[0]['details']
    task.attachments[0]['details'] = [detail for detail in details if detail['value'] is not None]
    interface.description = task.task_arn.replace(':task/', ':attachment/')
    interface.public_ip_auto_assign = network.get('assignPublicIp') == 'ENABLED'
    interface.start()
    return interface.subnet.availability_zone


def stop(task, code, reason):
    """Stops a task, if it still runs."""
    if task.last_status == 'STOPPED':
        return
    task.desired_status = task.last_status = 'STOPPED'
    task.stop_code, task.stopped_reason = code, reason
    task.stopping_at = task.execution_stopped_at = task.stopped_at = clock.now()
    for container in task.containers:
        container.update(lastStatus='STOPPED', exitCode=0, networkInterfaces=[])
    ec2 = ec2_backends[task._account_id][task.region_name]
    for attachment in task.attachments:
        attachment['status'] = 'DELETED'
        ec2.enis.pop(details_of(attachment)['networkInterfaceId'], None)


def check_definition(definition):
    """AWS's refusal of a definition that is gone or not for Fargate."""
    if definition.status != 'ACTIVE':
        raise EcsClientException('TaskDefinition is inactive')
    if 'FARGATE' not in definition.compatibilities:
        raise InvalidParameterException('Task definition does not support launch_type FARGATE.')


def tags_of_owner(propagate, definition, owner_tags):
    """The tags that a task gets from its definition or from its service."""
    return {'TASK_DEFINITION': definition.tags, 'SERVICE': owner_tags}.get(propagate, [])


def find_task(backend, cluster, name):
    """A task by its ARN or id."""
    return next((task for task in tasks_of(backend, cluster) if name in (task.task_arn, task.id)), None)


def task_arn(cluster, name):
    """The ARN of a task that may not exist."""
    return name if ':' in name else '%s/%s' % (cluster.arn.replace(':cluster/', ':task/'), name)


def missing(cluster, name):
    """What AWS answers of a task that does not exist."""
    return {'arn': task_arn(cluster, name), 'reason': 'MISSING'}


@gap('ECS', 'a task has no times, its containers no network, and it leaves RUNNING when it is looked at')
@gap('ECS', 'the address of a task is not in its subnet, and without host names there is no task')
def tasks():
    # moto asks for an address anywhere; without one it takes one of the subnet.
    models.random_private_ip = lambda: None
    # Of a VPC without host names.
    NetworkInterface.private_dns_name = None

    @added(Task, 'advance')
    def advance(_task):
        """Stays as it is."""
