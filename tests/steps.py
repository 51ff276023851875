"""Ends a process by SIGKILL at a named step of what it writes, for programs that tests kill.

A step is a statement that writes, ``INSERT event``, or a moment around them: ``locked`` when the writer holds the
store, ``written`` before COMMIT, ``committed`` after it. The product knows nothing of this: the store's public
``writing`` and SQLAlchemy's own events tell.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from catalogue.settings import ROOT
from catalogue.store import Store
from catalogue.store.store import Writer

WRITES = re.compile(r"(INSERT|UPDATE|DELETE)(?: INTO| FROM)? (\w+)")
Done = Callable[[str], None]


def kill_at(fatal: str) -> Done:
    """Say each step from now on, on a line of its own, and end with the one that is named; says steps of the caller."""

    def done(step: str) -> None:
        print(step, flush=True)
        if step == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    @event.listens_for(Engine, "after_cursor_execute")
    def executed(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if found := WRITES.match(statement):
            done(f"{found[1]} {found[2]}")

    writing = Store.writing

    @contextmanager
    def watched(store: Store) -> Iterator[Writer]:
        with writing(store) as writer:
            done("locked")
            yield writer
            done("written")
        done("committed")

    Store.writing = watched  # type: ignore[method-assign]  # in the process that is killed
    return done


def killed_at(step: str, module: str, *words: str) -> tuple[str, ...]:
    """Run ``python -m module words step``, which must die at this step; the steps that it had done, each once."""
    command = [sys.executable, "-m", module, *words, step]
    ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL, f"{module} ended with {ended.returncode} and not at {step}"
    return tuple(dict.fromkeys(ended.stdout.splitlines()))


def settle(store: Store) -> None:
    """Until the database has ended what a killed program had begun: its server may still hold the write lock."""
    with store.writing():
        pass
