"""ECS: the protection of tasks against scale-in and deployments."""

from datetime import timedelta

from moto.core.responses import ActionResult
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.responses import EC2ContainerServiceResponse

import clock
from gaps import added, gap
from gaps_ecs import running_tasks_of
from gaps_ecs_tasks import find_task, missing

# Minutes.
DEFAULT, LONGEST = 120, 2880


def is_protected(task):
    """Whether a task is protected now."""
    return task.protected_until is not None and task.protected_until > clock.now()


def _answer(task):
    protected = is_protected(task)
    until = {'expirationDate': task.protected_until} if protected else {}
    return {'taskArn': task.task_arn, 'protectionEnabled': protected, **until}


def _is_blocked(backend, cluster, task):
    """As many others are protected as are desired: no more tasks can be, or nothing would ever be replaced."""
    others = [
        other
        for other in running_tasks_of(backend, cluster)
        if other.service is task.service and other is not task and is_protected(other)
    ]
    return len(others) >= task.service.desired_count


def _protect(backend, cluster, task, minutes):
    """Protects a task; answers the reason where that is refused."""
    if _is_blocked(backend, cluster, task):
        return 'DEPLOYMENT_BLOCKED'
    task.protected_until = clock.now() + timedelta(minutes=minutes)
    return None


def _update(backend, cluster, task, request):
    """Sets the protection of a task; answers the reason where that is refused."""
    if task.service is None:
        return 'TASK_NOT_VALID'
    if request['protectionEnabled']:
        return _protect(backend, cluster, task, request.get('expiresInMinutes', DEFAULT))
    task.protected_until = None
    return None


def _for_each(response, do):
    """Does it to each task that a request names; answers the tasks, and why it was refused."""
    backend, request = response.ecs_backend, response._get_params()
    cluster = backend._get_cluster(request['cluster'])
    names = request.get('tasks') or []
    answers, failures = [], []
    for name in names:
        task = find_task(backend, cluster, name)
        reason = do(backend, cluster, task, request) if task else None
        if task is None or task.last_status == 'STOPPED':
            failures.append(missing(cluster, name))
        elif reason:
            failures.append({'arn': task.task_arn, 'reason': reason})
        else:
            answers.append(_answer(task))
    return ActionResult({'protectedTasks': answers, 'failures': failures})


def _check(request):
    if len(request.get('tasks') or []) not in range(1, 11):
        raise InvalidParameterException('Tasks must have between 1 and 10 items.')
    if not 1 <= request.get('expiresInMinutes', DEFAULT) <= LONGEST:
        raise InvalidParameterException('expiresInMinutes must be between 1 and %d.' % LONGEST)


@gap('ECS', 'UpdateTaskProtection and GetTaskProtection are missing')
def task_protection():
    @added(EC2ContainerServiceResponse, 'update_task_protection')
    def update_task_protection(response):
        _check(response._get_params())
        return _for_each(response, _update)

    @added(EC2ContainerServiceResponse, 'get_task_protection')
    def get_task_protection(response):
        return _for_each(response, lambda *_: None)
