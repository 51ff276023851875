"""Work that is ended by SIGKILL at a named step of what it writes, or at a moment, in processes that start at once.

A step is a statement that writes, ``INSERT event``, or a moment around them: ``locked`` when the writer holds the
store, ``written`` before COMMIT, ``committed`` after it. The product knows nothing of this: the store's public
``writing`` and SQLAlchemy's own events tell. A program that is to be killed calls :func:`serve`; it loads everything
once and forks for each run. The test speaks to it through :func:`victim`.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Engine, event

from catalogue.settings import ROOT
from catalogue.store import Store
from catalogue.store.store import Writer
from tests.forking import forked

WRITES = re.compile(r"(INSERT|UPDATE|DELETE)(?: INTO| FROM)? (\w+)")
Done = Callable[[str], None]
ENDED = "ended "


def serve(work: Callable[[str, Done, Callable[[], None]], None]) -> None:
    """Do the work for each line of the input, ``WORK: STEP``, in a fork that dies at the step ("": at none).

    ``work`` gets its name, what tells of a step of its own, and what has to be called before the steps that count.
    """
    for line in sys.stdin:
        name, _, fatal = line.rstrip("\n").partition(": ")

        def done(step: str, fatal: str = fatal) -> None:
            print(step, flush=True)
            if step == fatal:
                os.kill(os.getpid(), signal.SIGKILL)

        def run(name: str = name, done: Done = done) -> None:
            print(os.getpid(), flush=True)
            work(name, done, lambda: _watch(done))

        _, status = os.waitpid(forked(run), 0)
        print(f"{ENDED}{os.waitstatus_to_exitcode(status)}", flush=True)


def _watch(done: Done) -> None:
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

    Store.writing = watched  # type: ignore[method-assign]  # in the fork alone


class Victim:
    """A program that serves."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def killed_at(self, step: str, work: str) -> tuple[str, ...]:
        """Run it to this step, where it must die; the steps that it had done, each once."""
        self._begin(work, step)
        code, steps = self._end()
        assert code == -signal.SIGKILL, f"{work} ended with {code} and not at {step}"
        return tuple(dict.fromkeys(steps))

    def killed_after(self, seconds: float | None, work: str, goes: str | Callable[[], bool]) -> tuple[bool, float]:
        """Run it, and kill it so long after it said ``goes`` (None: let it end): was it killed, how long did it run.

        ``goes`` may be asked instead, where the work says nothing.
        """
        pid = self._begin(work, "")
        if isinstance(goes, str):
            while (line := self._line()) != goes:
                assert not line.startswith(ENDED), f"{work} ended before {goes}"
        else:
            while not goes():
                time.sleep(0.005)
        started = time.monotonic()
        if seconds is not None:
            time.sleep(seconds)
            with suppress(ProcessLookupError):  # it was quicker
                os.kill(pid, signal.SIGKILL)
        code, _ = self._end()
        assert code in (0, -signal.SIGKILL), f"{work} ended with {code}"
        return code != 0, time.monotonic() - started

    def _begin(self, work: str, fatal: str) -> int:
        assert self._process.stdin
        print(f"{work}: {fatal}", file=self._process.stdin, flush=True)
        return int(self._line())

    def _end(self) -> tuple[int, list[str]]:
        steps: list[str] = []
        while not (line := self._line()).startswith(ENDED):
            steps.append(line)
        return int(line.removeprefix(ENDED)), steps

    def _line(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the program is gone"
        return line.rstrip("\n")


@contextmanager
def victim(module: str, *words: str) -> Iterator[Victim]:
    """``python -m module words``, ready to be killed again and again."""
    command = [sys.executable, "-m", module, *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            yield Victim(process)
        finally:
            assert process.stdin
            process.stdin.close()


def settle(store: Store) -> None:
    """Until the database has ended what a killed program had begun: its server may still hold the write lock."""
    with store.writing():
        pass
