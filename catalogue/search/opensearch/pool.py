"""Which node of a cluster is asked next, and which copies of the shards: not those that did not answer just now."""

import itertools
import time
from collections.abc import Callable
from typing import Any

ALIVE_WITHIN_S = 0.5  # a node that works says its name in some milliseconds
AVOIDED_S = 10.0  # a node that hangs leaves the cluster after 8.5 s; then its copies are no longer asked

BOTH = ("_primary_first", "_replica_first")
"""An index of ours has two copies of each shard, where it has nodes for them (mapping.py)."""


class Copies:
    """Both copies in turn, but for a while not the one that did not answer last. Shared by threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._turn = itertools.count()
        self._late: tuple[str, float] | None = None

    def choose(self) -> str:
        """What to ask, as the parameter ``preference`` has it."""
        late = self._late
        if late is not None and self._clock() - late[1] < AVOIDED_S:
            return BOTH[1 - BOTH.index(late[0])]
        return BOTH[next(self._turn) % 2]

    def avoid(self, copies: str) -> None:
        """These did not answer."""
        self._late = (copies, self._clock())


def living_nodes() -> type[Any]:
    """The client's pool of connections, for which late is not dead.

    A request is late also where its node waits for another one that hangs. The client's own pool would leave such a
    node alone for a minute, soon all of them, and then go back to the one that hangs.
    """
    from opensearchpy import ConnectionError as NoAnswer
    from opensearchpy import ConnectionPool, TransportError

    class LivingNodes(ConnectionPool):
        """Leaves a node alone only if it does not even say its name."""

        def mark_dead(self, connection: Any, now: float | None = None) -> None:
            """Called by the client for the connection of a request that failed."""
            try:
                connection.perform_request("HEAD", "/", timeout=ALIVE_WITHIN_S)
            except NoAnswer:
                super().mark_dead(connection, now)
            except TransportError:
                pass  # it answers, if only to say that we may not ask this

    return LivingNodes
