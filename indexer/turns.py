"""One indexer at a time per index of a state folder. The operating system's lock vanishes with a killed process."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from catalogue.locks import exclusive

LOCK = "indexer-{engine}.lock"
# Who holds the lock. A file of its own, because Windows lets nobody read a locked one; true only while it is locked.
HOLDER = "indexer-{engine}.json"
LOOK_AGAIN_S = 0.1


@contextmanager
def turn(run_dir: Path, engine: str, command: str, waiting: Callable[[str], None], stopping: Event) -> Iterator[bool]:
    """Hold the lock of an engine's index; yields False where ``stopping`` was set before it was free.

    Args:
        run_dir: Folder of the lock.
        engine: Whose index is going to be written.
        command: What is going to be done, for others who wait.
        waiting: Called once, with who holds the lock, where somebody does.
        stopping: Ends the waiting.
    """
    told, holder = False, run_dir / HOLDER.format(engine=engine)
    while not stopping.is_set():
        with exclusive(run_dir / LOCK.format(engine=engine)) as held:
            if held is not None:
                about_us = json.dumps({"pid": os.getpid(), "command": command})
                holder.write_text(about_us, encoding="utf-8")
                yield True
                return
        if not told:
            waiting(_name(holder))
            told = True
        stopping.wait(LOOK_AGAIN_S)
    yield False


def _name(holder: Path) -> str:
    try:
        known = json.loads(holder.read_text(encoding="utf-8"))
        return f"{known['command']}, process {known['pid']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "?"  # it took the lock a moment ago and has not written its name yet
