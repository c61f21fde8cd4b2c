"""The list of moto's gaps that the emulator closes, each by one small function."""

import functools

GAPS = []


def gap(service, effect):
    """Puts a function that closes a gap on the list; `effect` says what goes wrong without it."""

    def register(close):
        GAPS.append((service, effect, close))
        return close

    return register


def close_gaps():
    """Closes every gap on the list, in order; a function that closes two is called once."""
    for close in dict.fromkeys(close for _, _, close in GAPS):
        close()


def describe_gaps():
    """One line for each gap: service, then what goes wrong without the patch."""
    return ['%s: %s' % (service, effect) for service, effect, _ in GAPS]


def wrapped(owner, name):
    """Replaces `owner.name` by the decorated function, which gets the original as its first argument."""
    original = getattr(owner, name)

    def replace(function):
        @functools.wraps(original)
        def replacement(*positional, **named):
            return function(original, *positional, **named)

        setattr(owner, name, replacement)
        return function

    return replace


def added(owner, name):
    """Sets `owner.name` to the decorated function, whether or not there is one already."""

    def add(function):
        setattr(owner, name, function)
        return function

    return add
