"""Whose request it is, what it may reach, and how a refusal looks."""

import ipaddress
import re
import socket

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.iam import models as iam
from moto.sts.models import STSBackend
from moto.utilities.utils import get_partition
from werkzeug.exceptions import HTTPException

from gaps import gap, wrapped

ACCESS_KEY = re.compile(r'EMULATED(\d{12})')

# The account of requests whose key names none; set once, before the server starts.
default_account_id = '123456789012'


def set_default_account(account_id):
    """The account of a request that is signed with any other key."""
    global default_account_id
    default_account_id = account_id


def account_of(access_key):
    """The account that an access key id belongs to: its name says so, or a role was assumed with it."""
    named = ACCESS_KEY.fullmatch(access_key or '')
    if named:
        return named.group(1)
    # list(): another thread may add an account meanwhile.
    for account_id, partitions in list(iam.iam_backends.items()):
        for backend in list(partitions.values()):
            if access_key in backend.access_keys:
                return account_id
    return default_account_id


@gap('all', 'every request is of account 123456789012 or of MOTO_ACCOUNT_ID')
def accounts():
    iam.get_account_id_from = account_of


@gap('STS', 'GetCallerIdentity names a user ARN that no account could have')
def caller_identity():
    @wrapped(STSBackend, 'get_caller_identity')
    def get_caller_identity(original, backend, access_key_id, region):
        user_id, arn, account_id = original(backend, access_key_id, region)
        if arn.endswith(':user/moto'):
            arn = 'arn:%s:iam::%s:user/emulated' % (get_partition(region), backend.account_id)
        return user_id, arn, account_id


def _missing_action(response, error):
    """The refusal of a call that moto can't answer, in the words of the service's own protocol."""
    called = '%s %s' % (response.service_name, response._get_action())
    message = 'The emulated AWS cannot answer %s: %s %s' % (called, type(error).__name__, error)
    # moto tells from an exception's module in which protocol to say it.
    refusal = type('NotImplemented', (ServiceException,), {'__module__': type(response).__module__})
    _, headers, body = response.serialized(ActionResult(refusal('NotImplemented', message)))
    # 501: SDKs repeat a 500 for minutes, so the caller would hang instead of fail.
    return 501, {**headers, 'status': '501'}, body


def attempt(response, answer):
    """What `answer` answers to a request, or the refusal of a call that fails in a way that AWS does not."""
    try:
        return answer()
    except (HTTPException, ServiceException):
        raise
    except Exception as error:  # whatever it is, there is a gap
        return _missing_action(response, error)


@gap('all', 'what is missing answers 500, which SDKs and Terraform repeat for minutes')
def missing_actions():
    @wrapped(BaseResponse, 'call_action')
    def call_action(original, response):
        return attempt(response, lambda: original(response))


def _is_loopback(host):
    try:
        return host == 'localhost' or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@gap('all', 'some calls (SNS, EventBridge, Lambda) open connections to the outside')
def outside_connections():
    for name in ('connect', 'connect_ex'):

        @wrapped(socket.socket, name)
        def connect(original, connection, address):
            inside = connection.family == socket.AF_UNIX or _is_loopback(address[0])
            if not inside:
                raise ConnectionRefusedError('The emulated AWS never leaves loopback: %s' % (address,))
            return original(connection, address)
