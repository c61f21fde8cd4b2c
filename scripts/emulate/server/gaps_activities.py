"""Auto Scaling: the record of launches and terminations."""

import uuid

from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.core.utils import utcnow

from gaps import added, gap


def _activities(group):
    """What happened in a group, the latest last, as AWS describes it."""
    return group.__dict__.setdefault('activities', [])


def begin(group, description, cause):
    """Records that something begins; answers the record, which says later how it went on."""
    now = utcnow()
    activity = {
        'ActivityId': str(uuid.uuid4()),
        'AutoScalingGroupName': group.name,
        'AutoScalingGroupARN': group.arn,
        'Description': description,
        'Cause': 'At %s %s' % (now.strftime('%Y-%m-%dT%H:%M:%SZ'), cause),
        'StartTime': now,
        'StatusCode': 'InProgress',
        'Progress': 0,
        'Details': '{}',
    }
    _activities(group).append(activity)
    return activity


def wait(activity):
    """It waits for lifecycle hooks."""
    activity.update(StatusCode='MidLifecycleAction', Progress=50)


def end(activity, status_code):
    """It is over."""
    activity.update(StatusCode=status_code, Progress=100, EndTime=utcnow())


def _of_groups(response):
    """The activities that a request asks for, the latest first."""
    name, ids = response._get_param('AutoScalingGroupName'), response._get_param('ActivityIds', [])
    found = [
        activity
        for group in response.autoscaling_backend.autoscaling_groups.values()
        for activity in _activities(group)
        if name in (None, group.name) and (not ids or activity['ActivityId'] in ids)
    ]
    return sorted(found, key=lambda activity: activity['StartTime'])[::-1]


@gap('Auto Scaling', 'nothing is told of launches and terminations')
def scaling_activities():
    @added(AutoScalingResponse, 'describe_scaling_activities')
    def describe_scaling_activities(response):
        found = _of_groups(response)
        start = int(response._get_param('NextToken') or 0)
        end_of_page = start + response._get_int_param('MaxRecords', 100)
        more = {'NextToken': str(end_of_page)} if end_of_page < len(found) else {}
        return ActionResult({'Activities': found[start:end_of_page], **more})
