"""Keeps the live index in step with the store: by its events where that is enough, else by a rebuild."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Event
from typing import Literal

from catalogue.errors import CatalogueError, IndexDamaged, IndexNotReady
from catalogue.search.fingerprint import fingerprint
from catalogue.search.index import IndexInfo
from indexer.changes import apply_changes, of_this_history
from indexer.parts import Parts, Report, Stage, silent
from indexer.rebuild import rebuild, tidy
from indexer.verify import settled_drift

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0

# Dead places of an index are read at each start and passed over by each search: with more than living ones a rebuild
# pays. These more, for a small catalogue would be rebuilt after each day of edits, and hardly notices them.
MOST_DEAD = 5_000

Standing = Literal[
    "in step",
    "behind",
    "not built",
    "damaged",
    "built by another version",
    "ahead of the store",
    "of another history",
    "mostly dead",
]
"""How the live index stands to the store; all but the first two ask for a rebuild."""


class Stopped(Exception):
    """The work was given up because the program was asked to end."""


def standing(parts: Parts) -> Standing:
    """How the live index stands to the store. Cheap: asked twice a second."""
    try:
        live = parts.reader.live()
    except IndexNotReady:
        return "not built"
    except IndexDamaged:
        return "damaged"
    if live.fingerprint != fingerprint(parts.embedder):
        return "built by another version"
    revision = parts.store.revision()
    if live.revision > revision:
        return "ahead of the store"  # the store was restored from a backup, or is a new one
    if not of_this_history(parts.store, live.revision, live.event):
        return "of another history"  # the same, and as many events were written since
    if live.dead > live.documents + MOST_DEAD:
        return "mostly dead"
    return "in step" if live.revision == revision else "behind"


def sync(parts: Parts, report: Report = silent) -> IndexInfo:
    """Bring the live index in step with the store, by its events or by a rebuild; returns what is live then."""
    found = standing(parts)
    if found == "behind":
        live = parts.reader.live()
        started = time.monotonic()
        try:
            reached = apply_changes(parts, live.name, live.revision, live.event)
        except IndexDamaged:
            found = "damaged"  # readable, but its writer's files are not
        else:
            seconds = round(time.monotonic() - started, 3)
            done = {"engine": parts.engine, "events": reached - live.revision, "revision": reached, "seconds": seconds}
            log.info("index.synced", extra=done)
        finally:
            parts.writer.close()  # the next one to write may be another process
    if found not in ("in step", "behind"):
        log.log(
            logging.INFO if found == "not built" else logging.WARNING,
            "index.rebuild_begun",
            extra={"engine": parts.engine, "why": found},
        )
        return rebuild(parts, report)
    return parts.reader.live()


def ensure(parts: Parts, report: Report = silent) -> IndexInfo:
    """As :func:`sync`, then compare every entry with the store and rebuild where the index differs all the same."""
    live = sync(parts, report)
    tidy(parts)
    found = settled_drift(parts.store, parts.reader.open(), fingerprint(parts.embedder))
    if found:
        log.warning("index.found_different", extra={"engine": parts.engine, "drift": found.lines()[0]})
        return rebuild(parts, report)
    return live


def follow(
    parts: Parts, poll_s: float, stopping: Event, my_turn: Callable[[str], AbstractContextManager[bool]]
) -> None:
    """Keep the index in step until ``stopping`` is set, through locked and damaged files.

    Args:
        parts: What to work with.
        poll_s: Seconds between two looks at the store: commits are searchable this long after they were made, plus
            what writing them takes (about 0.1 s).
        stopping: Ends it, also in the middle of a rebuild; the live index stays as it is.
        my_turn: Holds the indexer's lock while there is work, given a name for the work; yields False to give up.
    """

    def stop_here(stage: Stage, done: int, total: int) -> None:
        if stopping.is_set():
            raise Stopped

    pause_s, work = FIRST_PAUSE_S, ensure
    while not stopping.is_set():
        try:
            if work is ensure or standing(parts) != "in step":
                with my_turn("sync --follow") as mine:
                    if mine:
                        work(parts, stop_here)
            pause_s, work = FIRST_PAUSE_S, sync
            stopping.wait(poll_s)
        except Stopped:
            return
        except (CatalogueError, OSError) as error:
            log.warning("sync.failed", extra={"engine": parts.engine, "error": _told(error), "again_in_s": pause_s})
            stopping.wait(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)


def _told(error: Exception) -> str:
    return error.en if isinstance(error, CatalogueError) else f"{type(error).__name__}: {error}"
