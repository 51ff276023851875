"""One indexer at a time on an index: per state folder by a lock, and between machines by a lease in the store.

The lock is the operating system's: it vanishes with a killed process. The lease of a killed process ends by itself.
"""

import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from catalogue.locks import exclusive
from catalogue.store import Lease

LOCK = "indexer-{index}.lock"
# Who holds the lock. A file of its own, because Windows lets nobody read a locked one; true only while it is locked.
HOLDER = "indexer-{index}.json"
LEASE = "index in {index}"
LOOK_AGAIN_S = 0.1
# The lease is asked of a database that others use as well.
ASK_AGAIN_S = 0.5


@contextmanager
def turn(
    run_dir: Path,
    index: str,
    command: str,
    waiting: Callable[[str], None],
    stopping: Event,
    lease: Lease | None = None,
) -> Iterator[bool]:
    """Hold the lock and the lease of an index; yields False where ``stopping`` was set before they were free.

    Args:
        run_dir: Folder of the lock.
        index: Which one is going to be written (``engines.index_name``); another index has another lock.
        command: What is going to be done, for others who wait.
        waiting: Called once, with who holds the lock or the lease, where somebody does.
        stopping: Ends the waiting.
        lease: Taken as well, and kept meanwhile, where the index is shared with other machines.
    """
    told, holder = False, run_dir / HOLDER.format(index=index)
    while not stopping.is_set():
        with exclusive(run_dir / LOCK.format(index=index)) as held:
            if held is not None:
                about_us = json.dumps({"pid": os.getpid(), "command": command})
                holder.write_text(about_us, encoding="utf-8")
                if lease is None:
                    yield True
                    return
                if _taken(lease, f"{command}, process {os.getpid()} on {socket.gethostname()}", waiting, stopping):
                    with lease.kept():
                        yield True
                    return
                break
        if not told:
            waiting(_name(holder))
            told = True
        stopping.wait(LOOK_AGAIN_S)
    yield False


def _taken(lease: Lease, us: str, waiting: Callable[[str], None], stopping: Event) -> bool:
    told = False
    while not stopping.is_set():
        if lease.take(us):
            return True
        if not told and (holder := lease.holder()):
            waiting(holder)
            told = True
        stopping.wait(ASK_AGAIN_S)
    return False


def _name(holder: Path) -> str:
    try:
        known = json.loads(holder.read_text(encoding="utf-8"))
        return f"{known['command']}, process {known['pid']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "?"  # it took the lock a moment ago and has not written its name yet
