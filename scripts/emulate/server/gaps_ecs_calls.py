"""ECS: what is asked for tasks, and of them."""

from moto.core.responses import ActionResult
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.responses import DESCRIBE_TASKS_TAGS, EC2ContainerServiceResponse

from gaps import added, gap, wrapped
from gaps_ecs import next_provider, strategy_of, tasks_of
from gaps_ecs_network import check_network, network_of_task
from gaps_ecs_tasks import check_definition, find_task, missing, start, stop, tags_of_owner


def _run(backend, cluster, request):
    definition = backend.describe_task_definition(request['taskDefinition'])
    strategy = strategy_of(cluster, request)
    check_definition(definition)
    network = check_network(backend, request.get('networkConfiguration'))
    inherited = tags_of_owner(request.get('propagateTags'), definition, [])
    managed = [{'key': 'aws:ecs:clusterName', 'value': cluster.name}]
    tags = [*inherited, *(managed if request.get('enableECSManagedTags') else []), *request.get('tags', [])]
    started = []
    for number in range(request.get('count') or 1):
        provider = next_provider(strategy, [task.capacity_provider_name for task in started])
        where = {'networkConfiguration': network_of_task(backend, network, number), 'tags': tags}
        started.append(start(backend, cluster, definition, {**request, **where}, provider))
    return started


@gap('ECS', 'RunTask without a launch type, or with a capacity provider strategy, answers 500')
@gap('ECS', 'a definition without memory of its containers cannot be run')
def running():
    @wrapped(EC2ContainerServiceResponse, 'run_task')
    def run_task(original, response):
        backend, request = response.ecs_backend, response._get_params()
        cluster = backend._get_cluster(request.get('cluster', 'default'))
        if request.get('launchType') == 'FARGATE' or strategy_of(cluster, request):
            return ActionResult({'tasks': _run(backend, cluster, request), 'failures': []})
        if not backend.container_instances.get(cluster.name):
            raise InvalidParameterException('No Container Instances were found in your cluster.')
        return original(response)


def _listed_by(task):
    """What tasks are listed by, under the names of the request."""
    return {
        'desiredStatus': task.desired_status,
        'family': task.task_definition_arn.split('/')[-1].split(':')[0],
        'startedBy': task.started_by,
        'launchType': task.launch_type,
        'containerInstance': task.container_instance_arn,
        'serviceName': task.service,
    }


def _list(backend, cluster, request):
    wanted = {'desiredStatus': 'RUNNING', **request}
    if 'serviceName' in request:
        wanted['serviceName'] = backend._get_service(cluster.name, request['serviceName'])
    return [
        task
        for task in tasks_of(backend, cluster)
        if all(wanted.get(name, value) == value for name, value in _listed_by(task).items())
    ]


@gap('ECS', 'ListTasks lists stopped tasks, and ignores the service')
@gap('ECS', 'StopTask fails for an unknown task; DescribeTasks does not name one')
def questions():
    @added(EC2ContainerServiceResponse, 'list_tasks')
    def list_tasks(response):
        backend, request = response.ecs_backend, response._get_params()
        cluster = backend._get_cluster(request.get('cluster', 'default'))
        return ActionResult({'taskArns': [task.task_arn for task in _list(backend, cluster, request)]})

    @added(EC2ContainerServiceResponse, 'describe_tasks')
    def describe_tasks(response):
        backend, request = response.ecs_backend, response._get_params()
        cluster = backend._get_cluster(request.get('cluster', 'default'))
        found = {name: find_task(backend, cluster, name) for name in request.get('tasks', [])}
        if not found:
            raise InvalidParameterException('Tasks cannot be empty.')
        show = 'TAGS' in request.get('include', [])
        (response._include_in_response if show else response._exclude_from_response)(DESCRIBE_TASKS_TAGS)
        failures = [missing(cluster, name) for name, task in found.items() if task is None]
        return ActionResult({'tasks': [task for task in found.values() if task], 'failures': failures})

    @added(EC2ContainerServiceResponse, 'stop_task')
    def stop_task(response):
        backend, request = response.ecs_backend, response._get_params()
        cluster = backend._get_cluster(request.get('cluster', 'default'))
        task = find_task(backend, cluster, request['task'])
        if task is None:
            raise InvalidParameterException('The referenced task was not found.')
        stop(task, 'UserInitiated', request.get('reason', 'Task stopped by user'))
        return ActionResult({'task': task})
