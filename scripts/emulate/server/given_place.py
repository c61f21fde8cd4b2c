"""Where what is given is made: an account and a region."""

from contextlib import contextmanager

from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.s3.models import s3_backends
from moto.ssm.models import ssm_backends
from moto.utilities.utils import get_partition


class Refused(Exception):
    """What was given cannot be made; the message is one sentence."""


class Place:
    """An account and a region, and the back ends there."""

    def __init__(self, account_id, region):
        self.account_id, self.region = account_id, region
        self.partition = get_partition(region)
        try:
            self.ec2 = ec2_backends[account_id][region]
            self.ssm = ssm_backends[account_id][region]
        except KeyError:
            raise Refused('The emulated AWS has no region %s.' % region) from None
        self.iam = iam_backends[account_id][self.partition]
        self.s3 = s3_backends[account_id][self.partition]


@contextmanager
def next_id(module, generator, value):
    """While this is open, moto's generator answers this id."""
    original = getattr(module, generator)
    setattr(module, generator, lambda *_positional, **_named: value)
    try:
        yield
    finally:
        setattr(module, generator, original)


def parse_arn(arn):
    """The parts of an ARN: account, region, and what follows."""
    parts = arn.split(':', 5)
    if len(parts) < 6 or parts[0] != 'arn':
        raise Refused('%s is not an ARN.' % arn)
    return parts[4], parts[3], parts[5]
