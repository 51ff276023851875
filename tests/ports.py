"""Ports for the servers of the tests."""

import itertools
import os

from catalogue.up import PORTS_TRIED, free_port

# Elsewhere in each process and at each call, so that tests that run at once never pick the same one before it is
# taken; below those that systems give to outgoing connections.
_FIRST = 10_000 + os.getpid() * PORTS_TRIED * 2 % 20_000
_calls = itertools.count()


def port() -> int:
    """A port of this machine that nobody listens on."""
    return free_port("127.0.0.1", _FIRST + next(_calls) % PORTS_TRIED)
