"""The clock of what ends by itself, which a test can move (see gaps_hooks.py)."""

import time
from datetime import timedelta

from moto.core.utils import utcnow

# How far a test has moved it.
_moved_seconds = 0


def move(seconds):
    """Lets time pass."""
    global _moved_seconds
    _moved_seconds += seconds


def elapsed():
    """Seconds since some moment, for what lasts some time."""
    return time.monotonic() + _moved_seconds


def now():
    """The time of day in UTC."""
    return utcnow() + timedelta(seconds=_moved_seconds)
