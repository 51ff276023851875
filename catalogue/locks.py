"""A lock between processes that vanishes with the process that holds it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def exclusive(path: Path, wait: bool = False) -> Iterator[IO[bytes] | None]:
    """Hold the lock on ``path``; yields None at once if another process holds it, unless ``wait``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as handle:
        yield handle if _lock(handle, wait) else None


def _lock(handle: IO[bytes], wait: bool) -> bool:
    if os.name == "posix":
        import fcntl

        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
    else:
        import msvcrt

        handle.seek(0)
        try:
            # LK_LOCK gives up after ten tries of a second; a follower asks again.
            while True:
                try:
                    msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
                    break
                except OSError:
                    if not wait:
                        raise
        except OSError:
            return False
    return True
