"""Several indexes of one store, each kept in step by itself: the main engine's and the fallback's.

Each has its own cursor, the revision that it notes, and its own turn; what stops one never holds up another.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from threading import Event, Thread

from catalogue.errors import CatalogueError
from indexer.parts import Parts
from indexer.sync import LONGEST_PAUSE_S, follow

log = logging.getLogger(__name__)

Turn = Callable[[str], AbstractContextManager[bool]]
"""Holds one index's lock while there is work, given a name for the work; yields False to give up."""


def follow_all(targets: Sequence[Parts], poll_s: float, stopping: Event, turn_of: Callable[[Parts], Turn]) -> None:
    """As :func:`indexer.sync.follow`, for every index at once, until ``stopping`` is set."""
    if len(targets) == 1:
        follow(targets[0], poll_s, stopping, turn_of(targets[0]))
        return
    threads = [
        Thread(target=_follow_for_ever, args=(parts, poll_s, stopping, turn_of(parts)), name=f"follow-{parts.engine}")
        for parts in targets
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def each(targets: Sequence[Parts], work: Callable[[Parts], None]) -> list[CatalogueError]:
    """Do the work for every index, also after it failed for one; what failed, in order."""
    failed = []
    for parts in targets:
        try:
            work(parts)
        except CatalogueError as error:
            log.warning("index.failed", extra={"engine": parts.engine, "slug": error.slug})
            failed.append(error)
    return failed


def _follow_for_ever(parts: Parts, poll_s: float, stopping: Event, my_turn: Turn) -> None:
    while not stopping.is_set():
        try:
            follow(parts, poll_s, stopping, my_turn)
        except Exception:
            # An index alone may let its process die of what nobody foresaw and be started again; beside others it
            # would take them along.
            log.exception("sync.broke_off", extra={"engine": parts.engine, "again_in_s": LONGEST_PAUSE_S})
            stopping.wait(LONGEST_PAUSE_S)
