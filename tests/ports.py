"""Ports for the servers of the tests."""

import itertools
import os

from catalogue.up import PORTS_TRIED, free_port

# Elsewhere in each process, so that tests that run at once never pick the same one before it is taken; below those that
# systems give to outgoing connections.
_FIRST = 10_000 + os.getpid() * PORTS_TRIED * 2 % 20_000
_ports = itertools.cycle(range(_FIRST, _FIRST + PORTS_TRIED * 2))


def port() -> int:
    """A port of this machine that nobody listens on, another one at each call."""
    return next(port for port in _ports if free_port("127.0.0.1", port) == port)
